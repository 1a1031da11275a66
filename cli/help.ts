/** What `pikaloop` says. */
export const HELP: string = `Usage: pikaloop <command> [options]

Commands:
  bridge     let web pages connect to an AMQP broker, through WebSockets

  pikaloop <command> --help   the options of a command
  pikaloop --version          the version
`;

/** What `pikaloop bridge --help` says. */
export const BRIDGE_HELP: string = `Usage: pikaloop bridge --target amqp://localhost:5672 --origin https://app.example [options]

Lets web pages connect to an AMQP broker: carries the bytes of WebSockets (subprotocol "amqp") to the broker's port.
Pages log in at the broker themselves. Ctrl-C lets what is under way drain, and ends it; a second one ends it at once.

  --target [name=]url    a broker that may be reached: amqp://host:port or amqps://host:port, no user; several by
                         name, which pages ask for with ?target=name
  --origin origin        whose pages may connect, as https://app.example; may be repeated; '*' for anybody's.
                         Without it only programs that are no browsers may
  --listen address       where to listen; default 127.0.0.1:15670
  --path path            the path of the endpoint; default /
  --cert file            certificate and key (PEM), to serve wss:// in place of ws://
  --key file
  --max-connections n    default 1000
  --max-per-address n    connections from one address; default: as many as there may be
  --max-bytes n          what one connection may hold in each direction; default 1048576
  --verbose              tell of each connection
  --help                 this text

A certificate authority of a target's own: --target 'amqps://host?cacertfile=/path/ca.pem'
`;

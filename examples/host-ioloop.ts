// One of our loops carries another, and a connection in that: npm run build && node build/examples/host-ioloop.js
import { ExternalLoopConnection, type HostLoop, IOLoop, PeriodicCallback } from 'pikaloop';

/** Any loop can be a host. This one blocks the thread in start(), and whatever it carries runs inside that. */
function hostOf(loop: IOLoop): HostLoop {
  return {
    now: () => loop.time(),
    soon: (fn) => void loop.addCallback(fn),
    later: (delay, fn) => loop.callLater(delay, fn),
    cancel: (timer) => loop.removeTimeout(timer as ReturnType<IOLoop['callLater']>), // what later() has given
    watch: (fd, events, fn) => {
      loop.addHandler(fd, (_fd, ready) => fn(ready), events);
      return { [Symbol.dispose]: () => void loop.removeHandler(fd) };
    },
    transports: loop.transports,
  };
}

const outer = new IOLoop();
const ticker = new PeriodicCallback(() => console.log('the outer loop ticks'), 50, { loop: outer });
ticker.start();

const connection = new ExternalLoopConnection(process.env.AMQP_URL || 'amqp://localhost/%2F', {
  ioloop: hostOf(outer),
  onOpen: () => {
    connection.channel((channel) => {
      channel.queueDeclare({ queue: 'inner', autoDelete: true }, () => {
        channel.basicConsume({ queue: 'inner', autoAck: true }, (_channel, _method, _properties, body) => {
          console.log(`the inner loop got ${body}`);
          if (String(body) === 'message 3') connection.close();
        });
        // a timer of the inner loop is one of the outer loop
        const { ioloop } = connection;
        for (const i of [1, 2, 3]) ioloop.callLater(60 * i, () => channel.basicPublish('', 'inner', `message ${i}`));
      });
    });
  },
  onOpenError: (_connection, error) => {
    console.error(error.message);
    outer.stop();
  },
  onClose: () => outer.stop(),
});

outer.start();
ticker.stop();
outer.close();
console.log('closed');

/**
 * The floors of the rooms. A file imports files of its room only from lines below its own, or, on its line, from the
 * groups that its arrows lead to: `a b → c | d` lets a and b import c, and d neither.
 */
export const FLOORS: Readonly<Record<string, string>> = {
  amqp: `
    index → connection-machine
    input → delivery-reader → channels → channel-machine → channel-patience | handshake | patience
    inbox publisher rpc-queue → link → output
    content frames delivery-memo confirms consumers unacked heartbeat → events tag-window bodies
    marshal message-head → codec → table → reader | states tuning
    errors → channel-errors → connection-errors protocol-errors → amqp-error
    credentials methods writer → values
    argument-errors channel-numbers input-view printable reply-codes text timers | codegen → codegen-notation → codegen-text spec
  `,
  ioloop: `
    index index-browser → portable → periodic-callback → ioloop → loop-parts → options → pollers/choose
    pollers/known pollers/known-browser → pollers/entry
    hosts/named hosts/named-browser → hosts/libuv hosts/browser → hosts/threaded-streams
    pollers/ffi pollers/worker → pollers/exit-drain | pollers/virtual | io-link-browser io-worker-browser
    watchdog fd-streams → transports/securable → transports/fd → transports/fd-input transports/fd-output transports/dial
    io-worker io-streams → io-program host-loop → io-stream → transports/ring transports/memory-network transports/host-socket | transports/system-sockets transports/opened-sockets → transports/stream-opening transports/websocket-class → transports/websocket → transports/websocket-closing
    async-context blocking-driver → signals → signal-pipe | run-sync sources sentinel deno-sentinel → sentinel-post | io-thread → io-link | resolver io-keep-alive | transports/memory transports/node transports/stream-life transports/ring-output → transports/output → transports/backlog
    watchdog-thread → watchdog-board | fd-outlet fd-socket | transports/socket → io-socket | loop-handle-browser → io-web
    pollers/epoll pollers/poll pollers/select pollers/kqueue → pollers/selector | pollers/wake
    turn host-transports interrupt io-messages → turns loop-handle reports sentinel-thread | transports/checks transports/byte-queue
    host signals-browser → poller → transport | microtasks arguments pollers/virtual-clock
    mailbox → ring → wake-fd ready-bits | may-block interrupt-browser
    native/raw-write → native/system
    native/koffi native/bun native/deno → native/c-library | native/linux native/darwin native/freebsd native/openbsd | native/name-lookup → native/socket-address | native/scatter | native/own-fd → native/errors
    native/signatures | native/calls → native/platform
    errors io-clock logger pollable sentinel-duty timer-heap transports/idle-timers worker-source wake-fd-browser worker-source-browser inbox-owner interrupt-owner
  `,
  adapters: `
    index browser → portable → blocking-connection → blocking-opening
    promise-connection → promise-opening → connect-options
    promise-requests → promise-request-line | promise-serving
    promise-replies
    promise-channel → promise-consuming → promise-consumer
    select-connection external-loop-connection
    promise-publisher promise-fetch → promise-session → promise-closing promise-core promise-limits → promise-reports → promise-answer
    websocket-bridge → websocket-bridge-link
    websocket-bridge-admission → websocket-bridge-options
    blocking-channel
    blocking-inbox → blocking-consumers | blocking-publisher → blocking-confirms | blocking-fetch
    blocking-session → blocking-core → blocking-wait blocking-events | blocking-messages
    base-connection create-connection → connection-setup recovery → reconnect → workflow → address-race link → connector machine-options
    place restoring → lasting-channel → channel-setup held queue-names unsettled → topology
    channel → channel-listeners → channel-base → channel-callbacks | url → url-advice → url-queries → url-tls | client-properties parameter-warnings tcp-options
    promise-message | reading-brake → byte-gauge | turn-count | unread-pieces
    parameters → login parameter-fields → credential-types ssl-options connection-timers → connection-callbacks → connection-facts → connection-events | surfaces → channel-calls connection-calls waiting → method-hooks cast-checks call-fields
    keep-alive pressure → field-checks opening-error connection-states → errors callbacks | url-authority → url-text
    channel-host → channel-wire | stream-messages connection-stats abort-listener channel-methods connect-advice delivery-mode exchange-type fifo inspection node-files kept-body outbox plain-data spec trace
  `,
  cli: `
    cli → run → bridge-command
    arguments → usage-error | terminal help
  `,
  'test/kit': `
    index broker-thread → background-broker listen serve-in-memory → broker
    session → channel-calls
    server-channel → unacked virtual-host
    consumer content-assembly exchange → queue | opening
    refusal server-heartbeat topic fifo field-equality joined-bytes
  `,
};

/** Where a file stands in a drawing. */
export interface Rank {
  readonly line: number;
  readonly group: number;
  readonly step: number;
  mayImport(other: Rank): boolean;
}

/** @returns null for a file that the drawing leaves out */
export function rankOf(drawing: string, path: string, room: string): Rank | null {
  const name = path.slice(room.length + 1).replace(/\.ts$/, '');
  for (const [line, text] of drawing.trim().split('\n').entries()) {
    for (const [group, chain] of text.split('|').entries()) {
      for (const [step, names] of chain.split('→').entries()) {
        if (names.trim().split(/\s+/).includes(name)) return rank(line, group, step);
      }
    }
  }
  return null;
}

function rank(line: number, group: number, step: number): Rank {
  return {
    line,
    group,
    step,
    mayImport: (other) => other.line > line || (other.line === line && other.group === group && other.step > step),
  };
}

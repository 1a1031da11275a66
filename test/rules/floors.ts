/**
 * The floors of the rooms. A file imports files of its room only from lines below its own, or, on its line, from the
 * groups that its arrows lead to: `a b → c | d` lets a and b import c, and d neither. In braces: a folder's files.
 */
export const FLOORS: Readonly<Record<string, string>> = {
  amqp: `
    index → connection-machine
    input → delivery-reader → channels → channel-machine → channel-patience | handshake | patience
    inbox publisher rpc-queue → link → output
    content frames delivery-memo confirms consumers unacked heartbeat → events tag-window bodies
    marshal → codec → table → reader writer | states credentials tuning
    errors → methods → values text timers channel-numbers reply-codes | codegen → spec
  `,
  ioloop: `
    index → periodic-callback → ioloop → pollers/choose
    pollers/epoll pollers/kqueue pollers/poll pollers/select pollers/worker pollers/virtual
    transports/fd watchdog → ffi/libc → ffi/open → ffi/koffi ffi/bun ffi/deno
    host-loop hosts/libuv hosts/browser loop-handle io-worker → turn interrupt transports/ring transports/node transports/websocket transports/memory
    poller microtasks resolver → transport → pollable timer-heap ring errors ffi/library
  `,
  adapters: `
    index → select-connection external-loop-connection blocking-connection promise-connection
    channel blocking-channel promise-channel recovery → base-connection
    workflow → connector | surfaces → channel-calls | url topology websocket-bridge
    channel-methods parameters errors callbacks outbox
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

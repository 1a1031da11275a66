import { connect } from 'node:net';
import { type HostLoop, LibuvHost } from '../../ioloop/index.ts';

/** A kind of byte streams that a host has. */
export interface HostStreams {
  readonly name: string;
  /** Whether names are looked up; else whoever opens the streams is told them. */
  readonly resolves: boolean;
  /** Whether their sockets live in a thread of their own. */
  readonly threaded: boolean;
  makeHost(): HostLoop;
}

/** Node's own loop, with its own sockets. */
export const LIBUV: HostStreams = {
  name: 'its own sockets',
  resolves: true,
  threaded: false,
  makeHost: () => new LibuvHost(),
};

/** All that Node's own loop can have. */
export const HOST_STREAMS: readonly HostStreams[] = [
  LIBUV,
  {
    name: 'what open() gives',
    resolves: false,
    threaded: false,
    makeHost: () => new LibuvHost({ open: (to) => connect(to) }),
  },
  {
    name: 'those of an I/O thread',
    resolves: true,
    threaded: true,
    makeHost: () => new LibuvHost({ keepAlive: 'worker' }),
  },
];

/** What a user needs to write: somebody's own timers and tasks, and the runtime's sockets. */
export const WRITTEN_HOST: HostStreams = {
  name: "a user's host",
  resolves: true,
  threaded: false,
  makeHost: (): HostLoop => {
    const { transports } = new LibuvHost();
    return {
      now: () => performance.now(),
      soon: (fn) => void setImmediate(fn),
      later: (delay, fn) => setTimeout(fn, delay),
      // what later() has given
      cancel: (timer) => clearTimeout(timer as NodeJS.Timeout),
      flush: () => transports.flush(),
      transports,
    };
  },
};

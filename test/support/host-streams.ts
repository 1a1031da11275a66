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

/** All that Node's own loop can have. */
export const HOST_STREAMS: readonly HostStreams[] = [
  { name: 'its own sockets', resolves: true, threaded: false, makeHost: () => new LibuvHost() },
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

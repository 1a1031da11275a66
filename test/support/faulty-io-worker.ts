import { BroadcastChannel } from 'node:worker_threads';
import '../../ioloop/io-worker.ts';

/** The I/O thread's program, which goes wrong when it is told to on the channel `FAULTS`. */
const FAULTS: Record<string, () => void> = {
  exit: () => process.exit(),
  throw: () => {
    throw new TypeError('planted in the I/O thread');
  },
  hang: () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0),
};

new BroadcastChannel('pikaloop-faults').onmessage = (event): void => {
  const fault = (event as { data: string }).data;
  // out of the dispatch, which would catch what is thrown
  setImmediate(() => FAULTS[fault]?.());
};

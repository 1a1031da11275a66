import { parentPort } from 'node:worker_threads';
import { LoopHandle, type LoopHandleData } from '../../ioloop/index.ts';

/** A thread that hands work to whichever connection it was given last. */
let handle: LoopHandle | null = null;
let calls = 0;
parentPort?.on('message', (data: LoopHandleData) => {
  handle = LoopHandle.attach(data);
});
setInterval(() => {
  for (let i = 0; i < 5; i++) if (handle?.call('work', ++calls) === false) handle = null;
}, 50);

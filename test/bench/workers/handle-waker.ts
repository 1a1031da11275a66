/** Rings an IOLoop, by a call through its handle. */
import { workerData } from 'node:worker_threads';
import { LoopHandle, type LoopHandleData } from '../../../ioloop/index.ts';
import { ringWhenAsked } from '../waker.ts';

const { asked, handle } = workerData as { asked: Int32Array; handle: LoopHandleData };
const loop = LoopHandle.attach(handle);
ringWhenAsked(asked, (rang) => loop.call('woken', rang));

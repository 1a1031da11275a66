/** Rings Node's own loop, by a message. */
import { type MessagePort, workerData } from 'node:worker_threads';
import { ringWhenAsked } from '../waker.ts';

const { asked, port } = workerData as { asked: Int32Array; port: MessagePort };
ringWhenAsked(asked, (rang) => port.postMessage(rang));

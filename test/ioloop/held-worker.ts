import { workerData } from 'node:worker_threads';
import { Bell } from '../../ioloop/ring.ts';

/** A thread that waits for the end of a loop's turn, as the I/O thread does, and then ends. */
new Bell((workerData as { bell: SharedArrayBuffer }).bell).awaitHandOver(10_000);

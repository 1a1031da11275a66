import { parentPort, workerData } from 'node:worker_threads';
import { LoopHandle, type LoopHandleData } from '../../ioloop/index.ts';

const loop = LoopHandle.attach(workerData as LoopHandleData);
parentPort?.on('message', ([name, ...args]: [string, ...unknown[]]) => loop.call(name, ...args));

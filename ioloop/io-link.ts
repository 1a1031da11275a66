import { existsSync } from 'node:fs';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { IoCommand, IoEvent, IoOwner, IoTarget } from './io-messages.ts';
import type { PrepareOptions } from './io-web.ts';
import { Bell, IO_MESSAGES } from './ring.ts';
import type { ConnectOptions } from './transport.ts';
import { checkConnect } from './transports/checks.ts';

/** What the I/O thread is started with. */
export interface IoWorkerData extends IoOwner {
  readonly port: MessagePort;
}

/**
 * To be awaited in a browser's worker before it blocks for the first time: browsers start no worker, and so no I/O worker, while
 * the thread that made it is blocked. Here there is nothing to prepare.
 */
export function prepareToBlock(_options?: PrepareOptions): Promise<void> {
  return Promise.resolve();
}

/** A thread that a loop has started for itself, on Node, Bun and Deno; and what the two tell each other beside shared memory. */
export class IoLink {
  /** Whether its streams can begin TLS by themselves. */
  static readonly tls: boolean = true;

  /** @throws {TypeError | RangeError | UnsupportedError} what the thread cannot connect to */
  static check(to: IoTarget, options: ConnectOptions): void {
    checkConnect(to, options);
  }

  readonly #words: Int32Array;
  readonly #port: MessagePort;
  readonly #worker: Worker;
  /** Messages that were looked for. */
  #messages: number;

  /** @throws Error there is no such program */
  constructor(owner: IoOwner, program: URL) {
    this.#words = new Bell(owner.bell).words;
    this.#messages = Atomics.load(this.#words, IO_MESSAGES);
    // the 'error' event of a program that is not there would not come while this thread blocks
    if (!existsSync(program)) throw new Error(`${program.pathname} is not there; is the package bundled without it?`);
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#worker = start(program, { ...owner, port: port2 });
  }

  /** Whether it is known to be gone, whatever its words say. */
  readonly lost: boolean = false;

  post(command: IoCommand): void {
    this.#port.postMessage(command);
  }

  receive(visit: (event: IoEvent) => void): void {
    const count = Atomics.load(this.#words, IO_MESSAGES);
    while (this.#messages !== count) {
      this.#messages = (this.#messages + 1) | 0;
      const received = receiveMessageOnPort(this.#port);
      if (received !== undefined) visit(received.message as IoEvent);
    }
  }

  /** It works for this loop no more. */
  end(): void {
    this.terminate();
  }

  /** At once, whatever it is doing. */
  terminate(): void {
    this.#port.close();
    this.#worker.terminate().catch(() => {
      // it is on its way out; there is nobody left to tell
    });
  }
}

function start(program: URL, workerData: IoWorkerData): Worker {
  const worker = new Worker(program, {
    workerData,
    transferList: [workerData.port],
    name: 'pikaloop-io',
    // what the parent was started with (a test runner's hooks, an inspector) is no business of this program
    execArgv: [],
    env: {},
  });
  worker.unref();
  // its words in shared memory tell the same, and tell it to a thread that blocks
  worker.on('error', () => {});
  return worker;
}

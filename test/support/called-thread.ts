import { MessageChannel, type MessagePort, parentPort, receiveMessageOnPort, Worker } from 'node:worker_threads';

interface Asked {
  readonly request: unknown;
  readonly port: MessagePort;
  readonly flag: Int32Array;
}
type Told = { readonly answer: unknown } | { readonly error: string };

/** A thread that is asked and answers while this one blocks, as the tests of a blocking loop do. */
export class CalledThread {
  readonly #worker: Worker;

  /** @param program - a built file that calls {@link answerCalls}: `new URL('./x.js', import.meta.url)` */
  constructor(program: URL) {
    this.#worker = new Worker(program, { execArgv: [] });
    this.#worker.unref();
  }

  /** Blocks until the answer is there. @throws what the thread threw, as text */
  ask(request: unknown): unknown {
    const { port1, port2 } = new MessageChannel();
    const flag = new Int32Array(new SharedArrayBuffer(4));
    const asked: Asked = { request, port: port2, flag };
    this.#worker.postMessage(asked, [port2]);
    if (Atomics.wait(flag, 0, 0, ANSWER_LIMIT) === 'timed-out') throw new Error('the other thread does not answer');
    const told = receiveMessageOnPort(port1)?.message as Told;
    port1.close();
    if ('error' in told) throw new Error(told.error);
    return told.answer;
  }

  terminate(): Promise<unknown> {
    return this.#worker.terminate();
  }
}

/**
 * The other side, in the thread's program.
 * @param answer - what it returns is the answer; what it throws or rejects with is thrown by the asker
 * @param answered - called after the answer has left
 */
export function answerCalls(answer: (request: unknown) => unknown, answered?: (request: unknown) => void): void {
  parentPort?.on('message', async ({ request, port, flag }: Asked) => {
    let told: Told;
    try {
      told = { answer: await answer(request) };
    } catch (error) {
      told = { error: String(error) };
    }
    port.postMessage(told);
    Atomics.store(flag, 0, 1);
    Atomics.notify(flag, 0);
    answered?.(request);
  });
}

const ANSWER_LIMIT = 15_000;

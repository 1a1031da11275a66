import { IOLoopError } from './errors.ts';
import type { IoCommand, IoEvent, IoOwner, IoTarget } from './io-messages.ts';
import { type IoWorkerData, type PrepareOptions, type WebPort, webChannel } from './io-web.ts';
import { MailReader, newMailbox } from './mailbox.ts';
import { checkMayBlock } from './may-block.ts';
import type { ConnectOptions } from './transport.ts';
import { checkWebSocket } from './transports/websocket.ts';

/**
 * To be awaited in a browser's worker before it blocks for the first time. It starts the worker that owns the WebSockets of all
 * loops of this thread: browsers start none while the thread that made it is blocked. Elsewhere it does nothing.
 * @throws {NotBlockingError} (the promise rejects) this is no dedicated worker
 * @throws {UnsupportedError} the page is not cross-origin isolated
 * @throws {IOLoopError} IO_WORKER_START: the script cannot be run
 */
export async function prepareToBlock(options: PrepareOptions = {}): Promise<void> {
  checkMayBlock();
  if (ready !== null) return;
  starting ??= startWorker(options.program).finally(() => {
    starting = null;
  });
  ready = await starting;
}

/** What a loop and the I/O worker tell each other beside shared memory, in a browser. */
export class IoLink {
  /** Whether its streams can begin TLS by themselves. */
  static readonly tls: boolean = false;

  static check(to: IoTarget, options: ConnectOptions): void {
    checkWebSocket(to, options);
  }

  readonly #port: WebPort;
  readonly #mail: MailReader;
  readonly #worker: WebWorker;

  /** @throws {IOLoopError} IO_WORKER_NOT_READY @param _program - prepareToBlock() was given it */
  constructor(owner: IoOwner, _program: URL) {
    if (ready === null) {
      throw new IOLoopError(
        'IO_WORKER_NOT_READY',
        'there is no I/O worker: await prepareToBlock() before this thread blocks',
      );
    }
    this.#worker = ready;
    const { port1, port2 } = webChannel();
    const mail = newMailbox();
    this.#port = port1;
    this.#mail = new MailReader(mail);
    const data: IoWorkerData = { ...owner, port: port2, mail };
    this.#worker.postMessage(data, [port2]);
  }

  /** Another loop may have found it dead. */
  get lost(): boolean {
    return ready !== this.#worker;
  }

  post(command: IoCommand): void {
    this.#port.postMessage(command);
  }

  receive(visit: (event: IoEvent) => void): void {
    // what it has to tell and found no room for is told as soon as it gets any message
    if (this.#mail.take((event) => visit(event as IoEvent))) this.post(null);
  }

  /** It works for this loop no more. */
  end(): void {
    this.post({ op: 'end' });
    this.#port.close();
  }

  /** It does not answer: all loops are to be without it. */
  terminate(): void {
    this.#worker.terminate();
    if (ready === this.#worker) ready = null;
  }
}

async function startWorker(program: URL | string | undefined): Promise<WebWorker> {
  const worker =
    program === undefined
      ? // in one piece, so that bundlers find the script
        new Worker(new URL('./io-worker-browser.js', import.meta.url), { type: 'module', name: 'pikaloop-io' })
      : new Worker(program, { type: 'module', name: 'pikaloop-io' });
  await new Promise<void>((resolve, reject) => {
    worker.onmessage = (): void => resolve();
    worker.onerror = (event): void => {
      event.preventDefault();
      worker.terminate();
      reject(
        new IOLoopError(
          'IO_WORKER_START',
          `the I/O worker does not start: ${event.message ?? 'its script cannot be loaded'}`,
        ),
      );
    };
    // Chromium hands on nothing before this thread has heard that the script has run: an answer comes after that, and a
    // greeting from the script itself would not
    worker.postMessage(null);
  });
  worker.onerror = (event): void => {
    // its words in shared memory tell the loops the same, also while this thread blocks
    event.preventDefault();
    if (ready === worker) ready = null;
  };
  return worker;
}

let ready: WebWorker | null = null;
let starting: Promise<WebWorker> | null = null;

/** The web's Worker, as far as it is used here. */
interface WebWorker {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onerror: ((event: { readonly message?: string; preventDefault(): void }) => void) | null;
  postMessage(message: unknown, transfer?: readonly WebPort[]): void;
  terminate(): void;
}
declare const Worker: new (script: URL | string, options: { type: 'module'; name: string }) => WebWorker;

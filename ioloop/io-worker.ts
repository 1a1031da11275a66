import { isMainThread, type MessagePort, workerData } from 'node:worker_threads';
import type { IoCommand, IoEvent, IoWorkerData } from './io-messages.ts';
import { IoStream, type IoThreadSide } from './io-stream.ts';
import type { ReadyPages } from './ready-bits.ts';
import { type Resolved, Resolver } from './resolver.ts';
import {
  Bell,
  FAILURE_AT,
  FAILURE_BYTES,
  IO_FAILED,
  IO_GONE,
  IO_MESSAGES,
  IO_PULSE,
  IO_RUNNING,
  IO_STATE,
  PULSE_ASK,
} from './ring.ts';
import { plainError } from './transports/node.ts';

/** The program of the I/O thread: it owns the sockets of one loop and moves bytes between them and shared memory. */
class IoProgram implements IoThreadSide {
  readonly origin: number;
  readonly scratch: Uint8Array = new Uint8Array(SCRATCH_BYTES);
  readonly #bell: Bell;
  readonly #pages: ReadyPages;
  readonly #generation: number;
  readonly #port: MessagePort;
  readonly #resolver = new Resolver();
  readonly #lookups = new Map<number, Resolved>();
  readonly #streams = new Map<number, IoStream>();
  /** Streams that asked to be serviced. */
  readonly #later = new Set<IoStream>();
  #scheduled = false;
  #draining = false;

  constructor(data: IoWorkerData) {
    this.origin = data.origin;
    this.#generation = data.generation;
    this.#bell = new Bell(data.bell);
    this.#pages = this.#bell.pages;
    this.#port = data.port;
  }

  start(): void {
    process.on('uncaughtException', (error) => this.#fail(error));
    process.on('exit', () => this.#tell(IO_GONE));
    this.#port.on('message', (command: IoCommand) => {
      if (command === null) this.#look();
      else this.#obey(command);
    });
    this.#tell(IO_RUNNING);
    this.#look();
  }

  post(event: IoEvent): void {
    this.#port.postMessage(event);
    Atomics.add(this.#bell.words, IO_MESSAGES, 1);
    this.#bell.ringLoop();
  }

  ready(slot: number): void {
    this.#pages.loop.set(slot);
    this.#bell.ringLoop();
  }

  later(stream: IoStream): void {
    this.#later.add(stream);
    this.#schedule();
  }

  closed(stream: IoStream): void {
    this.#later.delete(stream);
    if (this.#streams.get(stream.slot) === stream) this.#streams.delete(stream.slot);
    if (this.#draining) this.#leaveWhenFlushed();
  }

  readonly #look = (): void => {
    this.#scheduled = false;
    if (this.#draining) {
      this.#serviceLater();
      this.#leaveWhenFlushed();
      return;
    }
    this.#pages.io.take(this.#note);
    // one write for all that a turn produces; but a turn that computes on does not hold it back
    if (this.#canWait) this.#bell.awaitHandOver(TURN_LIMIT);
    Atomics.store(this.#bell.words, IO_PULSE, Atomics.load(this.#bell.words, PULSE_ASK));
    this.#pages.io.take(this.#note);
    this.#serviceLater();
    this.#bell.ioSleep();
    // what was rung for between the look and the sleep: nobody has sent a message for it
    if ((this.#pages.io.any || this.#pulseAsked) && this.#bell.ioWake()) this.#schedule();
  };

  #serviceLater(): void {
    for (const stream of this.#later) {
      this.#later.delete(stream);
      stream.service();
    }
  }

  get #pulseAsked(): boolean {
    return Atomics.load(this.#bell.words, IO_PULSE) !== Atomics.load(this.#bell.words, PULSE_ASK);
  }

  readonly #note = (slot: number): void => {
    const stream = this.#streams.get(slot);
    if (stream !== undefined) this.#later.add(stream);
  };

  /** Whether there is work, and none of it that gains nothing by the end of the turn. */
  get #canWait(): boolean {
    for (const stream of this.#later) if (!stream.canWait) return false;
    return this.#later.size > 0;
  }

  /** After the sockets had their chance. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#look);
  }

  #obey(command: Exclude<IoCommand, null>): void {
    switch (command.op) {
      case 'page':
        this.#pages.add(command.page);
        break;
      case 'connect':
        this.#add(command).connect(command);
        break;
      case 'adopt':
        this.#add(command).adopt(command);
        break;
      case 'startTls':
        this.#streams.get(command.slot)?.startTls(command.options);
        break;
      case 'shutdown':
        this.#streams.get(command.slot)?.shutdown();
        break;
      case 'abort':
        this.#streams.get(command.slot)?.abort();
        break;
      case 'resolve':
        this.#resolve(command);
        break;
      case 'cancel':
        this.#cancel(command.id);
        break;
      case 'drain':
        this.#drain();
    }
  }

  #add({ slot, memory }: Extract<IoCommand, { op: 'connect' | 'adopt' }>): IoStream {
    const stream = new IoStream(slot, memory, this);
    this.#streams.set(slot, stream);
    return stream;
  }

  #resolve({ id, host, port, family }: Extract<IoCommand, { op: 'resolve' }>): void {
    const done: Resolved = (error, list) => {
      this.#lookups.delete(id);
      this.post({ op: 'resolved', id, error: error === null ? null : plainError(error), list });
    };
    this.#lookups.set(id, done);
    this.#resolver.resolve(host, port, family, done);
  }

  #cancel(id: number): void {
    const done = this.#lookups.get(id);
    if (done === undefined) return;
    this.#lookups.delete(id);
    this.#resolver.cancel(done);
  }

  /** What was written still leaves, then the thread ends. The loop's words belong to another generation from here on. */
  #drain(): void {
    this.#draining = true;
    for (const stream of this.#streams.values()) {
      stream.service();
      stream.shutdown();
    }
    this.#leaveWhenFlushed();
  }

  #leaveWhenFlushed(): void {
    for (const stream of this.#streams.values()) if (!stream.flushed) return;
    process.exit();
  }

  #fail(error: Error): void {
    const text = new TextEncoder().encode(`${error.name}: ${error.message}`).subarray(0, FAILURE_BYTES);
    new Uint8Array(this.#bell.buffer, FAILURE_AT + 4).set(text);
    new Int32Array(this.#bell.buffer, FAILURE_AT, 1)[0] = text.length;
    this.#tell(IO_FAILED);
    process.exit(1);
  }

  #tell(state: number): void {
    const { words } = this.#bell;
    const before = Atomics.load(words, IO_STATE);
    // a later generation may already be there, and a failure says more than the exit after it
    if (before >> 2 > this.#generation || before === ((this.#generation << 2) | IO_FAILED)) return;
    Atomics.store(words, IO_STATE, (this.#generation << 2) | state);
    this.#bell.ringLoop();
  }
}

/** The largest single read. */
const SCRATCH_BYTES = 65536;
/** Milliseconds that bytes of a turn wait for the turn's end. */
const TURN_LIMIT = 1;

if (isMainThread) throw new Error('io-worker is started by a loop, in a thread of its own');
// the loop that starts this thread hands it nothing else
new IoProgram(workerData as IoWorkerData).start();

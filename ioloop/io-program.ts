import { type IoCommand, type IoEvent, type IoOwner, plainError, type Resolved } from './io-messages.ts';
import { IoStream, type IoThreadSide } from './io-stream.ts';
import type { ReadyPages } from './ready-bits.ts';
import { Bell, IO_FAILED, IO_GONE, IO_PULSE, IO_RUNNING, IO_STATE, PULSE_ASK } from './ring.ts';

/** What an I/O thread finds in the runtime that it lives in. */
export interface IoRuntime extends Pick<IoThreadSide, 'open' | 'afterWrite'> {
  /** Brings an event to the loop; the bell is rung after it. */
  post(event: IoEvent): void;
  /** Calls `fn` after the sockets had their chance. */
  soon(fn: () => void): void;
  readonly resolver: {
    resolve(host: string, port: number, family: 0 | 4 | 6, done: Resolved): void;
    cancel(done: Resolved): void;
  };
  /** All is done: there is nobody left to work for. */
  leave(): void;
}

/** What an I/O thread does for one loop: it owns its sockets and moves bytes between them and shared memory. */
export class IoProgram implements IoThreadSide {
  readonly origin: number;
  readonly open: IoThreadSide['open'];
  readonly afterWrite: IoThreadSide['afterWrite'];
  readonly #runtime: IoRuntime;
  readonly #bell: Bell;
  readonly #pages: ReadyPages;
  readonly #generation: number;
  readonly #lookups = new Map<number, Resolved>();
  readonly #streams = new Map<number, IoStream>();
  /** Streams that asked to be serviced. */
  readonly #later = new Set<IoStream>();
  #scheduled = false;
  #draining = false;

  constructor({ bell, generation, origin }: IoOwner, runtime: IoRuntime) {
    this.origin = origin;
    this.#generation = generation;
    this.#bell = new Bell(bell);
    this.#pages = this.#bell.pages;
    this.#runtime = runtime;
    this.open = (to, options, events) => runtime.open(to, options, events);
    this.afterWrite = (fn, position) => runtime.afterWrite(fn, position);
  }

  start(): void {
    this.#tell(IO_RUNNING);
    this.#look();
  }

  receive(command: IoCommand): void {
    if (command === null) this.#look();
    else this.#obey(command);
  }

  /** The thread goes down with this error. */
  fail(error: Error): void {
    this.#bell.failure = `${error.name}: ${error.message}`;
    this.#tell(IO_FAILED);
  }

  /** The thread, or its part for this loop, is no more. */
  gone(): void {
    this.#tell(IO_GONE);
  }

  post(event: IoEvent): void {
    this.#runtime.post(event);
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

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#runtime.soon(this.#look);
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
        break;
      case 'end':
        this.#end();
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
    this.#runtime.resolver.resolve(host, port, family, done);
  }

  #cancel(id: number): void {
    const done = this.#lookups.get(id);
    if (done === undefined) return;
    this.#lookups.delete(id);
    this.#runtime.resolver.cancel(done);
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
    this.#runtime.leave();
  }

  /** At once. */
  #end(): void {
    this.#draining = true;
    for (const stream of this.#streams.values()) stream.abort();
    this.#runtime.leave();
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

/** Milliseconds that bytes of a turn wait for the turn's end. */
const TURN_LIMIT = 1;

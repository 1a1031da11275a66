import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { InboxOwner } from './inbox-owner.ts';
import { Bell, INBOX_CALLS, LOOP_CLOSED } from './ring.ts';

/** Of one loop, for one other thread: `worker.postMessage(data, [data.port])`, and there `LoopHandle.attach(data)`. */
export interface LoopHandleData {
  readonly bell: SharedArrayBuffer;
  readonly port: MessagePort;
}

/** A loop seen from another thread. Functions do not cross threads, so the loop exposes those that may be called. */
export class LoopHandle {
  /** The port of `data` must have been transferred to this thread. */
  static attach(data: LoopHandleData): LoopHandle {
    return new LoopHandle(data);
  }

  readonly #bell: Bell;
  readonly #port: MessagePort;

  private constructor({ bell, port }: LoopHandleData) {
    this.#bell = new Bell(bell);
    this.#port = port;
  }

  /**
   * Queues a callback of the loop: the function exposed as `name`.
   * @param args - structured clones of them arrive; what cannot be cloned is a DataCloneError here
   * @returns false when the loop is closed
   */
  call(name: string, ...args: unknown[]): boolean {
    return this.#post([name, args]);
  }

  /** `IOLoop.stop()`, in order with the calls. */
  stop(): void {
    this.#post(null);
  }

  /** Ends the loop's wait, if it waits. */
  wake(): void {
    this.#bell.ringLoop();
  }

  get closed(): boolean {
    return Atomics.load(this.#bell.words, LOOP_CLOSED) === 1;
  }

  #post(message: Call | null): boolean {
    if (this.closed) return false;
    this.#port.postMessage(message);
    // the message before the count, the count before the bell: whoever sees one of them finds what came before it
    Atomics.add(this.#bell.words, INBOX_CALLS, 1);
    this.#bell.ringLoop();
    return true;
  }
}

/** Calls of one handle that are taken in one turn. */
const SHARE = 1024;

type Call = readonly [name: string, args: readonly unknown[]];

/** The loop's end of all its handles. */
export class Inbox {
  readonly #bell: Bell;
  readonly #owner: InboxOwner;
  /** Nobody waits at the bell: a message has to announce itself. */
  readonly #hosted: boolean;
  readonly #exposed = new Map<string, (...args: unknown[]) => void>();
  readonly #ports = new Set<MessagePort>();
  /** Calls that were looked for. */
  #seen = 0;

  /** @param hosted - whether a host's loop brings the messages; otherwise `collect()` looks for them */
  constructor(bell: SharedArrayBuffer, owner: InboxOwner, hosted: boolean) {
    this.#bell = new Bell(bell);
    this.#owner = owner;
    this.#hosted = hosted;
  }

  expose(name: string, fn: (...args: unknown[]) => void): void {
    this.#exposed.set(name, fn);
  }

  handle(): LoopHandleData {
    const { port1, port2 } = new MessageChannel();
    this.#ports.add(port1);
    port1.on('close', () => this.#ports.delete(port1));
    // without a listener for messages a port keeps no process alive
    if (this.#hosted) {
      port1.on('message', (call: Call | null) => this.#queue(call));
      port1.unref();
    }
    return { bell: this.#bell.buffer, port: port2 };
  }

  get pending(): boolean {
    return Atomics.load(this.#bell.words, INBOX_CALLS) !== this.#seen;
  }

  /** Queues what other threads have sent: of each a share, so that one that never stops starves neither them nor the loop. */
  collect(): void {
    if (this.#hosted || !this.pending) return;
    const count = Atomics.load(this.#bell.words, INBOX_CALLS);
    let emptied = true;
    for (const port of this.#ports) if (!this.#take(port)) emptied = false;
    this.#seen = emptied ? count : (count - 1) | 0;
    // the rest waits for the next turn, which must not wait for it
    if (!emptied) this.#bell.ringLoop();
  }

  /** Calls are in vain from here on. */
  close(): void {
    Atomics.store(this.#bell.words, LOOP_CLOSED, 1);
    for (const port of this.#ports) port.close();
    this.#ports.clear();
  }

  /** @returns whether there is nothing left */
  #take(port: MessagePort): boolean {
    for (let taken = 0; taken < SHARE; taken++) {
      const next = receiveMessageOnPort(port);
      if (next === undefined) return true;
      // only LoopHandle has the other end
      this.#queue(next.message as Call | null);
    }
    return false;
  }

  #queue(call: Call | null): void {
    if (call === null) {
      this.#owner.stop();
      return;
    }
    const [name, args] = call;
    const fn = this.#exposed.get(name);
    if (fn === undefined) this.#owner.unknown(name);
    else this.#owner.queue(fn, args);
  }
}

import { outOfRange } from './errors.ts';
import type { InboxOwner } from './inbox-owner.ts';
import { type WebPort, webChannel } from './io-web.ts';
import { MailReader, MailWriter, newMailbox } from './mailbox.ts';
import { Bell, INBOX_CALLS, LOOP_CLOSED } from './ring.ts';

/** Of one loop, for one other thread: `worker.postMessage(data, [data.port])`, and there `LoopHandle.attach(data)`. */
export interface LoopHandleData {
  readonly bell: SharedArrayBuffer;
  readonly port: WebPort;
  /** Calls lie here, as JSON, since a loop that blocks receives no message. */
  readonly mail: SharedArrayBuffer;
  /** A host's loop does not look there unless a message tells it to. */
  readonly hosted: boolean;
}

/** A loop seen from another thread. Functions do not cross threads, so the loop exposes those that may be called. */
export class LoopHandle {
  static attach(data: LoopHandleData): LoopHandle {
    return new LoopHandle(data);
  }

  readonly #bell: Bell;
  readonly #mail: MailWriter;
  readonly #port: WebPort | null;

  private constructor({ bell, port, mail, hosted }: LoopHandleData) {
    this.#bell = new Bell(bell);
    this.#mail = new MailWriter(mail);
    this.#port = hosted ? port : null;
  }

  /**
   * Queues a callback of the loop: the function exposed as `name`.
   * @param args - they arrive as JSON brings them
   * @returns false when the loop is closed
   * @throws {RangeError} no room: a loop that has not looked for a while holds 64 KiB of calls
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
    if (!this.#mail.offer(message))
      throw outOfRange('args', 'find no room: the loop has not taken the calls before this one');
    Atomics.add(this.#bell.words, INBOX_CALLS, 1);
    this.#bell.ringLoop();
    this.#port?.postMessage(null);
    return true;
  }
}

type Call = readonly [name: string, args: readonly unknown[]];

/** The loop's end of all its handles. */
export class Inbox {
  readonly #bell: Bell;
  readonly #owner: InboxOwner;
  readonly #hosted: boolean;
  readonly #exposed = new Map<string, (...args: unknown[]) => void>();
  readonly #mails: MailReader[] = [];
  readonly #ports: WebPort[] = [];
  /** Calls that were looked for. */
  #seen = 0;

  constructor(bell: SharedArrayBuffer, owner: InboxOwner, hosted: boolean) {
    this.#bell = new Bell(bell);
    this.#owner = owner;
    this.#hosted = hosted;
  }

  expose(name: string, fn: (...args: unknown[]) => void): void {
    this.#exposed.set(name, fn);
  }

  handle(): LoopHandleData {
    const mail = newMailbox();
    this.#mails.push(new MailReader(mail));
    const { port1, port2 } = webChannel();
    this.#ports.push(port1);
    if (this.#hosted) port1.onmessage = (): void => this.collect();
    return { bell: this.#bell.buffer, port: port2, mail, hosted: this.#hosted };
  }

  get pending(): boolean {
    return Atomics.load(this.#bell.words, INBOX_CALLS) !== this.#seen;
  }

  /** Queues what other threads have sent. */
  collect(): void {
    if (!this.pending) return;
    this.#seen = Atomics.load(this.#bell.words, INBOX_CALLS);
    for (const mail of this.#mails) mail.take((message) => this.#queue(message as Call | null)); // LoopHandle has put it there
  }

  /** Calls are in vain from here on. */
  close(): void {
    Atomics.store(this.#bell.words, LOOP_CLOSED, 1);
    this.#mails.length = 0;
    for (const port of this.#ports.splice(0)) port.close();
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

import { IOLoopError } from '../errors.ts';
import { LOOP, Outlet } from '../fd-outlet.ts';
import type { FdSocket } from '../fd-socket.ts';
import { KEEP_ALIVE_MAX, type StreamMemory } from '../ring.ts';
import { REFERENCE_SIZE } from '../transport.ts';
import type { WatchdogThread } from '../watchdog-thread.ts';
import { Output } from './output.ts';

export interface FdOutputOwner {
  /** Something was written, for the first time in this turn. */
  wrote(): void;
  /** The socket takes nothing any more. Called from inside `announce()` too. */
  broken(error: Error): void;
}

/** Of a stream whose ring the loop empties into the socket itself, or else its watchdog does. */
export class FdOutput extends Output {
  /** The system took less than there was. */
  full = false;
  readonly #owner: FdOutputOwner;
  readonly #outlet: Outlet;
  readonly #watchdog: WatchdogThread;
  #socket: FdSocket | null = null;
  #wrote = false;
  /** What sealing has told; null = it is not sealed. */
  #closable: boolean | null = null;
  readonly #parts: Uint8Array[] = [];

  constructor(memory: StreamMemory, watchdog: WatchdogThread, owner: FdOutputOwner) {
    super(memory, REFERENCE_SIZE - 1);
    this.#owner = owner;
    this.#watchdog = watchdog;
    this.#outlet = new Outlet(memory, LOOP, watchdog.origin);
  }

  /** From here on bytes can leave. */
  open(socket: FdSocket): void {
    this.#socket = socket;
    this.#watchdog.watch(socket.fd, this.memory);
  }

  /**
   * Bytes leave no more.
   * @returns whether the descriptor may be closed; else the watchdog may still write to it, and whoever gets its number
   * would get the bytes
   */
  seal(): boolean {
    this.#closable ??= this.#outlet.seal();
    if (this.#socket !== null) this.#watchdog.forget();
    this.#socket = null;
    return this.#closable;
  }

  /** After `put()`. @returns false when the caller is to wait for a drain */
  announce(): boolean {
    if (!this.#wrote) {
      this.#wrote = true;
      this.#owner.wrote();
    }
    if (this.#socket !== null) {
      const watched = this.#watchdog.wrote();
      if (!this.full && (!watched || this.backlog.size > 0 || this.#plenty)) this.send();
    }
    return this.askToWait();
  }

  /** @returns whether anything was written since the last time */
  takeWritten(): boolean {
    const wrote = this.#wrote;
    this.#wrote = false;
    return wrote;
  }

  /** Sends all there is, or what the system takes of it. @returns whether that was all */
  send(): boolean {
    const socket = this.#socket;
    if (socket === null) return false;
    if (!this.#outlet.acquire()) {
      this.#break(new IOLoopError('WATCHDOG_LOST', 'the watchdog thread died while it was sending'));
      return false;
    }
    return this.#sendHeld(socket);
  }

  /** The keep-alive bytes, where no watchdog sends them. @returns false when this is not the moment */
  beat(): boolean {
    const socket = this.#socket;
    if (this.#watchdog.alive) return true;
    if (socket === null || this.full || this.backlog.size > 0 || !this.#outlet.tryAcquire()) return false;
    const begun = this.#outlet.beginBeat();
    this.#sendHeld(socket);
    return begun;
  }

  /** The keep-alive bytes are not taken while they change. */
  change(settings: () => void): void {
    const held = this.#outlet.acquire();
    settings();
    if (held) this.#outlet.release();
    this.#watchdog.wake();
  }

  /** Copies of what has not left; null when it is more than another ring of this size takes. */
  get unsent(): Uint8Array[] | null {
    const parts: Uint8Array[] = [];
    this.#outlet.peek(parts);
    if (this.size + KEEP_ALIVE_MAX > this.ring.capacity) return null;
    return parts.map((part) => part.slice());
  }

  /** Whether another unit may follow what was written. */
  get endsUnit(): boolean {
    return this.memory.unitEnd === this.ring.tail;
  }

  get #plenty(): boolean {
    return this.ring.usedAtMost >= REFERENCE_SIZE && this.ring.used >= REFERENCE_SIZE;
  }

  /** With the lock held; it is given back. */
  #sendHeld(socket: FdSocket): boolean {
    try {
      const all = this.backlog.size === 0 ? this.#outlet.send(this.#sendPiece) : this.#sendParts(socket);
      this.full = !all;
      // in shared memory it leaves whatever this thread does
      if (!all && this.backlog.size > 0) this.backlog.move();
      return all;
    } catch (error) {
      // FdSocket throws errors
      this.#break(error as Error);
      return false;
    } finally {
      this.#outlet.release();
      this.count();
    }
  }

  // a socket is there whenever somebody sends
  readonly #sendPiece = (piece: Uint8Array): number => this.#socket!.send(piece);

  /** The ring, then the backlog from where it lies. */
  #sendParts(socket: FdSocket): boolean {
    const parts = this.#parts;
    for (let left = SEND_BUDGET; left > 0; ) {
      this.#outlet.peek(parts);
      this.backlog.peek(parts, MOST_PARTS);
      const size = parts.reduce((sum, part) => sum + part.length, 0);
      const taken = size === 0 ? 0 : socket.sendParts(parts);
      parts.length = 0;
      if (taken > 0) this.#took(taken);
      if (taken < size) return false;
      if (size === 0) return true;
      left -= taken;
    }
    // the rest in a turn to come: it finds the socket writable
    return false;
  }

  #took(length: number): void {
    const beyond = this.#outlet.took(length);
    if (beyond === 0) return;
    this.backlog.sent(beyond);
    this.#outlet.skipped(beyond);
  }

  #break(error: Error): void {
    this.#socket = null;
    // before the watchdog is told to look: it lets go of what is sealed
    this.#closable ??= this.#outlet.sealAtOnce();
    this.#watchdog.forget();
    this.clear();
    this.#owner.broken(error);
  }
}

/** Pieces of one system call. */
const MOST_PARTS = 16;
/** What one stream may send in one turn, so that a fast peer starves nobody. */
const SEND_BUDGET: number = 8 << 20;

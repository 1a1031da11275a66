/** The clock and timers that it lives by. */
export interface IdleClock {
  time(): number;
  later(delay: number, fn: () => void): { cancel(): void };
}
/** The times that are watched, on the loop's scale. */
export interface Activity {
  readonly lastRead: number;
  readonly lastWrite: number;
}
export interface IdleActions {
  /** @returns false when it must not write at this moment: it is asked again soon */
  beat(): boolean;
  idle(silence: number): void;
}

/** `Transport.keepAlive` by timers of the loop: one per direction, moved on when it fires, not at each byte. */
export class IdleTimers {
  readonly #services: IdleClock;
  readonly #activity: Activity;
  readonly #actions: IdleActions;
  readonly #idleWrite: number;
  readonly #idleRead: number;
  #writeTimer: { cancel(): void } | null = null;
  #readTimer: { cancel(): void } | null = null;
  #held = false;
  /** Silence is counted from here, or from the last byte if that came later. */
  #since: number;
  /** The `lastRead` of the silence that was told. */
  #told = -1;

  /** @param idleWrite - milliseconds, 0 = off; `idleRead` likewise */
  constructor(services: IdleClock, activity: Activity, idleWrite: number, idleRead: number, actions: IdleActions) {
    this.#services = services;
    this.#activity = activity;
    this.#actions = actions;
    this.#idleWrite = idleWrite;
    this.#idleRead = idleRead;
    this.#since = services.time();
    if (idleWrite > 0) this.#armWrite(activity.lastWrite + idleWrite);
    if (idleRead > 0) this.#armRead(this.#since + idleRead);
  }

  /** Not connected yet, or reading stopped on our side: that is no silence of the peer's. */
  hold(): void {
    this.#held = true;
  }

  resume(): void {
    this.#held = false;
    this.#since = this.#services.time();
  }

  cancel(): void {
    this.#writeTimer?.cancel();
    this.#readTimer?.cancel();
  }

  #armWrite(deadline: number): void {
    this.#writeTimer = this.#services.later(Math.max(0, deadline - this.#services.time()), () => this.#checkWrite());
  }

  #checkWrite(): void {
    const now = this.#services.time();
    const due = this.#activity.lastWrite + this.#idleWrite;
    if (now < due) this.#armWrite(due);
    else this.#armWrite(now + (this.#actions.beat() ? this.#idleWrite : RETRY));
  }

  #armRead(deadline: number): void {
    this.#readTimer = this.#services.later(Math.max(0, deadline - this.#services.time()), () => this.#checkRead());
  }

  #checkRead(): void {
    const now = this.#services.time();
    const { lastRead } = this.#activity;
    const since = Math.max(lastRead, this.#since);
    if (this.#held || lastRead === this.#told) {
      this.#armRead(now + this.#idleRead);
    } else if (now < since + this.#idleRead) {
      this.#armRead(since + this.#idleRead);
    } else {
      this.#told = lastRead;
      this.#armRead(now + this.#idleRead);
      this.#actions.idle(now - since);
    }
  }
}

/** Milliseconds until a beat that fell inside a unit is tried again. */
const RETRY = 50;

/** One slot for each named deadline of an owner, so that the soonest of them is the only timeout that it needs. */
export class TimerTable<Name extends string> {
  readonly #deadlines = new Map<Name, number>();

  /** Sets a timer, or moves it. `at` is in milliseconds on the owner's clock; Infinity clears it. */
  set(name: Name, at: number): void {
    if (at === Number.POSITIVE_INFINITY) this.#deadlines.delete(name);
    else this.#deadlines.set(name, at);
  }

  clear(name: Name): void {
    this.#deadlines.delete(name);
  }

  clearAll(): void {
    this.#deadlines.clear();
  }

  isSet(name: Name): boolean {
    return this.#deadlines.has(name);
  }

  /** The next deadline, Infinity when none is set. */
  soonest(): number {
    let soonest = Number.POSITIVE_INFINITY;
    for (const at of this.#deadlines.values()) if (at < soonest) soonest = at;
    return soonest;
  }

  /** Takes out one timer that is due, the one with the earliest deadline; null when none is. */
  takeDue(now: number): Name | null {
    let due: Name | null = null;
    let soonest = now;
    for (const [name, at] of this.#deadlines) {
      if (at > soonest || (at === soonest && due !== null)) continue;
      soonest = at;
      due = name;
    }
    if (due !== null) this.#deadlines.delete(due);
    return due;
  }
}

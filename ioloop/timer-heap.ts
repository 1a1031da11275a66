/** Code that the loop runs; what it returns is looked at only if it is a promise. */
export type Task = (...args: never[]) => unknown;

export interface TimeoutHandle {
  /** On the loop's `time()` scale, in milliseconds. */
  readonly deadline: number;
  /** True until it fires or is cancelled; false inside its own callback. */
  readonly active: boolean;
  /** Does nothing when it has fired, was cancelled, or its loop is closed. */
  cancel(): void;
}

/** A timer and its handle in one object. */
export class Timer implements TimeoutHandle {
  readonly deadline: number;
  readonly sequence: number;
  /** null once fired or cancelled, so that a kept handle keeps nothing else alive. */
  task: Task | null;
  args: readonly unknown[] | null;
  readonly owner: TimerHeap;
  /** False when it was taken out as due, or is endless. */
  inHeap = false;

  constructor(owner: TimerHeap, deadline: number, sequence: number, task: Task, args: readonly unknown[] | null) {
    this.owner = owner;
    this.deadline = deadline;
    this.sequence = sequence;
    this.task = task;
    this.args = args;
  }

  get active(): boolean {
    return this.task !== null;
  }

  cancel(): void {
    if (this.task === null) return;
    this.task = null;
    this.args = null;
    if (this.inHeap) this.owner.forget();
  }
}

/**
 * Timers by deadline, then by order of creation. Four children per node and keys in plain arrays of doubles keep
 * a comparison within one cache line: three times as fast as a heap of objects at a million timers.
 */
export class TimerHeap {
  /** Called when a timer in the heap was cancelled: the soonest may have changed. */
  onCancel: (() => void) | null = null;
  #deadlines = new Float64Array(INITIAL);
  #sequences = new Float64Array(INITIAL);
  #timers: (Timer | undefined)[] = [];
  #size = 0;
  #cancelled = 0;
  #created = 0;

  /** Entries, cancelled ones included. */
  get size(): number {
    return this.#size;
  }

  /** @param deadline - Infinity gives a handle that never fires and lies nowhere */
  add(deadline: number, task: Task, args: readonly unknown[] | null): Timer {
    const timer = new Timer(this, deadline, this.#created++, task, args);
    if (deadline !== Infinity) this.put(timer);
    return timer;
  }

  /** Puts a timer that was taken as due, but did not run, back in its place. */
  put(timer: Timer): void {
    if (this.#size === this.#deadlines.length) this.#resize(this.#size * 2);
    timer.inHeap = true;
    this.#siftUp(this.#size++, timer);
  }

  /** The next deadline, Infinity when there is none. */
  soonest(): number {
    while (this.#size > 0) {
      // slots below #size are filled, here and below
      if (this.#timers[0]!.task !== null) return this.#deadlines[0]!;
      this.#removeFirst();
      this.#cancelled--;
    }
    return Infinity;
  }

  /** Moves every timer with `deadline <= now` to the front of `out`, in order. @returns how many */
  takeDue(now: number, out: Timer[]): number {
    let count = 0;
    while (this.#size > 0 && this.#deadlines[0]! <= now) {
      const timer = this.#removeFirst();
      if (timer.task === null) this.#cancelled--;
      else out[count++] = timer;
    }
    if (this.#size < this.#deadlines.length >> 3) this.#shrink();
    return count;
  }

  /** Makes every handle inactive. */
  clear(): void {
    for (let i = 0; i < this.#size; i++) {
      const timer = this.#timers[i]!;
      timer.inHeap = false;
      timer.cancel();
    }
    this.#size = 0;
    this.#cancelled = 0;
    this.#shrink();
  }

  /** A timer in here was cancelled. Most timers are: they are swept together, not searched for one by one. */
  forget(): void {
    this.#cancelled++;
    if (this.#cancelled > SWEEP && this.#cancelled * 2 > this.#size) this.#sweep();
    this.onCancel?.();
  }

  #sweep(): void {
    let kept = 0;
    for (let i = 0; i < this.#size; i++) {
      const timer = this.#timers[i]!;
      if (timer.task === null) continue;
      this.#place(kept++, timer.deadline, timer.sequence, timer);
    }
    this.#timers.fill(undefined, kept, this.#size);
    this.#size = kept;
    this.#cancelled = 0;
    for (let i = (kept - 2) >> 2; i >= 0; i--) this.#siftDown(i, this.#timers[i]!);
    if (kept < this.#deadlines.length >> 3) this.#shrink();
  }

  #removeFirst(): Timer {
    const first = this.#timers[0]!;
    const last = this.#timers[--this.#size]!;
    this.#timers[this.#size] = undefined;
    if (this.#size > 0) this.#siftDown(0, last);
    first.inHeap = false;
    return first;
  }

  #siftUp(start: number, timer: Timer): void {
    const deadlines = this.#deadlines;
    const sequences = this.#sequences;
    const { deadline, sequence } = timer;
    let at = start;
    while (at > 0) {
      const parent = (at - 1) >> 2;
      const above = deadlines[parent]!;
      if (above < deadline || (above === deadline && sequences[parent]! < sequence)) break;
      this.#place(at, above, sequences[parent]!, this.#timers[parent]!);
      at = parent;
    }
    this.#place(at, deadline, sequence, timer);
  }

  #siftDown(start: number, timer: Timer): void {
    const deadlines = this.#deadlines;
    const sequences = this.#sequences;
    const size = this.#size;
    const { deadline, sequence } = timer;
    let at = start;
    for (let child = 4 * at + 1; child < size; child = 4 * at + 1) {
      let best = child;
      let soonest = deadlines[child]!;
      const end = Math.min(child + 4, size);
      for (let i = child + 1; i < end; i++) {
        const other = deadlines[i]!;
        if (other < soonest || (other === soonest && sequences[i]! < sequences[best]!)) {
          best = i;
          soonest = other;
        }
      }
      if (deadline < soonest || (deadline === soonest && sequence < sequences[best]!)) break;
      this.#place(at, soonest, sequences[best]!, this.#timers[best]!);
      at = best;
    }
    this.#place(at, deadline, sequence, timer);
  }

  #place(at: number, deadline: number, sequence: number, timer: Timer): void {
    this.#deadlines[at] = deadline;
    this.#sequences[at] = sequence;
    this.#timers[at] = timer;
  }

  #shrink(): void {
    const capacity = Math.max(INITIAL, 2 ** Math.ceil(Math.log2(this.#size * 2 + 1)));
    if (capacity >= this.#deadlines.length) return;
    this.#resize(capacity);
    this.#timers.length = this.#size;
  }

  #resize(capacity: number): void {
    const deadlines = new Float64Array(capacity);
    const sequences = new Float64Array(capacity);
    deadlines.set(this.#deadlines.subarray(0, this.#size));
    sequences.set(this.#sequences.subarray(0, this.#size));
    this.#deadlines = deadlines;
    this.#sequences = sequences;
  }
}

const INITIAL = 64;
/** Below this many cancelled entries a sweep would cost more than it gives back. */
const SWEEP = 512;

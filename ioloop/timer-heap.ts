/** Code that the loop runs; what it returns is looked at only if it is a promise. */
export type Task = (...args: never[]) => unknown;

/** A timer, for its owner. */
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
 * Timers by deadline, then by order of creation. Four children per node, and what is compared and moved lies in plain
 * arrays of numbers: no pointer is chased, and the collector is told of none. The timers themselves stay in their slots.
 */
export class TimerHeap {
  /** Called when a timer came or was cancelled: the soonest may have changed. */
  onChange: (() => void) | null = null;
  #deadlines = new Float64Array(INITIAL);
  #sequences = new Float64Array(INITIAL);
  /** The slot of each entry; beyond #size, the slots that are free. */
  #slots = slotsFrom(INITIAL);
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
    if (deadline !== Number.POSITIVE_INFINITY) this.put(timer);
    return timer;
  }

  /** Puts a timer that was taken as due, but did not run, back in its place. */
  put(timer: Timer): void {
    if (this.#size === this.#deadlines.length) this.#resize(this.#size * 2);
    timer.inHeap = true;
    // slots below the capacity are all filled, here and below
    const slot = this.#slots[this.#size]!;
    this.#timers[slot] = timer;
    this.#siftUp(this.#size++, timer.deadline, timer.sequence, slot);
    this.onChange?.();
  }

  /** The next deadline, Infinity when there is none. */
  soonest(): number {
    while (this.#size > 0) {
      if (this.#timers[this.#slots[0]!]!.task !== null) return this.#deadlines[0]!;
      this.#removeFirst();
      this.#cancelled--;
    }
    return Number.POSITIVE_INFINITY;
  }

  /** Moves every timer with `deadline <= now` to the front of `out`, in order. @returns how many */
  takeDue(now: number, out: Timer[]): number {
    let count = 0;
    while (this.#size > 0 && this.#deadlines[0]! <= now) {
      const timer = this.#removeFirst();
      if (timer.task === null) this.#cancelled--;
      else out[count++] = timer;
    }
    this.#shrink();
    return count;
  }

  /** Makes every handle inactive. */
  clear(): void {
    for (const timer of this.#timers) {
      if (timer === undefined) continue;
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
    this.onChange?.();
  }

  #sweep(): void {
    let kept = 0;
    for (let i = 0; i < this.#size; i++) {
      const slot = this.#slots[i]!;
      if (this.#timers[slot]!.task === null) {
        this.#timers[slot] = undefined;
        continue;
      }
      // the slot of a cancelled one changes places with it, and ends among the free ones
      this.#slots[i] = this.#slots[kept]!;
      this.#place(kept++, this.#deadlines[i]!, this.#sequences[i]!, slot);
    }
    this.#size = kept;
    this.#cancelled = 0;
    for (let i = (kept - 2) >> 2; i >= 0; i--) {
      this.#siftDown(i, this.#deadlines[i]!, this.#sequences[i]!, this.#slots[i]!);
    }
    this.#shrink();
  }

  #removeFirst(): Timer {
    const slot = this.#slots[0]!;
    const first = this.#timers[slot]!;
    const last = --this.#size;
    if (last > 0) this.#siftDown(0, this.#deadlines[last]!, this.#sequences[last]!, this.#slots[last]!);
    this.#slots[last] = slot;
    this.#timers[slot] = undefined;
    first.inHeap = false;
    return first;
  }

  #siftUp(start: number, deadline: number, sequence: number, slot: number): void {
    const deadlines = this.#deadlines;
    const sequences = this.#sequences;
    const slots = this.#slots;
    let at = start;
    while (at > 0) {
      const parent = (at - 1) >> 2;
      const above = deadlines[parent]!;
      if (above < deadline || (above === deadline && sequences[parent]! < sequence)) break;
      deadlines[at] = above;
      sequences[at] = sequences[parent]!;
      slots[at] = slots[parent]!;
      at = parent;
    }
    this.#place(at, deadline, sequence, slot);
  }

  #siftDown(start: number, deadline: number, sequence: number, slot: number): void {
    const deadlines = this.#deadlines;
    const sequences = this.#sequences;
    const slots = this.#slots;
    const size = this.#size;
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
      deadlines[at] = soonest;
      sequences[at] = sequences[best]!;
      slots[at] = slots[best]!;
      at = best;
    }
    this.#place(at, deadline, sequence, slot);
  }

  #place(at: number, deadline: number, sequence: number, slot: number): void {
    this.#deadlines[at] = deadline;
    this.#sequences[at] = sequence;
    this.#slots[at] = slot;
  }

  /** Gives memory back once seven eighths of it are unused. */
  #shrink(): void {
    if (this.#size >= this.#deadlines.length >> 3 || this.#deadlines.length <= INITIAL) return;
    // the timers move to the first slots, so that the rest of the array can go
    const timers = Array.from({ length: this.#size }, (_, i) => this.#timers[this.#slots[i]!]);
    const capacity = Math.max(INITIAL, 2 ** Math.ceil(Math.log2(this.#size * 2 + 1)));
    this.#slots = slotsFrom(capacity);
    this.#timers = timers;
    this.#resize(capacity);
  }

  #resize(capacity: number): void {
    this.#deadlines = resized(this.#deadlines, capacity, this.#size);
    this.#sequences = resized(this.#sequences, capacity, this.#size);
    if (capacity <= this.#slots.length) return;
    const slots = slotsFrom(capacity);
    slots.set(this.#slots);
    this.#slots = slots;
  }
}

const INITIAL = 64;
/** Below this many cancelled entries a sweep would cost more than it gives back. */
const SWEEP = 512;

function slotsFrom(capacity: number): Int32Array<ArrayBuffer> {
  const slots = new Int32Array(capacity);
  for (let i = 0; i < capacity; i++) slots[i] = i;
  return slots;
}

function resized(from: Float64Array<ArrayBuffer>, capacity: number, size: number): Float64Array<ArrayBuffer> {
  const to = new Float64Array(capacity);
  to.set(from.subarray(0, size));
  return to;
}

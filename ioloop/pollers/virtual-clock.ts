import { outOfRange, wrongType } from '../errors.ts';

/** Time that moves when it is told to, in milliseconds from 0. */
export class VirtualClock {
  #now = 0;
  #rate = 0;
  /** The real time at which #now was right; only looked at while there is a rate. */
  #real = 0;
  #autojump = 0;

  now(): number {
    return this.#rate === 0 ? this.#now : this.#now + (performance.now() - this.#real) * this.#rate;
  }

  /** @throws RangeError when negative */
  jump(duration: number): void {
    this.set(this.now() + checked('duration', duration));
  }

  /** Moves the clock as blocking code would: what comes due meanwhile is late. @throws RangeError when negative */
  sleep(duration: number): void {
    this.jump(duration);
  }

  /** May go back. */
  set(time: number): void {
    if (typeof time !== 'number' || !Number.isFinite(time))
      throw wrongType('time', 'must be a finite number of milliseconds');
    this.#now = time;
    this.#real = performance.now();
  }

  /** Virtual milliseconds per real one; 0 = the clock only jumps. @throws RangeError when negative */
  get rate(): number {
    return this.#rate;
  }
  set rate(rate: number) {
    checked('rate', rate);
    this.set(this.now());
    this.#rate = rate;
  }

  /**
   * Real milliseconds without an event and without a wake from another thread, after which the clock jumps to the
   * next timer; 0 = at once, Infinity = never. For tests that mix in other threads.
   */
  get autojump(): number {
    return this.#autojump;
  }
  set autojump(threshold: number) {
    if (threshold !== Infinity) checked('autojump', threshold);
    this.#autojump = threshold;
  }
}

function checked(field: string, value: number): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw wrongType(field, 'must be a finite number');
  if (value < 0) throw outOfRange(field, 'must not be negative');
  return value;
}

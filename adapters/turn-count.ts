import type { IOLoop } from '../ioloop/index.ts';

/** Tells whether two moments belong to one turn of a loop. It costs nothing in turns in which nobody asks. */
export class TurnCount {
  readonly #loop: IOLoop;
  #count = 0;
  #isCounted = false;

  constructor(loop: IOLoop) {
    this.#loop = loop;
  }

  /** Another number in every turn. */
  get current(): number {
    if (!this.#isCounted) {
      this.#isCounted = true;
      this.#loop.addCallback(() => {
        this.#isCounted = false;
        this.#count++;
      });
    }
    return this.#count;
  }
}

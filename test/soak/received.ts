/** Which of the numbers from 1 on have come, in little memory however many they are. */
export class Received {
  /** All up to here. */
  upTo = 0;
  readonly #beyond = new Set<number>();

  add(number: number): void {
    if (number <= this.upTo) return;
    this.#beyond.add(number);
    while (this.#beyond.delete(this.upTo + 1)) this.upTo++;
  }

  /** How many have come before one that has not. */
  get waiting(): number {
    return this.#beyond.size;
  }
}

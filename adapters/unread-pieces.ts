/** What a page was sent and has not read yet; it counts in whole messages. */
export class UnreadPieces {
  #pieces: number[] = [];
  /** Where the first one is: those before it are read. */
  #first = 0;

  sent(length: number): void {
    this.#pieces.push(length);
  }

  /**
   * @param text - what the page says that it has read since it last did: a number of bytes
   * @returns the lengths of the messages that these are, or null for what cannot be
   */
  read(text: string): readonly number[] | null {
    if (!/^[1-9]\d{0,14}$/.test(text)) return null;
    const from = this.#first;
    let left = Number(text);
    for (; left > 0; this.#first++) {
      const next = this.#pieces[this.#first];
      if (next === undefined || next > left) return null;
      left -= next;
    }
    const read = this.#pieces.slice(from, this.#first);
    if (this.#first > this.#pieces.length / 2) {
      this.#pieces = this.#pieces.slice(this.#first);
      this.#first = 0;
    }
    return read;
  }
}

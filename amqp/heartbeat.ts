/** How late a check may run before it is taken for a sign that this side, not the peer, stood still; milliseconds. */
const LATE = 250;

/**
 * When to send a heartbeat and when to take the peer for gone (AMQP 0-9-1 §4.2.7). Anything that is sent or received
 * counts: a beat goes out after half an interval without output, and silence is noticed after 1¾ intervals.
 */
export class Heartbeat {
  /** The negotiated interval in milliseconds. */
  readonly interval: number;
  #lastSent: number;
  #lastReceived: number;
  #grace = 0;

  constructor(seconds: number, now: number) {
    this.interval = seconds * 1000;
    this.#lastSent = now;
    this.#lastReceived = now;
  }

  sent(now: number): void {
    this.#lastSent = now;
  }

  received(now: number): void {
    this.#lastReceived = now;
    this.#grace = 0;
  }

  /** When {@link check} is to be called next. */
  deadline(): number {
    return Math.min(this.#lastSent + this.interval / 2, this.#verdictAt());
  }

  /** How long the peer has been silent, in milliseconds. */
  silence(now: number): number {
    return now - this.#lastReceived;
  }

  /**
   * @param lastReceived - when the socket's side last saw a byte, where it knows: bytes that still wait to be read are
   * no silence. Where it does not, a check that comes late allows one moment for reading first.
   * @param lastSent - when it last wrote one, where it knows: output was perhaps told of with an earlier time
   */
  check(now: number, lastReceived: number | undefined, lastSent?: number): 'silent' | 'send' | null {
    if (lastReceived !== undefined && lastReceived > this.#lastReceived) this.received(lastReceived);
    if (lastSent !== undefined && lastSent > this.#lastSent) this.#lastSent = lastSent;
    if (now >= this.#verdictAt()) {
      const late = now - this.#silentAt() > LATE;
      if (!late || lastReceived !== undefined || this.#grace > 0) return 'silent';
      this.#grace = now + LATE;
    }
    return now >= this.#lastSent + this.interval / 2 ? 'send' : null;
  }

  #silentAt(): number {
    return this.#lastReceived + this.interval * 1.75;
  }

  #verdictAt(): number {
    return Math.max(this.#silentAt(), this.#grace);
  }
}

/** When a broker sends a heartbeat, and when it takes its client for gone (AMQP 0-9-1 §4.2.7). Times are milliseconds. */
export class ServerHeartbeat {
  readonly #interval: number;
  #lastSent: number;
  #lastReceived: number;

  /** @param seconds - as negotiated; 0 = off */
  constructor(seconds: number, now: number) {
    this.#interval = seconds === 0 ? Number.POSITIVE_INFINITY : seconds * 1000;
    this.#lastSent = now;
    this.#lastReceived = now;
  }

  sent(now: number): void {
    this.#lastSent = now;
  }

  received(now: number): void {
    this.#lastReceived = now;
  }

  get deadline(): number {
    return Math.min(this.#lastSent + this.#interval / 2, this.#lastReceived + this.#interval * 2);
  }

  due(now: number): 'send' | 'gone' | null {
    if (now >= this.#lastReceived + this.#interval * 2) return 'gone';
    return now >= this.#lastSent + this.#interval / 2 ? 'send' : null;
  }
}

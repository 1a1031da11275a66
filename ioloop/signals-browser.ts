import { UnsupportedError } from './errors.ts';
import type { Callback, Poller } from './poller.ts';

/** A browser has no signals. */
export class Signals {
  readonly patience: number = Number.POSITIVE_INFINITY;

  // biome-ignore lint/complexity/noUselessConstructor: it takes what its twin takes
  constructor(_turn: object, _poller: Poller) {}

  look(): void {}

  /** @throws {UnsupportedError} */
  add(name: string, _fn: Callback, _caught: boolean): Disposable {
    throw new UnsupportedError(`a browser has no signals, not even ${name}`);
  }

  close(): void {}
}

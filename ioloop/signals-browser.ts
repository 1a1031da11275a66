import { UnsupportedError } from './errors.ts';

/** A browser has no signals. */
export class Signals {
  readonly patience: number = Number.POSITIVE_INFINITY;

  look(): void {}

  /** @throws {UnsupportedError} */
  add(name: string): Disposable {
    throw new UnsupportedError(`a browser has no signals, not even ${name}`);
  }

  close(): void {}
}

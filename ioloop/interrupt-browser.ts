import type { InterruptOwner } from './interrupt-owner.ts';

/** No key interrupts a program in a browser, and nothing watches a worker that blocks. */
export class Interrupts {
  readonly able: boolean = false;
  readonly pending: boolean = false;
  readonly patience: number = Number.POSITIVE_INFINITY;

  // biome-ignore lint/complexity/noUselessConstructor: it takes what its twin takes
  constructor(_bell: SharedArrayBuffer, _owner: InterruptOwner) {}

  begin(): void {}

  end(): void {}

  keep(): Disposable {
    return { [Symbol.dispose]: () => {} };
  }

  close(): void {}

  settle(): void {}

  watch(): void {}

  raise(): void {}
}

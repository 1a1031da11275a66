/** No key interrupts a program in a browser, and nothing watches a worker that blocks. */
export class Interrupts {
  readonly able = false;
  readonly pending = false;
  readonly patience: number = Number.POSITIVE_INFINITY;

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

import { Duplex, type DuplexOptions } from 'node:stream';

/** Two streams in memory, each of which reads what the other one is written; a slow reader holds the writer up. */
export function duplexPair(options: DuplexOptions = {}): [ours: Duplex, theirs: Duplex] {
  const ours = new Half(options);
  const theirs = new Half({});
  ours.other = theirs;
  theirs.other = ours;
  return [ours, theirs];
}

class Half extends Duplex {
  other: Half | null = null;
  /** Of a write that the other side has not read. */
  #taken: (() => void) | null = null;

  override _read(): void {
    const { other } = this;
    const taken = other?.giveTaken();
    if (taken) process.nextTick(taken);
  }

  giveTaken(): (() => void) | null {
    const taken = this.#taken;
    this.#taken = null;
    return taken;
  }

  override _write(chunk: Uint8Array, _encoding: string, taken: () => void): void {
    this.#taken = taken;
    this.other?.push(chunk);
  }

  override _final(done: () => void): void {
    this.other?.push(null);
    done();
  }
}

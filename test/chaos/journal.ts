import { closeSync, openSync, readSync, writeSync } from 'node:fs';

/** What became of a message that was published, as the library told it. */
export type Outcome = 'confirmed' | 'nacked' | 'unroutable' | 'unknown' | 'failed';

/** One line of a journal: what happened, when (Unix milliseconds), and its facts. Memory is in MiB. */
export type Entry =
  | readonly ['called', at: number, id: string]
  | readonly ['settled', at: number, id: string, outcome: Outcome]
  | readonly ['handled', at: number, channel: number, tag: string, id: string, redelivered: boolean, whole: boolean]
  | readonly ['event', at: number, name: string]
  | readonly ['error', at: number, typed: boolean, name: string, text: string]
  | readonly ['memory', at: number, rss: number, heap: number]
  | readonly ['ended', at: number, handles: readonly string[]];

/** Writes down what a program saw, in a file that is only appended to: what is written survives the program. */
export class JournalWriter {
  readonly #file: number;
  #lines: string[] = [];

  constructor(path: string) {
    this.#file = openSync(path, 'a');
  }

  add(entry: Entry): void {
    this.#lines.push(JSON.stringify(entry));
  }

  /** To the file. What was added and not flushed is lost with the program. */
  flush(): void {
    if (this.#lines.length === 0) return;
    const lines = this.#lines;
    this.#lines = [];
    writeSync(this.#file, `${lines.join('\n')}\n`);
  }
}

/** Reads a journal while it is written. */
export class JournalReader {
  readonly #file: number;
  readonly #chunk: Buffer = Buffer.allocUnsafe(1 << 20);
  #rest = '';

  constructor(path: string) {
    this.#file = openSync(path, 'a+');
  }

  /** What came since the last call. */
  *read(): Generator<Entry> {
    for (;;) {
      const length = readSync(this.#file, this.#chunk, 0, this.#chunk.length, null);
      if (length === 0) return;
      const lines = (this.#rest + this.#chunk.toString('latin1', 0, length)).split('\n');
      this.#rest = lines.pop() ?? '';
      for (const line of lines) yield JSON.parse(line) as Entry;
    }
  }

  close(): void {
    closeSync(this.#file);
  }
}

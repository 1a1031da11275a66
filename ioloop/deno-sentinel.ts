import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { SENTINEL_ASK, type SentinelData } from './sentinel-duty.ts';
import { SentinelPost } from './sentinel-post.ts';

/** The program of the sentinel's thread on Deno, where a listener for signals is called in any thread that turns. */
class DenoSentinel {
  readonly #post: SentinelPost;
  #listening = false;

  constructor(data: SentinelData) {
    this.#post = new SentinelPost(data);
  }

  async run(): Promise<never> {
    for (;;) {
      this.#post.obey();
      this.#listen(this.#post.armed);
      this.#post.confirm();
      await this.#change();
    }
  }

  /** Until there is another duty. */
  async #change(): Promise<void> {
    const { words, obeyed } = this.#post;
    for (;;) {
      const { async, value } = Atomics.waitAsync(words, SENTINEL_ASK, obeyed, this.#post.period);
      if (!async || (await value) !== 'timed-out') return;
      this.#post.watch();
    }
  }

  #listen(wanted: boolean): void {
    if (wanted === this.#listening) return;
    this.#listening = wanted;
    if (wanted) DENO.addSignalListener('SIGINT', this.#caught);
    else DENO.removeSignalListener('SIGINT', this.#caught);
  }

  /** Not armed again until the loop has taken notice: a second Ctrl-C before that ends the process. */
  readonly #caught = (): void => {
    this.#listen(false);
    this.#post.tell();
  };
}

interface DenoSignals {
  addSignalListener(name: string, listener: () => void): void;
  removeSignalListener(name: string, listener: () => void): void;
}

// Node's declarations do not know it
const { Deno: DENO } = globalThis as unknown as { Deno: DenoSignals };

if (isMainThread) throw new Error('deno-sentinel is started by a loop, in a thread of its own');
// what waits in shared memory keeps no thread alive; its parent's unref() lets the process end
parentPort?.on('message', () => {});
// the loop that starts this thread hands it nothing else
void new DenoSentinel(workerData as SentinelData).run();

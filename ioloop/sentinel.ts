import process from 'node:process';
import { Script } from 'node:vm';
import { isMainThread, workerData } from 'node:worker_threads';
import { SENTINEL_ASK, type SentinelData } from './sentinel-duty.ts';
import { SentinelPost } from './sentinel-post.ts';

/**
 * The program of a thread that does nothing but wait, on Node and Bun. Inside `breakOnSigint` its wait ends with an error
 * on Ctrl-C, which no blocked thread could notice otherwise; and it sees when a callback of the loop takes too long.
 */
class Sentinel {
  readonly #post: SentinelPost;
  readonly #script = new Script('pikaloopWait()');
  /** Whether the loop has yet to take notice of a Ctrl-C. */
  #told = false;

  constructor(data: SentinelData) {
    this.#post = new SentinelPost(data);
    Object.assign(globalThis, { pikaloopWait: () => this.#guard() });
  }

  run(): never {
    for (this.#post.obey(); ; ) {
      if (!this.#post.armed) this.#wait();
      else if (this.#caught()) this.#tell();
    }
  }

  /** @returns whether Ctrl-C ended the wait */
  #caught(): boolean {
    try {
      this.#script.runInThisContext({ breakOnSigint: true });
      return false;
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED') return true;
      throw error;
    }
  }

  /** What Ctrl-C breaks. Not left for a duty that it can see to: outside, Ctrl-C ends the process. */
  #guard(): void {
    do this.#wait();
    while (this.#post.armed && !this.#post.anew && !this.#told);
  }

  /** Not armed again until the loop has taken notice: a second Ctrl-C before that ends the process. */
  #tell(): void {
    this.#post.tell();
    if (!IN_BUN) {
      this.#wait();
      return;
    }
    // Bun goes on to catch it outside, too, and drops it there
    this.#told = true;
    if (this.#caught()) process.kill(process.pid, 'SIGKILL');
    this.#told = false;
  }

  /** Until there is another duty, which it takes up. */
  #wait(): void {
    const post = this.#post;
    post.confirm();
    while (Atomics.wait(post.words, SENTINEL_ASK, post.obeyed, post.period) === 'timed-out') post.watch();
    post.obey();
  }
}

const IN_BUN = 'Bun' in globalThis;

if (isMainThread) throw new Error('sentinel is started by a loop, in a thread of its own');
// the loop that starts this thread hands it nothing else
new Sentinel(workerData as SentinelData).run();

/** What came of a call, in a form that goes through every pipe. */
export type Outcome = { readonly value: unknown } | { readonly error: ThrownInPage };

/** An error of a page. */
export interface ThrownInPage {
  readonly name: string;
  readonly message: string;
  readonly code: unknown;
  readonly stack: string | undefined;
}

/** A call of what a module exports. */
export interface Call {
  /** Where a browser finds it: '/build/test/browser/x.js'. */
  readonly module: string;
  readonly name: string;
  readonly args: readonly unknown[];
}

/** Calls the export of a module, here. */
export async function callHere({ module, name, args }: Call): Promise<Outcome> {
  try {
    const exports: Record<string, (...args: readonly unknown[]) => unknown> = await import(module);
    const exported = exports[name];
    if (exported === undefined) throw new TypeError(`${module} exports no ${name}`);
    return { value: await exported(...args) };
  } catch (error) {
    return { error: inWords(error) };
  }
}

/** Calls it in a dedicated worker of the page; calls of one module are for one worker, one after the other. */
export function callInWorker(call: Call): Promise<Outcome> {
  let worker = workers.get(call.module);
  if (!worker) {
    worker = new PageWorker();
    workers.set(call.module, worker);
  }
  return worker.call(call);
}

const workers = new Map<string, PageWorker>();

class PageWorker {
  readonly #worker = new Worker(new URL('./in-worker.js', import.meta.url), { type: 'module' });
  readonly #waiting: ((outcome: Outcome) => void)[] = [];

  constructor() {
    this.#worker.onmessage = ({ data }: MessageEvent<Outcome>) => this.#waiting.shift()?.(data);
    this.#worker.onerror = ({ message, filename, lineno }) => {
      const error = { name: 'Error', message: `${message} (${filename}:${lineno})`, code: undefined, stack: undefined };
      for (const settle of this.#waiting.splice(0)) settle({ error });
    };
  }

  call(call: Call): Promise<Outcome> {
    this.#worker.postMessage(call);
    return new Promise((resolve) => void this.#waiting.push(resolve));
  }
}

function inWords(error: unknown): ThrownInPage {
  if (!(error instanceof Error)) return { name: 'NoError', message: String(error), code: undefined, stack: undefined };
  const { name, message, stack } = error;
  return { name, message, stack, code: 'code' in error ? error.code : undefined };
}

Object.assign(globalThis, { callHere, callInWorker });

/** What waits for the abort of one signal. */
interface Listener {
  readonly callbacks: Set<() => void>;
  readonly hear: () => void;
}

const listeners = new WeakMap<AbortSignal, Listener>();

/**
 * Calls back when a signal aborts that has not yet. A signal has one listener of ours at most: one that ends a whole
 * program is given to many calls at a time, and runtimes warn of more than ten listeners as of a leak.
 * @returns what takes the callback back
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const listener = listeners.get(signal) ?? listen(signal);
  listener.callbacks.add(callback);
  return () => {
    if (!listener.callbacks.delete(callback) || listener.callbacks.size > 0) return;
    signal.removeEventListener('abort', listener.hear);
    listeners.delete(signal);
  };
}

function listen(signal: AbortSignal): Listener {
  const callbacks = new Set<() => void>();
  const hear = (): void => {
    for (const callback of [...callbacks]) callback();
  };
  signal.addEventListener('abort', hear);
  const listener = { callbacks, hear };
  listeners.set(signal, listener);
  return listener;
}

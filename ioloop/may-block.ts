import { NotBlockingError, UnsupportedError } from './errors.ts';

/** Why this thread of a browser may not hold itself, or share no memory with an I/O worker; null when it may. */
export function whyNotBlocking(): NotBlockingError | UnsupportedError | null {
  const { crossOriginIsolated, DedicatedWorkerGlobalScope } = globalThis as Scope;
  if (DedicatedWorkerGlobalScope === undefined) {
    return new NotBlockingError(
      'only a dedicated worker may block in a browser: use a worker, or a loop that the browser drives (IOLoop.fromHost())',
    );
  }
  if (crossOriginIsolated === true) return null;
  return new UnsupportedError(
    'a worker that blocks needs shared memory, which browsers give to isolated pages only: serve the page and the scripts of its ' +
      'workers with "Cross-Origin-Opener-Policy: same-origin" and "Cross-Origin-Embedder-Policy: require-corp", or use ' +
      'IOLoop.fromHost()',
  );
}

/**
 * @throws {NotBlockingError} in a window, and in whatever else may not block
 * @throws {UnsupportedError} in a worker that is not cross-origin isolated
 */
export function checkMayBlock(): void {
  const reason = whyNotBlocking();
  if (reason !== null) throw reason;
}

interface Scope {
  readonly crossOriginIsolated?: boolean;
  readonly DedicatedWorkerGlobalScope?: unknown;
}

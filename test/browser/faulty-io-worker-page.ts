// The I/O worker's program, which goes wrong a moment after a loop has begun to use it, in the way that its URL says.
const early: MessageEvent[] = [];
globalThis.onmessage = (event) => void early.push(event);
// by a name that the compiler does not follow: it is the package's bundle
await import(String('/dist/io-worker-browser.js'));

const FAULTS: Record<string, () => void> = {
  throw: () => {
    throw new TypeError('planted in the I/O worker');
  },
  close: () => globalThis.close(),
  hang: () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0),
};
const serve = globalThis.onmessage as (event: MessageEvent) => void; // the import has set it
globalThis.onmessage = (event: MessageEvent) => {
  serve(event);
  if (event.data !== null) setTimeout(() => FAULTS[location.search.slice(1)]?.(), 300);
};
for (const event of early) serve(event);

export {};

import { type Call, callHere } from './in-page.ts';

// A dedicated worker of a page: answers the page's calls in their order.
let before: Promise<unknown> = Promise.resolve();
globalThis.onmessage = ({ data }: MessageEvent<Call>) => {
  before = before.then(async () => globalThis.postMessage(await callHere(data)));
};

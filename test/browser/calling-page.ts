import { LoopHandle } from 'pikaloop';
import type { Calling } from './loop-page.ts';

// A worker that calls the loop of another one, which blocks.
globalThis.onmessage = ({ data }: MessageEvent<Calling | null>) => {
  if (data === null) {
    globalThis.postMessage('here');
    return;
  }
  const handle = LoopHandle.attach(data.handle);
  for (let i = 0; i < data.calls; i++) handle.call('tell', i, { text: 'plain' });
};

import { IOLoop, LoopHandle, prepareToBlock } from 'pikaloop';

// What a dedicated worker of a page runs: loops that block it.

type Stream = ReturnType<IOLoop['transports']['create']>;
type Handlers = Parameters<IOLoop['transports']['create']>[0];

/** One stream, until it has closed. */
function onStream(
  url: string,
  handlers: (stream: Stream) => Partial<Handlers>,
  loop = new IOLoop({ onError: 'throw', makeCurrent: false }),
): string[] {
  const told: string[] = [];
  const stream: Stream = loop.transports.create({
    onConnect: () => asked.onConnect?.({ local: NOWHERE, remote: NOWHERE }),
    onData: (bytes) => asked.onData?.(bytes),
    onDrain: () => asked.onDrain?.(),
    onEof: () => false,
    onIdle: (silence) => asked.onIdle?.(silence),
    onClose: (error) => {
      told.push(error === null ? 'closed' : `${error.name} ${(error as { code?: string }).code}: ${error.message}`);
      loop.stop();
    },
  });
  const asked = handlers(stream);
  stream.connect({ url });
  const limit = loop.callLater(30_000, () => stream.abort());
  loop.start();
  limit.cancel();
  return told;
}

const NOWHERE = { address: '', port: 0, family: 4 } as const;

/** Sends `total` bytes in pieces of many sizes and takes them back. @returns how many came, and the first wrong one */
export async function echoes(url: string, total: number): Promise<{ received: number; wrong: number; told: string[] }> {
  await prepareToBlock();
  let sent = 0;
  let received = 0;
  let wrong = -1;
  const told = onStream(url, (stream) => {
    const feed = (): void => {
      for (let goesOn = true; goesOn && sent < total; ) {
        const size = Math.min(SIZES[sent % SIZES.length] ?? 1, total - sent);
        goesOn = stream.write(Uint8Array.from({ length: size }, (_, i) => patternAt(sent + i)));
        sent += size;
      }
    };
    return {
      onConnect: feed,
      onDrain: feed,
      onData: (bytes) => {
        for (let i = 0; i < bytes.length && wrong < 0; i++)
          if (bytes[i] !== patternAt(received + i)) wrong = received + i;
        received += bytes.length;
        if (received === total) stream.shutdown();
      },
    };
  });
  return { received, wrong, told };
}

const SIZES = [1, 4095, 4096, 65_535, 65_536, 65_537, 300_001];

function patternAt(position: number): number {
  return (position * 7 + (position >> 8)) & 0xff;
}

/** Reads nothing for `wait` ms of computing, then all. @returns how many bytes came in all */
export async function computesFirst(url: string, wait: number, total: number): Promise<number> {
  await prepareToBlock();
  let received = 0;
  onStream(url, (stream) => ({
    onConnect: () => stream.write(Uint8Array.of(1)),
    onData: (bytes) => {
      if (received === 0) compute(wait);
      received += bytes.length;
      if (received >= total) stream.shutdown();
    },
  }));
  return received;
}

/** Has bytes sent for it while it computes. */
export async function keepsAlive(url: string, every: number, wait: number): Promise<void> {
  await prepareToBlock();
  onStream(url, (stream) => ({
    onConnect: () => {
      stream.keepAlive(Uint8Array.of(8), every, 0);
      stream.write(Uint8Array.of(1));
    },
    onData: () => {
      compute(wait);
      stream.shutdown();
    },
  }));
}

/** What a stream tells that ends by itself. */
export async function endsOf(url: string): Promise<string[]> {
  await prepareToBlock();
  return onStream(url, () => ({}));
}

/** With an I/O worker that goes down in one of several ways. */
export async function losesItsWorker(program: string, url: string): Promise<{ told: string[]; again: string[] }> {
  await prepareToBlock({ program });
  const loop = new IOLoop({ onError: 'throw', makeCurrent: false });
  const told = onStream(url, (stream) => ({ onConnect: () => stream.write(Uint8Array.of(1)) }), loop);
  await prepareToBlock();
  const again = onStream(url, (stream) => ({ onConnect: () => stream.shutdown() }), loop);
  loop.close();
  return { told, again };
}

export function createsUnprepared(): void {
  const loop = new IOLoop({ makeCurrent: false });
  try {
    loop.transports.create({
      onConnect() {},
      onData() {},
      onDrain() {},
      onEof: () => false,
      onIdle() {},
      onClose() {},
    });
  } finally {
    loop.close();
  }
}

export function starts(): void {
  const loop = new IOLoop({ makeCurrent: false });
  try {
    loop.start();
  } finally {
    loop.close();
  }
}

export async function prepares(program?: string): Promise<void> {
  await prepareToBlock(program === undefined ? {} : { program });
}

/** Timers and callbacks, in the order in which they ran. */
export function runsTimers(): string[] {
  const loop = new IOLoop({ makeCurrent: false });
  const ran: string[] = [];
  const began = loop.time();
  loop.callLater(30, () => loop.stop());
  loop.callLater(20, () => ran.push(`20 after ${loop.time() - began >= 20 ? 20 : 'less'}`));
  loop.callLater(10, () => loop.addCallback(() => ran.push('callback of 10')));
  loop.callLater(0, () => ran.push('0'));
  loop.callLater(15, () => ran.push('cancelled')).cancel();
  loop.addCallback((text: string) => ran.push(text), 'callback');
  loop.start();
  loop.close();
  return ran;
}

/** What is said of promises, which nothing settles meanwhile. */
export function awaits(): { warnings: string[]; code: unknown; settled: boolean } {
  const warnings: string[] = [];
  const logger = {
    warn: (text: string) => void warnings.push(text),
    error: (text: string) => void warnings.push(text),
  };
  const loop = new IOLoop({ makeCurrent: false, logger });
  let settled = false;
  loop.addCallback(async () => {
    await null;
    settled = true;
  });
  loop.callLater(5, () => loop.stop());
  loop.start();
  let code: unknown = null;
  try {
    loop.runSync(() => Promise.resolve());
  } catch (error) {
    code = Object(error).code;
  }
  loop.close();
  return { warnings, code, settled };
}

/** Calls from another worker end the wait of this one. */
export async function isCalled(calls: number): Promise<unknown[]> {
  const loop = new IOLoop({ makeCurrent: false });
  const heard: unknown[] = [];
  loop.expose('tell', (...args) => {
    heard.push(args);
    if (heard.length === calls) loop.stop();
  });
  const handle = loop.handle();
  const caller = new Worker(new URL('./calling-page.js', import.meta.url), { type: 'module' });
  await new Promise((resolve) => {
    caller.onmessage = resolve;
    caller.postMessage(null);
  });
  caller.postMessage({ handle, calls }, [handle.port as unknown as MessagePort]);
  loop.callLater(20_000, () => loop.stop());
  loop.start();
  caller.terminate();
  const again = LoopHandle.attach(loop.handle());
  loop.close();
  return [...heard, again.call('tell', 'too late')];
}

export type Calling = { readonly handle: Parameters<typeof LoopHandle.attach>[0]; readonly calls: number };

function compute(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

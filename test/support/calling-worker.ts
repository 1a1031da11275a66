import { workerData } from 'node:worker_threads';
import { IOLoop, LoopHandle, type LoopHandleData } from '../../ioloop/index.ts';

/** Another thread that calls a loop. */
const { task, handle, flag, ...more } = workerData as {
  task: keyof typeof TASKS;
  handle: LoopHandleData;
  flag: SharedArrayBuffer;
  thread?: number;
  calls?: number;
};
const loop = LoopHandle.attach(handle);
const words = new Int32Array(flag);

const TASKS = {
  ticks(): void {
    for (let i = 0; i < 20; i++) {
      pause(10);
      loop.call('tick', performance.timeOrigin + performance.now());
    }
  },
  counts(): void {
    for (let n = 0; n < (more.calls ?? 0); n++) loop.call('count', more.thread, n);
  },
  early(): void {
    loop.call('early', 'from another thread');
    raise(1);
  },
  stops(): void {
    loop.stop();
    raise(1);
    Atomics.wait(words, 0, 1);
    pause(50);
    loop.stop();
  },
  /** Calls until it was told 1,000 times that the loop is closed. */
  races(): void {
    let refused = 0;
    try {
      for (let calls = 0; refused < 1000; calls++) {
        if (!loop.call('race')) refused++;
        if (calls === 1000) raise(1);
      }
    } catch {
      // told by the count: the test is about exactly this not happening
      refused = -1;
    }
    words[1] = loop.closed ? refused : -1;
    raise(2);
  },
  unknown(): void {
    loop.call('nobody');
    loop.call('known');
  },
  wakes(): void {
    raise(1);
    for (let i = 0; i < 1000; i++) loop.wake();
  },
  /** A loop of its own, which the other one's calls come back to. */
  pong(): void {
    const own = new IOLoop();
    let n = 0;
    const ping = (): void => {
      for (let i = 0; i < 100; i++, n++) loop.call('ping', n, n < 9999);
      if (n < 10_000) own.addCallback(ping);
      else own.stop();
    };
    own.addCallback(ping);
    own.start();
    own.close();
  },
};

function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function raise(value: number): void {
  Atomics.store(words, 0, value);
  Atomics.notify(words, 0);
}

TASKS[task]();

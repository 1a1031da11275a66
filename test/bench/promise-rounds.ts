import { memoryHeld } from './memory-held.ts';
import type { Round, Rounds } from './rounds-on-demand.ts';
import { BODY, CHANNELS, WINDOW } from './workload.ts';

/** How long the server does not read, as the client sees it. */
export interface Stalled {
  /** Resolves when the library has taken one message more. */
  publish(): Promise<unknown>;
  /** Lets go of the connection, whatever is still to be sent. */
  drop(): void;
}

/** What an asynchronous client does; each in the fastest way that its documentation shows. */
export interface PromiseClient {
  /** Publishes as many, within the library's flow control; the caller asks afterwards whether all have come. */
  publish(count: number): Promise<void>;
  /** Publishes as many with at most `WINDOW` unconfirmed; resolves when all are confirmed. */
  confirm(count: number): Promise<void>;
  /** Reads as many of `queue` without acks, and cancels. @returns bytes of their bodies */
  consume(queue: string, count: number): Promise<number>;
  /** Reads as many of `queue`, acks each, and cancels. @returns bytes of their bodies */
  acks(queue: string, count: number): Promise<number>;
  /** A call with a reply, on the channel of the publishes. */
  ask(): Promise<unknown>;
  /** Functions that do the same, each on a channel of its own. */
  askers(count: number): Promise<readonly (() => Promise<unknown>)[]>;
  /** A connection of its own whose server has stopped to read. */
  stall(): Promise<Stalled>;
}

export function promiseRounds(client: PromiseClient): Rounds {
  let askers: Promise<readonly (() => Promise<unknown>)[]> | null = null;
  return {
    publish: awaited(async (count) => {
      await client.publish(count);
      await client.ask(); // the server has taken all
    }),
    'confirm-window': awaited((count) => client.confirm(count)),
    consume: awaited(async (count) => checkRead(count, await client.consume(`bench.${count}`, count))),
    acks: awaited(async (count) => checkRead(count, await client.acks(`bench.${count}`, count))),
    rpc: (count, done) => void timed(client, count).then(done),
    outstanding(count, done, watch) {
      watch.pause();
      askers ??= client.askers(CHANNELS);
      void askers.then((list) => {
        watch.resume();
        return together(list, count).then(() => done());
      });
    },
    stalled: (count, done) => void stalled(client, count).then((held) => done(undefined, held)),
  };
}

/** As many as `WINDOW` at a time: what was begun first is waited for first, as a broker confirms in order. */
export async function inWindow(count: number, begin: () => Promise<unknown>): Promise<void> {
  const begun: Promise<unknown>[] = [];
  for (let i = 0; i < count; i++) {
    if (i >= WINDOW) await begun[i % WINDOW];
    begun[i % WINDOW] = begin();
  }
  await Promise.all(begun);
}

/** Lots of `WINDOW`, for a library whose promise waits for the system: one at a time, each would wait alone. */
export async function inLots(count: number, begin: () => Promise<unknown>): Promise<void> {
  for (let left = count; left > 0; left -= WINDOW) {
    await Promise.all(Array.from({ length: Math.min(left, WINDOW) }, begin));
  }
}

function awaited(work: (count: number) => Promise<void>): Round {
  return (count, done) => void work(count).then(() => done());
}

/** A program looks at what it consumes: who makes a body only then has to make it here, too. */
function checkRead(count: number, bytes: number): void {
  if (bytes !== count * BODY.length) throw new RangeError(`${bytes} bytes in ${count} messages`);
}

async function timed(client: PromiseClient, count: number): Promise<Float64Array> {
  const times = new Float64Array(count);
  let asked = performance.now();
  for (let i = 0; i < count; i++) {
    await client.ask();
    const answered = performance.now();
    times[i] = answered - asked;
    asked = answered;
  }
  return times;
}

/** Each asks again when it has its answer. */
async function together(askers: readonly (() => Promise<unknown>)[], count: number): Promise<void> {
  let left = count;
  const askOn = async (ask: () => Promise<unknown>): Promise<void> => {
    while (left-- > 0) await ask();
  };
  await Promise.all(askers.map(askOn));
}

/** @param milliseconds - how long to publish @returns MiB held in the end, and what of that are the messages' bodies */
async function stalled(client: PromiseClient, milliseconds: number): Promise<number> {
  const connection = await client.stall();
  const before = memoryHeld();
  let going = true;
  const publishing = (async () => {
    while (going) await connection.publish();
  })();
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  going = false;
  const held = memoryHeld() - before;
  connection.drop();
  await Promise.race([publishing.catch(() => {}), new Promise((resolve) => setTimeout(resolve, 100))]);
  return held / 2 ** 20;
}

import type { RabbitNode } from '../support/rabbitmq.ts';
import type { SoakedProcess } from './soaked-process.ts';

/** What happened to the programs of a soak. */
export interface Troubles {
  interrupts: number;
  cuts: number;
  restarts: number;
}

/**
 * Makes trouble until it is told to stop: Ctrl-C every few seconds; now and then the end of all connections; more rarely, of
 * the broker.
 * @param node - null: the broker is not ours to command
 */
export function makeTrouble(
  consumer: SoakedProcess,
  node: RabbitNode | null,
): { done: Troubles; stop(): Promise<void> } {
  const done: Troubles = { interrupts: 0, cuts: 0, restarts: 0 };
  const over = new AbortController();
  const interrupting = every(
    () => 2000 + Math.random() * 3000,
    over.signal,
    () => {
      consumer.signal('SIGINT');
      done.interrupts++;
    },
  );
  const breaking = every(
    () => CUT_EVERY,
    over.signal,
    async () => {
      if (node === null) return;
      if (++done.cuts % CUTS_PER_RESTART !== 0) return node.closeConnections('a soak cuts connections');
      await node.stop();
      await node.start();
      done.restarts++;
    },
  );
  return {
    done,
    async stop() {
      over.abort();
      await Promise.all([interrupting, breaking]);
    },
  };
}

async function every(pause: () => number, over: AbortSignal, act: () => unknown): Promise<void> {
  while (!over.aborted) {
    await delay(pause(), over);
    if (!over.aborted) await act();
  }
}

/** Ends early, too. */
function delay(ms: number, over: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      over.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    over.addEventListener('abort', end);
  });
}

/** Milliseconds. */
const CUT_EVERY = 20_000;
const CUTS_PER_RESTART = 6;

import type { ConnectOptions, PromiseConnection, Where } from '../../adapters/index.ts';
import type { MemoryListener } from '../../ioloop/index.ts';
import { MemoryBroker, serveInMemory } from '../kit/index.ts';
import { type PromiseWorld, promiseWorld } from './promise-world.ts';

/** Quick, and the same each time. */
export const RECOVERY = { initialDelay: 100, maxDelay: 400, jitter: 0 };

/** A connection that comes back, in virtual time, and the broker that it loses. */
export interface RecoveryWorld extends PromiseWorld {
  readonly broker: MemoryBroker;
  readonly listener: MemoryListener;
  readonly connection: PromiseConnection;
  /** What the connection told, as `name argument…`. */
  readonly told: string[];
  /** The broker ends every connection. */
  cut(): void;
  /** Resolves when the connection is back. */
  recovered(): Promise<void>;
}

/** Runs a script with a connection, which is closed at its end. */
export function runRecovery(
  script: (world: RecoveryWorld) => Promise<unknown>,
  options?: ConnectOptions,
  where: Where = {},
): void {
  const world = promiseWorld();
  const broker = new MemoryBroker();
  const listener = serveInMemory(broker, world.loop);
  const told: string[] = [];
  world.run(async () => {
    const connection = await world.connect(where, { recovery: RECOVERY, ...options });
    for (const name of ['lost', 'recovering', 'recovered', 'recoveryFailed', 'queueRenamed'] as const) {
      connection.on(name, (...args: unknown[]) =>
        told.push([name, ...args.map((arg) => (arg instanceof Error ? arg.name : arg))].join(' ')),
      );
    }
    const cut = (): void => {
      for (const session of broker.sessions) session.close('the node stops');
    };
    const recovered = (): Promise<void> => new Promise((resolve) => void connection.once('recovered', () => resolve()));
    await script({ ...world, broker, listener, connection, told, cut, recovered });
    await connection.close();
  });
}

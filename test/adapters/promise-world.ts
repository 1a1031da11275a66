import { type ConnectOptions, connect, type PromiseConnection, type Where } from '../../adapters/index.ts';
import type { MemoryBrokerOptions } from '../kit/index.ts';
import { type PeerOptions, ScriptedPeer } from './scripted-peer.ts';
import { virtualBroker, virtualWorld, type World } from './virtual-world.ts';

/** A loop in virtual time in which code with promises runs to its end. */
export interface PromiseWorld extends World {
  /** What went to `onError`. */
  readonly errors: Error[];
  /** Runs `script` in the loop until its promise settles. */
  run(script: () => Promise<unknown>): void;
  /** Connects in this loop, without recovery unless it is asked for; errors that nobody awaited are in `errors`. */
  connect(where?: Where | readonly Where[], options?: ConnectOptions): Promise<PromiseConnection>;
  /** Lets so many milliseconds of the loop's time pass. */
  pass(duration?: number): Promise<void>;
}

export function promiseWorld(): PromiseWorld {
  const world = virtualWorld();
  const errors: Error[] = [];
  const write = (text: string): void => void world.log.push(text);
  const logger = { warn: write, error: write };
  return {
    ...world,
    errors,
    run: (script) => world.loop.runSync(script),
    connect: (where, options) =>
      connect(where, { host: world.loop, logger, recovery: false, onError: (error) => errors.push(error), ...options }),
    pass: (duration = 1) => new Promise((resolve) => void world.loop.callLater(duration, resolve)),
  };
}

/** With a broker in memory. */
export function brokerWorld(
  options?: MemoryBrokerOptions,
): PromiseWorld & { broker: ReturnType<typeof virtualBroker> } {
  const world = promiseWorld();
  return { ...world, broker: virtualBroker(world, options) };
}

/** With a peer that does what the test says. */
export function peerWorld(options?: PeerOptions): PromiseWorld & { peer: ScriptedPeer } {
  const world = promiseWorld();
  return { ...world, peer: new ScriptedPeer(world, options) };
}

/** What a promise is rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<Error & { code?: string; field?: string }> {
  try {
    await promise;
  } catch (error) {
    return error as Error; // the tests look at it
  }
  throw new Error('nothing was rejected');
}

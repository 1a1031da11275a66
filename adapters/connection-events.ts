import type { AMQPError } from '../amqp/index.ts';
import { CallbackList } from './callbacks.ts';
import { oneOf } from './field-checks.ts';

/** What a connection of any style tells by `on()`: name → what the listener gets. Delays are milliseconds. */
export interface ConnectionEventMap {
  /** The broker takes no messages for a while, for want of memory or disk. */
  blocked: [reason: string];
  unblocked: [];
  /** The connection was open, and has ended without a close of this side. */
  lost: [error: AMQPError];
  recovering: [attempt: number, delay: number];
  recovered: [];
  recoveryFailed: [error: AMQPError];
  /** A queue that the broker has named has another name since the connection has recovered. */
  queueRenamed: [oldName: string, newName: string];
}
/** The names of these events. */
export type ConnectionEventName = keyof ConnectionEventMap;
/** What an event of this name calls. */
export type ConnectionListener<N extends ConnectionEventName> = (...args: ConnectionEventMap[N]) => unknown;

/** Runs one listener, and lets no error through. */
export type RunListener = <A extends unknown[]>(fn: (...args: A) => unknown, ...args: A) => void;

/** The listeners of one connection. An event that nobody listens to is none. */
export class EventListeners {
  readonly #lists = new Map<string, CallbackList<never>>();
  readonly #warn: (text: string) => void;

  /** @param warn - hears of a listener added twice */
  constructor(warn: (text: string) => void) {
    this.#warn = warn;
  }

  /** @throws {TypeError | RangeError} no such event; no function */
  add<N extends ConnectionEventName>(name: N, listener: ConnectionListener<N>, oneShot: boolean): void {
    checkName(name, 'name');
    this.#listOf(name).add(listener, { oneShot });
  }

  remove<N extends ConnectionEventName>(name: N, listener: ConnectionListener<N>): void {
    checkName(name, 'name');
    this.#listOf(name).remove(listener);
  }

  has(name: ConnectionEventName): boolean {
    return (this.#lists.get(name)?.size ?? 0) > 0;
  }

  emit<N extends ConnectionEventName>(run: RunListener, name: N, ...args: ConnectionEventMap[N]): void {
    if (this.has(name)) this.#listOf(name).call(run, ...args);
  }

  #listOf<N extends ConnectionEventName>(name: N): CallbackList<ConnectionEventMap[N]> {
    const list = this.#lists.get(name) ?? new CallbackList<never>(name, this.#warn);
    this.#lists.set(name, list);
    return list as unknown as CallbackList<ConnectionEventMap[N]>; // each name has a list of its own type
  }
}

const checkName = oneOf<ConnectionEventName>(
  'blocked',
  'unblocked',
  'lost',
  'recovering',
  'recovered',
  'recoveryFailed',
  'queueRenamed',
);

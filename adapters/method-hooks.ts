import { METHODS, type MethodId } from '../amqp/index.ts';
import { CallbackList, checkCallback } from './callbacks.ts';
import { outOfRange, wrongType } from './field-checks.ts';

/** The fields of a method that came, with its name: `{ name: 'queue.declare-ok', queue, messageCount, consumerCount }`. */
export interface NamedFields {
  readonly name: string;
  readonly [field: string]: unknown;
}

/** Callbacks for methods of the peer, whatever else hears of them. */
export class MethodHooks<C> {
  readonly #lists = new Map<MethodId, CallbackList<[C, NamedFields]>>();
  readonly #warn: (text: string) => void;

  constructor(warn: (text: string) => void) {
    this.#warn = warn;
  }

  /** @param methods - numbers (`QUEUE_DECLARE_OK`) or names (`'queue.declare-ok'`) */
  add(callback: Hook<C>, methods: readonly (MethodId | string)[], oneShot: boolean): void {
    checkCallback(callback, 'callback');
    for (const id of identify(methods)) {
      const list = this.#lists.get(id) ?? new CallbackList(METHODS[id]?.name ?? '', this.#warn);
      this.#lists.set(id, list);
      list.add(callback, { oneShot });
    }
  }

  /** @param methods - absent = everywhere @returns whether it was there */
  remove(callback: Hook<C>, methods?: readonly (MethodId | string)[]): boolean {
    const ids = methods === undefined ? [...this.#lists.keys()] : identify(methods);
    return ids.map((id) => this.#lists.get(id)?.remove(callback) ?? false).includes(true);
  }

  /** @param run - calls one of them, and lets no error through */
  call(run: (fn: Hook<C>, channel: C, method: NamedFields) => void, channel: C, id: MethodId, fields: object): void {
    if (this.#lists.size === 0) return;
    const list = this.#lists.get(id);
    if (list !== undefined && list.size > 0) list.call(run, channel, { name: METHODS[id]?.name ?? '', ...fields });
  }
}

export type Hook<C> = (channel: C, method: NamedFields) => unknown;

const IDS = new Map(Object.values(METHODS).map(({ name, id }) => [name, id]));

function identify(methods: readonly (MethodId | string)[]): MethodId[] {
  if (!Array.isArray(methods)) return wrongType('replies', 'an array of method names or numbers', methods);
  return methods.map((method: unknown) => {
    if (typeof method !== 'string' && typeof method !== 'number')
      return wrongType('replies', 'names or numbers', method);
    const id = typeof method === 'string' ? IDS.get(method) : METHODS[method]?.id;
    return id ?? outOfRange('replies', "names of methods, such as 'queue.declare-ok', or their numbers", method);
  });
}

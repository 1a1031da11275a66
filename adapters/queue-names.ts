import { type MethodId, QUEUE_BIND, QUEUE_DECLARE } from '../amqp/index.ts';
import type { Topology } from './topology.ts';

/** The names of queues as one channel means them: an empty one is the last that it has declared. */
export class QueueNames {
  readonly #topology: Topology;
  #last = '';

  constructor(topology: Topology) {
    this.#topology = topology;
  }

  /** The channel has declared a queue. @param reply - absent with `nowait` */
  declared(reply: object | undefined): void {
    this.#last = (reply as { queue?: string } | undefined)?.queue ?? this.#last;
  }

  /** The fields of a call, with the name that its queue has by now. */
  named<F extends object>(id: MethodId, fields: F): F {
    const { queue } = fields as { queue?: string };
    if (queue === undefined || (queue === '' && (id === QUEUE_DECLARE || this.#last === ''))) return fields;
    const name = this.#topology.nameOf(queue === '' ? this.#last : queue);
    if (name === queue) return fields;
    const { routingKey } = fields as { routingKey?: string };
    // without queue and key, both are the last queue's
    const isWholeDefault = id === QUEUE_BIND && queue === '' && routingKey === '';
    return { ...fields, queue: name, ...(isWholeDefault ? { routingKey: name } : {}) };
  }
}

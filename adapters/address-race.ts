import type { AMQPError } from '../amqp/index.ts';
import type { IOLoop, SocketAddress, TimeoutHandle } from '../ioloop/index.ts';
import type { Connectable, Connector, ConnectTarget } from './connector.ts';
import type { Parameters } from './parameters.ts';

export interface RaceHandlers {
  makeConnector(): Connector;
  /** An attempt failed; others may still be under way. @returns whether to go on with the addresses that are left */
  onFailure(error: AMQPError): boolean;
  /** Once, from the loop: the connection that opened, or null when all addresses failed or onFailure ended it. */
  onDone(connection: Connectable | null): void;
}

/**
 * The addresses of one host, tried in turn: the next one starts when one fails, or when 250 ms have passed and none has
 * its stream yet (RFC 8305). The first stream that stands is the only one on which AMQP begins.
 */
export class AddressRace {
  readonly #loop: IOLoop;
  readonly #parameters: Parameters;
  readonly #handlers: RaceHandlers;
  #left: ConnectTarget[];
  readonly #running = new Map<Connector, ConnectTarget>();
  #winner: Connector | null = null;
  #stagger: TimeoutHandle | null = null;
  #done = false;

  constructor(loop: IOLoop, parameters: Parameters, targets: readonly ConnectTarget[], handlers: RaceHandlers) {
    this.#loop = loop;
    this.#parameters = parameters;
    this.#handlers = handlers;
    this.#left = [...targets];
  }

  start(): void {
    this.#next();
  }

  /** Gives up all attempts; onDone(null) follows from the loop when the last one has ended. */
  abort(): void {
    this.#left = [];
    this.#stagger?.cancel();
    for (const connector of this.#running.keys()) connector.abort();
  }

  #next(): void {
    const target = this.#left.shift();
    if (!target) {
      if (this.#running.size === 0) this.#finish(null);
      return;
    }
    const connector = this.#handlers.makeConnector();
    this.#running.set(connector, target);
    connector.start(this.#parameters, target, {
      onLink: () => this.#linked(connector),
      onDone: (error, connection) => this.#ended(connector, error, connection),
    });
    if (this.#left.length > 0) this.#stagger = this.#loop.callLater(STAGGER, () => this.#next());
  }

  #linked(winner: Connector): void {
    this.#winner = winner;
    this.#stagger?.cancel();
    const beaten = [...this.#running].filter(([connector]) => connector !== winner);
    this.#left.unshift(...beaten.map(([, target]) => target));
    for (const [connector] of beaten) {
      this.#running.delete(connector);
      connector.abort();
    }
  }

  #ended(connector: Connector, error: AMQPError | null, connection: Connectable | null): void {
    if (!this.#running.delete(connector)) return; // beaten, and its address waits for another turn
    if (this.#winner === connector) this.#winner = null;
    if (!error || !this.#handlers.onFailure(error)) {
      this.#finish(connection);
      return;
    }
    this.#stagger?.cancel();
    this.#next();
  }

  #finish(connection: Connectable | null): void {
    if (this.#done) return;
    this.#done = true;
    this.abort();
    this.#handlers.onDone(connection);
  }
}

/** The addresses with the two families taking turns, the resolver's first one first. */
export function alternateFamilies(list: readonly SocketAddress[]): SocketAddress[] {
  const first = list.filter(({ family }) => family === list[0]?.family);
  const second = list.filter(({ family }) => family !== list[0]?.family);
  return first
    .flatMap((address, i) => {
      const other = second[i];
      return other ? [address, other] : [address];
    })
    .concat(second.slice(first.length));
}

/** Milliseconds that an address has for itself. */
const STAGGER = 250;

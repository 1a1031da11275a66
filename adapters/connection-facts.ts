import type { ConnectionMachine, FieldTable } from '../amqp/index.ts';
import { type ConnectionEventName, type ConnectionListener, EventListeners } from './connection-events.ts';

/** What every connection has: what the broker says of itself, counters, and listeners to its events. */
export abstract class ConnectionFacts {
  /** @internal */
  abstract get machine(): ConnectionMachine;

  /** @internal */
  protected readonly listeners: EventListeners = new EventListeners((text) => this.warn(text));

  /**
   * Calls `listener` at each event of this name; one that is there already stays once.
   * @throws {RangeError | TypeError} no such event; no function
   */
  on<N extends ConnectionEventName>(name: N, listener: ConnectionListener<N>): this {
    this.listeners.add(name, listener, false);
    return this;
  }
  /** As {@link on}, for the first one only. */
  once<N extends ConnectionEventName>(name: N, listener: ConnectionListener<N>): this {
    this.listeners.add(name, listener, true);
    return this;
  }
  /** Takes a listener back; does nothing where it is not. */
  off<N extends ConnectionEventName>(name: N, listener: ConnectionListener<N>): this {
    this.listeners.remove(name, listener);
    return this;
  }

  /** @internal */
  protected abstract warn(text: string): void;

  /** What the broker says of itself, `capabilities` included; empty until it has. */
  get serverProperties(): FieldTable {
    return this.machine.serverProperties;
  }
  get serverCapabilities(): FieldTable {
    return this.machine.serverCapabilities;
  }
  get basicNack(): boolean {
    return this.serverCapabilities['basic.nack'] === true;
  }
  get consumerCancelNotify(): boolean {
    return this.serverCapabilities.consumer_cancel_notify === true;
  }
  get exchangeExchangeBindings(): boolean {
    return this.serverCapabilities.exchange_exchange_bindings === true;
  }
  get publisherConfirms(): boolean {
    return this.serverCapabilities.publisher_confirms === true;
  }
  get knownHosts(): string {
    return this.machine.knownHosts;
  }

  get bytesSent(): number {
    return this.machine.bytesSent;
  }
  get bytesReceived(): number {
    return this.machine.bytesReceived;
  }
  get framesSent(): number {
    return this.machine.framesSent;
  }
  get framesReceived(): number {
    return this.machine.framesReceived;
  }
}

import type { ConnectionMachine, FieldTable } from '../amqp/index.ts';

/** What can be read of a connection: what the broker says of itself, and counters. */
export abstract class ConnectionFacts {
  /** @internal */
  abstract get machine(): ConnectionMachine;

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

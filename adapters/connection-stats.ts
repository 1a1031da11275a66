import type { ConnectionMachine } from '../amqp/index.ts';
import type { IOLoop } from '../ioloop/index.ts';

/** What a connection has done and has under way, at one moment. */
export interface ConnectionStats {
  /** Of its whole life, however often it came back; messages to and from the program. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly messagesSent: number;
  readonly messagesReceived: number;
  /** Messages that the broker has not confirmed, on channels with confirms. */
  readonly unconfirmed: number;
  /** Deliveries that the program has not acknowledged. */
  readonly unacked: number;
  /** Bytes that the system has not taken. */
  readonly buffered: number;
  /** Of its loop. */
  readonly turns: number;
  /** Milliseconds, of its loop, measured from the first time on that this is asked. */
  readonly longestTurn: number;
}

/** Adds up what the protocol machines have counted that one connection has had. */
export class Counters {
  #past = { bytesSent: 0, bytesReceived: 0, messagesSent: 0, messagesReceived: 0 };

  /** This machine is about to be replaced. */
  keep(machine: ConnectionMachine): void {
    this.#past = this.#sum(machine);
  }

  stats(machine: ConnectionMachine, unsent: number, { turns }: IOLoop): ConnectionStats {
    const { unconfirmed, unacked } = machine.open;
    const buffered = unsent + machine.outputSize;
    const { count, longest } = turns;
    return { ...this.#sum(machine), unconfirmed, unacked, buffered, turns: count, longestTurn: longest };
  }

  #sum({ bytesSent, bytesReceived, messages: { sent, received } }: ConnectionMachine): Sums {
    const past = this.#past;
    return {
      bytesSent: past.bytesSent + bytesSent,
      bytesReceived: past.bytesReceived + bytesReceived,
      messagesSent: past.messagesSent + sent,
      messagesReceived: past.messagesReceived + received,
    };
  }
}

interface Sums {
  bytesSent: number;
  bytesReceived: number;
  messagesSent: number;
  messagesReceived: number;
}

import type { SessionLimits } from './opening.ts';
import { Refusal } from './refusal.ts';
import { Session, type SessionHost, type SessionStream } from './session.ts';
import { VirtualHost } from './virtual-host.ts';

/** Who may use a {@link MemoryBroker}, and what it asks of clients. */
export interface MemoryBrokerOptions {
  /** Passwords by user. Default: guest with password guest. */
  readonly users?: Readonly<Record<string, string>>;
  /** Default: '/'. Every user may use each of them. */
  readonly virtualHosts?: readonly string[];
  /** Seconds that the broker proposes between heartbeats, 0 = none. Default 60. */
  readonly heartbeat?: number;
  /** Default 2047. */
  readonly channelMax?: number;
  /** Bytes of the longest frame, at least 4096. Default 131072. */
  readonly frameMax?: number;
  /** Bytes of the longest message. Default 128 MiB. */
  readonly maxMessageSize?: number;
}

/**
 * A broker in memory that speaks AMQP 0-9-1 as RabbitMQ does, on any byte stream: PLAIN login, direct, fanout, topic and
 * headers exchanges, queues, consumers with prefetch and acks, confirms, returns, transactions, direct reply-to. It keeps no clock and
 * opens no socket: {@link connect} takes what carries the bytes; `listen()` puts one on a port.
 */
export class MemoryBroker implements SessionHost {
  readonly limits: SessionLimits;
  readonly passwords: ReadonlyMap<string, string>;
  readonly #virtualHosts: ReadonlyMap<string, VirtualHost>;
  readonly #sessions = new Set<Session>();
  readonly #toFlush = new Set<Session>();

  constructor(options: MemoryBrokerOptions = {}) {
    const { users = { guest: 'guest' }, virtualHosts = ['/'] } = options;
    const { heartbeat = 60, channelMax = 2047, frameMax = 131_072, maxMessageSize = 134_217_728 } = options;
    this.limits = { heartbeat, channelMax, frameMax, maxMessageSize };
    this.passwords = new Map(Object.entries(users));
    this.#virtualHosts = new Map(virtualHosts.map((name) => [name, new VirtualHost(name)]));
  }

  /** The connections that are there, oldest first. */
  get sessions(): readonly Session[] {
    return [...this.#sessions];
  }

  /**
   * Takes a new client.
   * @param stream - where what the broker says goes
   * @param now - milliseconds, on the scale of the times that the session is given later
   * @returns where what the client says goes
   */
  connect(stream: SessionStream, now = 0): Session {
    const session = new Session(this, stream, now);
    this.#sessions.add(session);
    return session;
  }

  /** As a memory alarm does: clients are told to stop publishing, or (null) that they may go on. */
  block(reason: string | null): void {
    for (const session of this.#sessions) session.block(reason);
    this.flush();
  }

  virtualHost(name: string): VirtualHost {
    const host = this.#virtualHosts.get(name);
    if (!host) throw new Refusal(530, `vhost ${name} not found`);
    return host;
  }

  written(session: Session): void {
    this.#toFlush.add(session);
  }

  ended(session: Session): void {
    this.#sessions.delete(session);
  }

  flush(): void {
    for (const session of this.#toFlush) session.flush();
    this.#toFlush.clear();
  }
}

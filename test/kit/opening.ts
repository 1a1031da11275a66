import type { ConnectionStart, ConnectionStartOk, ConnectionTuneOk, Decoded } from '../../amqp/index.ts';
import { Refusal } from './refusal.ts';

/** What a broker asks for in connection.tune, and the longest message that it takes, in bytes. */
export interface SessionLimits {
  readonly channelMax: number;
  readonly frameMax: number;
  /** Seconds, 0 = none. */
  readonly heartbeat: number;
  readonly maxMessageSize: number;
}

/** The least frame_max that the protocol allows (AMQP 0-9-1 §4.2.3). */
export const FRAME_MIN_SIZE = 4096;

const MECHANISM = 'PLAIN';

/** The first thing that the broker says. */
export const START: ConnectionStart = {
  versionMajor: 0,
  versionMinor: 9,
  mechanisms: MECHANISM,
  locales: 'en_US',
  serverProperties: {
    product: 'pikaloop MemoryBroker',
    information: 'keeps everything in memory, for tests and examples',
    capabilities: {
      authentication_failure_close: true,
      'basic.nack': true,
      'connection.blocked': true,
      consumer_cancel_notify: true,
      exchange_exchange_bindings: true,
      per_consumer_qos: true,
      publisher_confirms: true,
    },
  },
};

/**
 * Who a client says it is (PLAIN, RFC 4616).
 * @param passwords - by user
 * @returns the user's name, or null when the login is refused
 */
export function login(
  { mechanism, response }: Decoded<ConnectionStartOk>,
  passwords: ReadonlyMap<string, string>,
): string | null {
  if (mechanism !== MECHANISM) return null;
  const [, user, password] = new TextDecoder().decode(response).split('\0');
  if (user === undefined || password === undefined) return null;
  return passwords.get(user) === password ? user : null;
}

/** What both sides keep to. @throws {Refusal} 530 when the client wants more than was offered */
export function negotiate(
  client: Decoded<ConnectionTuneOk>,
  broker: SessionLimits,
): { channelMax: number; frameMax: number } {
  return {
    channelMax: within('channel_max', client.channelMax, 0, broker.channelMax),
    frameMax: within('frame_max', client.frameMax, FRAME_MIN_SIZE, broker.frameMax),
  };
}

/** The client's wish; 0 stands for no wish. */
function within(name: string, wish: number, least: number, most: number): number {
  if (wish === 0) return most;
  if (wish < least) refuseTuning(name, wish, `lower than the minimum allowed value (${least})`);
  if (wish > most) refuseTuning(name, wish, `higher than the maximum allowed value (${most})`);
  return wish;
}

function refuseTuning(name: string, wish: number, why: string): never {
  throw new Refusal(530, `negotiated ${name} = ${wish} is ${why}`);
}

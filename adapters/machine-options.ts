import type { ConnectionEvents, ConnectionMachineOptions, Credentials } from '../amqp/index.ts';
import { clientProperties } from './client-properties.ts';
import type { Parameters } from './parameters.ts';

/** What a connection adds to its parameters for the protocol machine. */
export interface MachineOwner {
  readonly events: ConnectionEvents;
  /** The connection, as the parameters' function for the heartbeat gets it. */
  readonly connection: object;
  /** Asked when the broker offers its mechanisms. */
  credentials(): Credentials;
}

export function machineOptions(params: Parameters, owner: MachineOwner): ConnectionMachineOptions {
  const { heartbeat } = params;
  return {
    get credentials() {
      return owner.credentials();
    },
    virtualHost: params.virtualHost,
    locale: params.locale,
    clientProperties: clientProperties(params),
    channelMax: params.channelMax,
    frameMax: params.frameMax,
    heartbeat: typeof heartbeat === 'function' ? (brokerValue) => heartbeat(owner.connection, brokerValue) : heartbeat,
    maxMessageSize: params.maxMessageSize,
    rpcTimeout: params.rpcTimeout,
    closeTimeout: params.closeTimeout,
    confirmTimeout: params.confirmTimeout,
    blockedTimeout: params.blockedConnectionTimeout,
    events: owner.events,
    ...(typeof Buffer === 'undefined' ? {} : { slice: bufferOver }),
  };
}

type BufferClass = new (buffer: ArrayBuffer, offset: number, length: number) => Uint8Array;

/** The class of Buffers, where the host tells it: Buffer.from() looks at its arguments for twice as long as it takes to make one. */
const FastBuffer: BufferClass | null = typeof Buffer === 'undefined' ? null : classOfBuffers();

function bufferOver(buffer: ArrayBuffer, offset: number, length: number): Uint8Array {
  return FastBuffer === null ? Buffer.from(buffer, offset, length) : new FastBuffer(buffer, offset, length);
}

function classOfBuffers(): BufferClass | null {
  const species: unknown = Reflect.get(Buffer, Symbol.species);
  if (typeof species !== 'function' || species.prototype !== Buffer.prototype) return null;
  return species === Buffer ? null : (species as BufferClass); // Buffer itself warns when it is called so
}

import {
  type Credentials,
  type FieldTable,
  InvalidMaximumFrameSize,
  InvalidMinimumFrameSize,
  makeRangeError,
  PlainCredentials,
  Writer,
  writeTable,
} from '../amqp/index.ts';
import type { Logger } from '../ioloop/index.ts';
import { type CredentialsProvider, credentialsOrProvider } from './credential-types.ts';
import {
  type Check,
  flag,
  integer,
  number,
  oneOf,
  orNull,
  plainObject,
  shape,
  shortText,
  text,
  wrongType,
} from './field-checks.ts';
import { type SSLFields, type SSLOptions, sslOptions } from './ssl-options.ts';

export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

/** Decides the heartbeat when the broker has proposed `brokerValue` (seconds, 0 = none). @returns seconds, 0 = off */
export type HeartbeatFunction = (connection: object, brokerValue: number) => number;

/** How a lost connection comes back. Times in milliseconds; `jitter` is a share of the delay. */
export interface RecoveryOptions {
  readonly initialDelay?: number | undefined;
  readonly maxDelay?: number | undefined;
  readonly jitter?: number | undefined;
  readonly maxAttempts?: number | null | undefined;
  readonly resend?: boolean | undefined;
}

/** Every setting of a connection. Durations are milliseconds, `heartbeat` alone is in seconds. */
export interface ParameterValues {
  /** Of the first of `hosts`; once connected, of the one that answered. No brackets around IPv6. Default 'localhost'. */
  host: string;
  /** 1 to 65535, digits in a string will do. Default 5672, and 5671 with `sslOptions`. */
  get port(): number;
  set port(value: number | string);
  /** Where to connect, in the order of trying. A port left out is the default one. */
  get hosts(): readonly HostAndPort[];
  set hosts(value: readonly { readonly host: string; readonly port?: number | string | undefined }[]);
  /** Default '/'. */
  virtualHost: string;
  /** Who logs in: an instance of a class in `VALID_TYPES` (copied), or a function that gives one. Default guest, guest. */
  credentials: Credentials | CredentialsProvider;
  /** The most channels to ask for, 1 to 65535 (the default). The broker may lower it. */
  channelMax: number;
  /** The largest frame to ask for, 4096 to 131072 (the default) bytes. RabbitMQ from 4.1 on wants 8192 or more. */
  frameMax: number;
  /** Seconds, 0 to 65535, and 0 = off: overrides the broker's. A function is asked. null (the default) takes the broker's. */
  heartbeat: number | HeartbeatFunction | null;
  /** How often the whole list of hosts is tried, at least once. Default 1. */
  connectionAttempts: number;
  /** Pause between two tries of the list. Default 2000. */
  retryDelay: number;
  /** Limit of the TCP connect, for each address; null = none. Default 10000. */
  socketTimeout: number | null;
  /** Limit of TCP, TLS and login together, for each address; null = none. Default 15000. */
  stackTimeout: number | null;
  /** How long the broker may block this connection before it is closed; null (the default) = for ever. */
  blockedConnectionTimeout: number | null;
  /** Default 'en_US'. */
  locale: string;
  /** Merged over the library's own client properties, `capabilities` one level deeper. Copied. Default null. */
  clientProperties: FieldTable | null;
  /** TLS: `SSLOptions`, its plain object, or true for the defaults; null (the default) = plain TCP. */
  get sslOptions(): SSLOptions | null;
  set sslOptions(value: SSLOptions | SSLFields | true | null);
  /**
   * TCP_USER_TIMEOUT (milliseconds), TCP_KEEPIDLE, TCP_KEEPINTVL (seconds), TCP_KEEPCNT, as the
   * system names them; any KEEP… turns TCP keep-alive on. Default null.
   */
  tcpOptions: Readonly<Record<string, unknown>> | null;
  /** Whether to warn when the socket takes less than is written. Default false. */
  backpressureDetection: boolean;
  /** How long a call waits for its reply. Default 20000. */
  rpcTimeout: number;
  /** How long closing may take before the socket is dropped. Default 5000. */
  closeTimeout: number;
  /** How long a publish waits for its confirm; null (the default) = for ever. */
  confirmTimeout: number | null;
  /** The largest message taken from the broker, in bytes. Default 64 MiB. */
  maxMessageSize: number;
  /** How much may wait to be sent, in bytes, before a publish waits or throws. Default 16 MiB. */
  outboundLimit: number;
  /** How many publishes may wait for their confirm. Default 65536. */
  maxUnconfirmed: number;
  /** What the broker's management shows for this connection; null (the default) = nothing. */
  connectionName: string | null;
  /** Of the addresses of a name, only IPv4 (4), only IPv6 (6), or both (0, the default). */
  family: 0 | 4 | 6;
  /** A Unix socket in place of host and port. Default null. */
  socketPath: string | null;
  /** `ws:` or `wss:` URL of a WebSocketBridge, in place of host and port; a browser needs it. Default null. */
  webSocket: string | null;
  /** Whether and how a lost connection comes back; null (the default) leaves it to the style of connection. */
  recovery: boolean | RecoveryOptions | null;
  /** Where warnings and errors go; null (the default) = stderr. */
  logger: Logger | null;
}

/** What can be given for the fields, where that is more than what is read back. */
interface WiderFields {
  port: number | string;
  hosts: readonly { readonly host: string; readonly port?: number | string | undefined }[];
  sslOptions: SSLOptions | SSLFields | true | null;
}

/** The fields of `ParameterValues`, each of them optional. */
export type ConnectionFields = {
  readonly [K in keyof ParameterValues]?:
    | (K extends keyof WiderFields ? WiderFields[K] : ParameterValues[K])
    | undefined;
};

/** One of the hosts as it is kept: a port that was not given is null, and depends on TLS. */
export interface Place {
  readonly host: string;
  readonly port: number | null;
}

export type FieldName = keyof ParameterValues;

/** The value that a field keeps of what was given. @throws {TypeError | RangeError} naming the field */
export function checkedField(name: FieldName, value: unknown): unknown {
  return FIELDS[name].check(value, name);
}

export function isFieldName(name: PropertyKey): name is FieldName {
  return Object.hasOwn(FIELDS, name);
}

/** The value that each field begins with, checked and copied. */
export function initialValues(): Record<FieldName, unknown> {
  const entries = FIELD_NAMES.map((name) => [name, checkedField(name, FIELDS[name].initial)]);
  return Object.fromEntries(entries) as Record<FieldName, unknown>; // one entry for each name
}

/** The keys of `tcpOptions` that mean something. */
export const TCP_OPTIONS: readonly string[] = ['TCP_USER_TIMEOUT', 'TCP_KEEPIDLE', 'TCP_KEEPCNT', 'TCP_KEEPINTVL'];

const MIB = 1024 * 1024;
const LEAST_FRAME = 4096;
const MAX_FRAME = 131_072;
const duration = number(0, Number.POSITIVE_INFINITY, true);
const atLeastOne = integer(1);

const port: Check<number> = (value, field) => {
  const digits = typeof value === 'string' && /^\d+$/.test(value);
  return integer(1, 65_535)(digits ? Number(value) : value, field);
};

const hosts: Check<readonly Place[]> = (value, field) => {
  if (!Array.isArray(value)) return wrongType(field, 'an array of { host, port }', value);
  if (value.length === 0) throw makeRangeError('ARG_RANGE', field, `${field} must not be empty`);
  const place = shape({ host: text, port });
  return value.map((item, i) => {
    const checked = place(item, `${field}[${i}]`);
    return {
      host: text(checked.host, `${field}[${i}].host`),
      port: (checked.port as number | undefined) ?? null,
    };
  });
};

const frameMax: Check<number> = (value, field) => {
  const size = integer(0)(value, field);
  if (size < LEAST_FRAME) throw new InvalidMinimumFrameSize(field, LEAST_FRAME, size);
  if (size > MAX_FRAME) throw new InvalidMaximumFrameSize(field, MAX_FRAME, size);
  return size;
};

/** What the broker is told at login must be such that it can be told. */
const fieldTable: Check<Record<string, unknown>> = (value, field) => {
  const copy = plainObject(value, field);
  writeTable(new Writer(), copy as FieldTable, field); // throws for what is none
  return copy;
};

const heartbeat: Check<number | HeartbeatFunction | null> = (value, field) =>
  typeof value === 'function' ? (value as HeartbeatFunction) : orNull(integer(0, 65_535))(value, field);

const tcpOptions: Check<Record<string, unknown>> = (value, field) => {
  const options = plainObject(value, field);
  for (const name of TCP_OPTIONS) {
    if (options[name] !== undefined) integer(0)(options[name], `${field}.${name}`);
  }
  return options;
};

/** No text of it is repeated: it may have a token in it. */
const webSocketUrl: Check<string> = (value, field) => {
  const given = text(value, field);
  const url = /^wss?:/i.test(given) && URL.canParse(given) ? new URL(given) : null;
  if (url === null) throw makeRangeError('ARG_RANGE', field, `${field} must be a ws: or wss: URL`);
  if (url.username !== '' || url.password !== '') {
    throw makeRangeError('ARG_RANGE', field, `${field} must have no user in it: the broker's are the credentials`);
  }
  if (url.hash !== '') throw makeRangeError('ARG_RANGE', field, `${field} must have no fragment (#)`);
  return given;
};

const recovery: Check<boolean | RecoveryOptions | null> = (value, field) => {
  if (typeof value === 'boolean' || value === null) return value;
  const time = number(0, Number.POSITIVE_INFINITY);
  return shape({
    initialDelay: time,
    maxDelay: time,
    jitter: number(0, 1),
    maxAttempts: orNull(atLeastOne),
    resend: flag,
  })(value, field);
};

const logger: Check<Logger | null> = (value, field) => {
  if (value === null) return null;
  if (typeof value !== 'object') return wrongType(field, 'a logger', value);
  const given = value as Partial<Record<keyof Logger, unknown>>; // a view of any object, each member of which is looked at
  for (const name of ['warn', 'error'] as const) {
    if (typeof given[name] !== 'function') return wrongType(`${field}.${name}`, 'a function', given[name]);
  }
  for (const name of ['debug', 'info'] as const) {
    if (given[name] !== undefined && typeof given[name] !== 'function') {
      return wrongType(`${field}.${name}`, 'a function', given[name]);
    }
  }
  return value as Logger; // as the loops above found
};

interface Field {
  readonly check: Check;
  readonly initial: unknown;
}

const FIELDS: Readonly<Record<keyof ParameterValues, Field>> = {
  host: { check: text, initial: 'localhost' },
  port: { check: port, initial: 5672 },
  hosts: { check: hosts, initial: [{ host: 'localhost' }] },
  virtualHost: { check: shortText, initial: '/' },
  credentials: { check: credentialsOrProvider, initial: new PlainCredentials('guest', 'guest') },
  channelMax: { check: integer(1, 65_535), initial: 65_535 },
  frameMax: { check: frameMax, initial: MAX_FRAME },
  heartbeat: { check: heartbeat, initial: null },
  connectionAttempts: { check: atLeastOne, initial: 1 },
  retryDelay: { check: number(0, Number.POSITIVE_INFINITY), initial: 2000 },
  socketTimeout: { check: orNull(duration), initial: 10_000 },
  stackTimeout: { check: orNull(duration), initial: 15_000 },
  blockedConnectionTimeout: { check: orNull(duration), initial: null },
  locale: { check: shortText, initial: 'en_US' },
  clientProperties: { check: orNull(fieldTable), initial: null },
  sslOptions: { check: sslOptions, initial: null },
  tcpOptions: { check: orNull(tcpOptions), initial: null },
  backpressureDetection: { check: flag, initial: false },
  rpcTimeout: { check: duration, initial: 20_000 },
  closeTimeout: { check: duration, initial: 5000 },
  confirmTimeout: { check: orNull(duration), initial: null },
  maxMessageSize: { check: atLeastOne, initial: 64 * MIB },
  outboundLimit: { check: atLeastOne, initial: 16 * MIB },
  maxUnconfirmed: { check: atLeastOne, initial: 65_536 },
  connectionName: { check: orNull(text), initial: null },
  family: { check: oneOf(0, 4, 6), initial: 0 },
  socketPath: { check: orNull(text), initial: null },
  webSocket: { check: orNull(webSocketUrl), initial: null },
  recovery: { check: recovery, initial: null },
  logger: { check: logger, initial: null },
};

export const FIELD_NAMES: readonly FieldName[] = Object.keys(FIELDS) as FieldName[]; // FIELDS has exactly these keys

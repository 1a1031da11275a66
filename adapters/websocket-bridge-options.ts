import type { IncomingMessage, Server } from 'node:http';
import { createSecureContext, type SecureContext } from 'node:tls';
import { kindOf, makeRangeError, makeTypeError } from '../amqp/index.ts';
import { type Logger, stderrLogger } from '../ioloop/index.ts';
import { type Check, integer, isRecord, shape, text, unknownField, wrongType } from './field-checks.ts';
import { ConnectionParameters } from './parameters.ts';
import type { SSLFields, SSLOptions } from './ssl-options.ts';
import { toParameters } from './url.ts';

/** A broker: `amqp://host:5672`, `amqps://host`, or its fields. Nobody is logged in by the bridge, so no user belongs here. */
export type BridgeTarget =
  | string
  | {
      readonly host: string;
      /** Default 5672, with `tls` 5671. */
      readonly port?: number | undefined;
      /** true for TLS with all defaults. */
      readonly tls?: SSLOptions | SSLFields | boolean | undefined;
    };

/** How a bridge works. Times in milliseconds, sizes in bytes. */
export interface WebSocketBridgeOptions {
  /** The brokers that may be reached, by the name that a page asks for: `?target=name`. One alone needs no name. */
  readonly targets: Readonly<Record<string, BridgeTarget>>;
  /** An HTTP or HTTPS server to be a part of. Default: an HTTP server of the bridge's own. */
  readonly server?: Server | undefined;
  /** Where to listen. Default 15670; with a `server`, none: it is expected to listen by itself. */
  readonly port?: number | undefined;
  /** The address to listen on. Default 127.0.0.1. */
  readonly host?: string | undefined;
  /** The path of the endpoint. Default '/'. */
  readonly path?: string | undefined;
  /**
   * Whose pages may connect: `https://app.example`, as browsers send it; '*' is anybody's. Default: no page's. A list
   * lets programs pass that are no browsers, and send no origin; a function is asked about these too.
   */
  readonly origins?: readonly string[] | ((origin: string | undefined) => boolean) | undefined;
  /** Who may connect, asked before a broker is; anything but true refuses. Default: everybody. */
  readonly authenticate?: ((request: IncomingMessage, target: string) => boolean | Promise<boolean>) | undefined;
  /** Default 1000. */
  readonly maxConnections?: number | undefined;
  /** Connections from one address. Default: as many as there may be. */
  readonly maxConnectionsPerAddress?: number | undefined;
  /** Whose the connection is, for the limit per address and the log. Default: the socket's other end. */
  readonly addressOf?: ((request: IncomingMessage) => string) | undefined;
  /** What one connection may hold in each direction, and the largest WebSocket message. Default 1 MiB. */
  readonly maxBytesInFlight?: number | undefined;
  /** Limit of the authentication, and of the connect to the broker, each. Default 10000. */
  readonly connectTimeout?: number | undefined;
  /** How long what is under way may take when a side has ended. Default 5000. */
  readonly closeTimeout?: number | undefined;
  /** A browser that neither answers a ping nor takes a byte between two of them is given up; 0 = no pings. Default 30000. */
  readonly pingInterval?: number | undefined;
  /** Default: warnings and errors to stderr. */
  readonly logger?: Logger | undefined;
}

/** A broker that may be reached. */
export interface Target {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** null: plain TCP. */
  readonly tls: { readonly context: SecureContext; readonly serverName: string; readonly verify: boolean } | null;
}

/** {@link WebSocketBridgeOptions}, checked, with every default. */
export interface BridgeSettings {
  readonly targets: ReadonlyMap<string, Target>;
  readonly server: Server | null;
  readonly port: number | null;
  readonly host: string;
  readonly path: string;
  readonly allows: (origin: string | undefined) => boolean;
  readonly authenticate: (request: IncomingMessage, target: string) => boolean | Promise<boolean>;
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  readonly addressOf: (request: IncomingMessage) => string;
  readonly maxBytesInFlight: number;
  readonly connectTimeout: number;
  readonly closeTimeout: number;
  readonly pingInterval: number;
  readonly logger: Logger;
}

/** @throws {TypeError | RangeError} naming the option */
export function checkBridgeOptions(options: WebSocketBridgeOptions): BridgeSettings {
  const { server = null, port, host, ...given } = shape(CHECKS)(options, 'options') as Checked; // CHECKS made them
  if (given.targets === undefined) return wrongType('options.targets', 'brokers by name', undefined);
  if (host !== undefined && server !== null && port === undefined) {
    throw makeRangeError('ARG_RANGE', 'options.host', 'options.host goes with a port: the server listens by itself');
  }
  return {
    ...DEFAULTS,
    maxConnectionsPerAddress: given.maxConnections ?? DEFAULTS.maxConnections,
    ...given,
    targets: given.targets,
    server,
    port: port ?? (server === null ? PORT : null),
    host: host ?? '127.0.0.1',
    allows: given.origins ?? ((origin) => origin === undefined),
  };
}

/** What the checks leave of the options. */
type Checked = Partial<Omit<BridgeSettings, 'allows' | 'port'>> & {
  readonly origins?: BridgeSettings['allows'];
  readonly port?: number;
};

const PORT = 15_670;
const DEFAULTS = {
  path: '/',
  authenticate: (): boolean => true,
  maxConnections: 1000,
  addressOf: (request: IncomingMessage): string => request.socket.remoteAddress ?? 'an unknown address',
  maxBytesInFlight: 1 << 20,
  connectTimeout: 10_000,
  closeTimeout: 5000,
  pingInterval: 30_000,
  logger: stderrLogger,
};

const LONGEST = 2 ** 31 - 1; // ms, of a timer

const aFunction: Check = (value, field) =>
  typeof value === 'function' ? value : wrongType(field, 'a function', value);

const CHECKS: Readonly<Record<keyof WebSocketBridgeOptions, Check>> = {
  targets: (value, field) => checkTargets(value, field),
  server: (value, field) => (isEmitter(value) ? value : wrongType(field, 'a server of node:http or node:https', value)),
  port: integer(0, 65_535),
  host: text,
  path: (value, field) => {
    if (typeof value === 'string' && /^\/[^?#]*$/.test(value)) return value;
    throw makeRangeError('ARG_RANGE', field, `${field} must begin with a / and have neither ? nor #`);
  },
  origins: (value, field) => {
    if (typeof value === 'function') return value;
    return Array.isArray(value) ? listed(value, field) : wrongType(field, 'a list of origins or a function', value);
  },
  authenticate: aFunction,
  maxConnections: integer(1),
  maxConnectionsPerAddress: integer(1),
  addressOf: aFunction,
  maxBytesInFlight: integer(1024, 1 << 30),
  connectTimeout: integer(1, LONGEST),
  closeTimeout: integer(1, LONGEST),
  pingInterval: integer(0, LONGEST),
  logger: (value, field) => {
    const has = (name: string): boolean => typeof Reflect.get(value as object, name) === 'function';
    const isLogger = typeof value === 'object' && value !== null && has('warn') && has('error');
    return isLogger ? value : wrongType(field, 'an object with warn() and error()', value);
  },
};

function isEmitter(value: unknown): boolean {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'on') === 'function';
}

function listed(origins: readonly unknown[], field: string): BridgeSettings['allows'] {
  const known = new Set(origins.map((origin, i) => checkOrigin(origin, `${field}[${i}]`)));
  return (origin) => origin === undefined || known.has('*') || known.has(origin);
}

/** What is not written as browsers send it would match nothing. */
function checkOrigin(origin: unknown, field: string): string {
  if (typeof origin !== 'string') return wrongType(field, 'a string', origin);
  if (origin === '*' || origin === 'null') return origin;
  const found = URL.canParse(origin) ? new URL(origin).origin : 'null';
  if (found === origin) return origin;
  const hint = found === 'null' ? '' : `; did you mean ${found}?`;
  throw makeRangeError('ARG_RANGE', field, `${field} must be like https://app.example${hint}`);
}

function checkTargets(value: unknown, field: string): ReadonlyMap<string, Target> {
  if (!isRecord(value)) return wrongType(field, 'brokers by name', value);
  const entries = Object.entries(value);
  if (entries.length === 0) throw makeRangeError('ARG_RANGE', field, `${field} must name at least one broker`);
  return new Map(entries.map(([name, target]) => [name, checkTarget(name, target, `${field}.${name}`)]));
}

function checkTarget(name: string, target: unknown, field: string): Target {
  try {
    const parameters = typeof target === 'string' ? fromURL(target) : fromFields(target, field);
    const { host, port, sslOptions } = parameters;
    return { name, host, port, tls: sslOptions === null ? null : secured(sslOptions, host) };
  } catch (error) {
    const { message } = error as Error; // all that is called there throws errors
    throw makeRangeError('ARG_RANGE', field, message.startsWith(field) ? message : `${field}: ${message}`);
  }
}

function fromURL(url: string): ConnectionParameters {
  const given = toParameters(url);
  const { host, port, sslOptions } = given;
  const used = new ConnectionParameters({ host, port, sslOptions });
  if (used.equals(given)) return used;
  throw new RangeError(
    'takes one host, a port and TLS; user, virtual host and the rest are what the page connects with',
  );
}

function fromFields(target: unknown, field: string): ConnectionParameters {
  if (!isRecord(target)) throw makeTypeError('ARG_TYPE', field, `must be a URL or fields, not ${kindOf(target)}`);
  const { host, port, tls, ...rest } = target;
  for (const name of Object.keys(rest)) unknownField(name, field, ['host', 'port', 'tls']);
  if (host === undefined) throw makeTypeError('ARG_TYPE', field, 'has no host');
  const parameters = new ConnectionParameters();
  // each assignment checks what it is given
  Object.assign(parameters, { host, sslOptions: tls === undefined || tls === false ? null : tls });
  if (port !== undefined) Object.assign(parameters, { port });
  return parameters;
}

/** What cannot be read of a certificate is told when the bridge is made, not when the first page connects. */
function secured(options: SSLOptions, host: string): Target['tls'] {
  const { serverHostname = host, rejectUnauthorized = true, ...rest } = options.toTls();
  const context = createSecureContext(rest as Parameters<typeof createSecureContext>[0]); // ours are readonly, and bytes
  return { context, serverName: serverHostname, verify: rejectUnauthorized };
}

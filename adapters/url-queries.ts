import { ExternalCredentials } from '../amqp/index.ts';
import type { FieldName } from './parameter-fields.ts';
import type { SSLFields } from './ssl-options.ts';
import { invalid } from './url-text.ts';
import { readCertificates, readFile, readObject, readTlsOptions } from './url-tls.ts';

/** What a query name of a URL sets. */
export interface Query {
  readonly field: FieldName;
  /** The one field of `sslOptions` that it sets. */
  readonly part?: keyof SSLFields;
  /** Milliseconds in the unit of the URL, for durations. */
  readonly unit?: number;
  /** @param query - the name, for errors */
  read(text: string, query: string): unknown;
}

export function queryNamed(name: string): Query | undefined {
  return Object.hasOwn(QUERIES, name) ? QUERIES[name] : undefined;
}

const SECONDS = 1000;

const text: Query['read'] = (value) => value;

const integer: Query['read'] = (value, query) =>
  /^[+-]?\d+$/.test(value) ? Number(value) : invalid(query, 'must be an integer');

const number: Query['read'] = (value, query) =>
  /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value) ? Number(value) : invalid(query, 'must be a number');

function choice<T>(choices: Readonly<Record<string, T>>): Query['read'] {
  return (value, query) =>
    Object.hasOwn(choices, value.toLowerCase())
      ? choices[value.toLowerCase()]
      : invalid(query, `must be ${Object.keys(choices).join(' or ')}`);
}

/** pika's names, then RabbitMQ's. */
const QUERIES: Readonly<Record<string, Query>> = {
  channel_max: { field: 'channelMax', read: integer },
  frame_max: { field: 'frameMax', read: integer },
  heartbeat: { field: 'heartbeat', read: integer },
  connection_attempts: { field: 'connectionAttempts', read: integer },
  retry_delay: { field: 'retryDelay', read: number, unit: SECONDS },
  socket_timeout: { field: 'socketTimeout', read: number, unit: SECONDS },
  stack_timeout: { field: 'stackTimeout', read: number, unit: SECONDS },
  blocked_connection_timeout: { field: 'blockedConnectionTimeout', read: number, unit: SECONDS },
  rpc_timeout: { field: 'rpcTimeout', read: number, unit: SECONDS },
  close_timeout: { field: 'closeTimeout', read: number, unit: SECONDS },
  confirm_timeout: { field: 'confirmTimeout', read: number, unit: SECONDS },
  locale: { field: 'locale', read: text },
  client_properties: { field: 'clientProperties', read: readObject },
  ssl_options: { field: 'sslOptions', read: readTlsOptions },
  tcp_options: { field: 'tcpOptions', read: readObject },
  backpressure_detection: { field: 'backpressureDetection', read: choice({ t: true, f: false }) },

  connection_timeout: { field: 'socketTimeout', read: number, unit: 1 },
  connection_name: { field: 'connectionName', read: text },
  auth_mechanism: {
    field: 'credentials',
    read: choice({ external: new ExternalCredentials(), plain: undefined }),
  },
  cacertfile: { field: 'sslOptions', part: 'ca', read: readCertificates },
  certfile: { field: 'sslOptions', part: 'cert', read: readFile },
  keyfile: { field: 'sslOptions', part: 'key', read: readFile },
  verify: { field: 'sslOptions', part: 'rejectUnauthorized', read: choice({ verify_peer: true, verify_none: false }) },
  server_name_indication: { field: 'sslOptions', part: 'serverHostname', read: text },
};

export const QUERY_NAMES: readonly string[] = Object.keys(QUERIES);

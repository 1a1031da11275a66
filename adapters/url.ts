import { kindOf, makeTypeError } from '../amqp/index.ts';
import { type ConnectionFields, checkedField } from './parameter-fields.ts';
import { ConnectionParameters, Parameters } from './parameters.ts';
import { adviceFor } from './url-advice.ts';
import { splitAuthority } from './url-authority.ts';
import { type Query, queryNamed } from './url-queries.ts';
import { decode, decodeQuery, invalid } from './url-text.ts';

/**
 * Where and how to connect, written as one text: `amqps://user:password@a,b:5673/vhost?heartbeat=30`. Several hosts
 * share the user. Query names and units are pika's (seconds) or RabbitMQ's (`connection_timeout` in milliseconds).
 * @see https://www.rabbitmq.com/docs/uri-spec
 */
export class URLParameters extends Parameters {
  /** @throws {TypeError} ARG_TYPE when `url` is no string @throws {RangeError} URL_INVALID, `.field` is what is wrong in it */
  constructor(url: string) {
    super(parseURL(url));
  }
}

/** What a connection is made with, in one of the forms that a caller may choose. */
export type Where = string | ConnectionFields | Parameters;

/** @returns parameters of the caller's own, or made of a URL or of fields; no copy */
export function toParameters(where: Where | null | undefined): Parameters {
  if (where instanceof Parameters) return where;
  if (where === undefined || where === null) return new ConnectionParameters();
  return typeof where === 'string' ? new URLParameters(where) : new ConnectionParameters(where);
}

/** As {@link toParameters}, of several places that are tried in turn, or of one. */
export function configsOf(where: Where | readonly Where[] | null | undefined): Parameters[] {
  const list: readonly Where[] = Array.isArray(where) ? where : [where as Where]; // an array, or one of them
  return list.map((each) => toParameters(each));
}

const PARTS = /^(?:([^:/?#]*):)?\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?(#.*)?$/s;
/** In a URL these are written in percent, or they are a mistake. */
const UNWRITABLE = /[\p{Cc}\s\\]/u;

function parseURL(url: unknown): ConnectionFields {
  if (typeof url !== 'string') throw makeTypeError('ARG_TYPE', 'url', `url must be a string, not ${kindOf(url)}`);
  if (UNWRITABLE.test(url)) return invalid('url', 'has a space, a control character or a \\, which are written with %');
  const parts = PARTS.exec(url);
  if (parts === null) return invalid('url', 'must be like amqp://user:password@host:port/virtual-host?name=value');
  const [, scheme, authority = '', path = '', query = '', fragment] = parts;
  if (fragment !== undefined) return invalid('url', 'has a #, which is written %23');
  if (path.includes('@')) invalid('virtualHost', 'has an @, which is written %40; a / in a password is written %2F');
  const { user, hosts } = splitAuthority(authority);
  return {
    ...(hosts === null ? {} : { hosts }),
    ...(user === null ? {} : { credentials: user }),
    ...virtualHost(path),
    ...queryFields(query, usesTls(scheme)),
  };
}

function usesTls(scheme: string | undefined): boolean {
  const name = scheme?.toLowerCase() ?? 'amqp';
  return name === 'amqps' || (name === 'amqp' ? false : invalid('scheme', 'must be amqp or amqps'));
}

/** The first segment of the path; without a path, or with a bare one, the default holds. */
function virtualHost(path: string): ConnectionFields {
  return path.length <= 1 ? {} : { virtualHost: decode(path.split('/')[1] ?? '', 'virtualHost') };
}

function queryFields(query: string, secure: boolean): ConnectionFields {
  const fields: Record<string, unknown> = secure ? { sslOptions: {} } : {};
  const givenBy = new Map<string, string>();
  for (const [name, text] of pairs(query)) {
    const meaning = queryNamed(name) ?? unknownName(name);
    if (text === '') continue;
    note(givenBy, meaning, name);
    const value = readQuery(meaning, name, text);
    if (value === null && secure && meaning.field === 'sslOptions') invalid(name, 'must not be null with amqps');
    if (value === undefined) continue;
    fields[meaning.field] = meaning.part === undefined ? value : Object.assign(fields[meaning.field] ?? {}, value);
  }
  return fields;
}

/** A name that is no name at all is not repeated: it may be the end of a password that was not encoded. */
function unknownName(name: string): never {
  if (!/^[\w.-]{1,40}$/.test(name)) invalid('query', 'has a name that no parameter has');
  return invalid(name, `is no query name of a URL: ${adviceFor(name)}`);
}

function pairs(query: string): [name: string, text: string][] {
  const entries = query.split('&').filter((entry) => entry !== '');
  return entries.map((entry) => {
    const equals = entry.includes('=') ? entry.indexOf('=') : entry.length;
    const name = decodeQuery(entry.slice(0, equals), 'query');
    return [name, decodeQuery(entry.slice(equals + 1), name)];
  });
}

/** @throws {RangeError} when a part of what `name` gives was given before */
function note(givenBy: Map<string, string>, { field, part }: Query, name: string): void {
  const target = part === undefined ? `${field}.` : `${field}.${part}.`;
  for (const [earlier, by] of givenBy) {
    if (earlier.startsWith(target) || target.startsWith(earlier)) invalid(name, `gives again what ${by} has given`);
  }
  givenBy.set(target, name);
}

/** @returns what the field is to be; undefined leaves it alone */
function readQuery({ field, part, unit, read }: Query, name: string, text: string): unknown {
  const value = read(text, name);
  if (value === undefined) return undefined;
  if (part !== undefined) return { [part]: value };
  try {
    checkedField(field, value);
  } catch (error) {
    return invalid(name, `does not do: ${error instanceof Error ? error.message : String(error)}`);
  }
  return unit === undefined ? value : Number(value) * unit;
}

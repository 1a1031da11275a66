import { PlainCredentials } from '../amqp/index.ts';
import { decode, invalid } from './url-text.ts';

/** What stands between // and the path: who, and where. */
export interface Address {
  readonly user: PlainCredentials | null;
  /** null: none was given. */
  readonly hosts: readonly { readonly host: string; readonly port?: number }[] | null;
}

/** Reads `user:password@host:port,host:port`. @throws {RangeError} URL_INVALID, without a word of the URL */
export function splitAuthority(authority: string): Address {
  const [first = '', second, ...more] = authority.split('@');
  if (more.length > 0)
    invalid('host', 'comes after one @: within a password it is written %40, and hosts share one user');
  const user = second === undefined ? null : readUser(first);
  const list = second ?? first;
  return { user, hosts: list === '' ? null : readHosts(list) };
}

function readUser(text: string): PlainCredentials {
  const colon = text.indexOf(':');
  if (colon < 0) return invalid('password', 'is missing: a user is written user:password@, either may be empty');
  const password = text.slice(colon + 1);
  if (password.includes(':')) return invalid('password', 'has a colon, which is written %3A');
  return new PlainCredentials(decode(text.slice(0, colon), 'username'), decode(password, 'password'));
}

function readHosts(list: string): Address['hosts'] {
  const single = !list.includes(',');
  return list.split(',').map((entry) => {
    const { host, port } = entry.startsWith('[') ? splitBracketed(entry) : splitNamed(entry);
    if (host === '' && !single) invalid('host', 'is empty in the list of hosts');
    const place = { host: host === '' ? 'localhost' : decode(host, 'host').toLowerCase() };
    return port === '' ? place : { ...place, port: readPort(port) };
  });
}

function splitBracketed(entry: string): { host: string; port: string } {
  const parts = /^\[([0-9A-Fa-f:.]+(?:%25[^\]]+)?)\](?::(.*))?$/.exec(entry);
  if (parts === null) return invalid('host', 'in brackets must be an IPv6 address, with :port after it or nothing');
  return { host: parts[1] ?? '', port: parts[2] ?? '' };
}

function splitNamed(entry: string): { host: string; port: string } {
  const [host = '', port = '', ...more] = entry.split(':');
  if (more.length > 0) invalid('host', 'has several colons: an IPv6 address is written in brackets, [::1]');
  return { host, port };
}

function readPort(digits: string): number {
  const port = /^\d{1,5}$/.test(digits) ? Number(digits) : 0;
  return port >= 1 && port <= 65_535 ? port : invalid('port', 'must be an integer from 1 to 65535');
}

import { isRecord } from './field-checks.ts';
import { readFiles } from './node-files.ts';
import type { SSLFields, TlsFile } from './ssl-options.ts';
import { invalid } from './url-text.ts';

/** The fields that `ssl_options={…}` means: pika's names, and `SSLOptions`' own. null = no TLS. */
export function readTlsOptions(json: string, query: string): SSLFields | null {
  const given = readObject(json, query);
  if (given === null) return null;
  const fields: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    const [field, read] = (Object.hasOwn(PIKA, name) ? PIKA[name] : undefined) ?? [name, keep];
    if (Object.hasOwn(fields, field)) return invalid(query, `gives ${field} twice`);
    fields[field] = read(value, `${query}.${name}`);
  }
  return fields;
}

/** An object or null in JSON. What was given is not repeated in the error: it may hold a password. */
export function readObject(json: string, query: string): Record<string, unknown> | null {
  const value = parse(json, query);
  return value === null || isRecord(value) ? value : invalid(query, 'must be an object in JSON');
}

/** @returns what has the file read at each connect; it is looked at here, so that a mistake is found early */
export function readFile(path: unknown, query: string): TlsFile {
  const { length } = readable(path, query);
  return length === 1 ? { file: String(path) } : invalid(query, 'must name one file');
}

/** @param path - of a file, or of a folder of which every file is taken */
export function readCertificates(path: unknown, query: string): TlsFile {
  readable(path, query);
  return { file: String(path) };
}

function readable(path: unknown, query: string): Uint8Array[] {
  if (typeof path !== 'string') return invalid(query, 'must be the path of a file');
  try {
    return readFiles(path);
  } catch (error) {
    return invalid(query, `cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

type Read = (value: unknown, query: string) => unknown;

const keep: Read = (value) => value;

const PIKA: Readonly<Record<string, readonly [field: keyof SSLFields, read: Read]>> = {
  ca_certs: ['ca', readCertificates],
  cafile: ['ca', readCertificates],
  ca_path: ['ca', readCertificates],
  capath: ['ca', readCertificates],
  ca_data: ['ca', keep],
  cadata: ['ca', keep],
  certfile: ['cert', readFile],
  keyfile: ['key', readFile],
  password: ['passphrase', keep],
  server_hostname: ['serverHostname', keep],
  protocol: ['minVersion', readProtocol],
};

/** Python's names of a protocol, such as PROTOCOL_TLSv1_2; those that leave the choice open give none. */
function readProtocol(value: unknown, query: string): string | undefined {
  const name = typeof value === 'string' ? value.replace(/^(ssl\.)?PROTOCOL_/, '').replace('_', '.') : '';
  if (name === 'TLS' || name === 'TLS.CLIENT') return undefined;
  return name === 'TLSv1.2' || name === 'TLSv1.3' ? name : invalid(query, 'must be TLSv1.2 or TLSv1.3');
}

function parse(json: string, query: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return invalid(query, 'must be JSON, percent-encoded, with names and texts in double quotes');
  }
}

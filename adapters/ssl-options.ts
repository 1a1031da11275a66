import { isBytes } from '../amqp/index.ts';
import type { TlsOptions } from '../ioloop/index.ts';
import { type Check, flag, isRecord, oneOf, shape, text, wrongType } from './field-checks.ts';
import { inspectAs } from './inspection.ts';
import { readFiles } from './node-files.ts';
import { sameData } from './plain-data.ts';

/** A file that is read at each connect, so that a certificate can be changed while the program runs. */
export interface TlsFile {
  /** Its path; for `ca` also that of a folder, of which every file is taken. */
  readonly file: string;
}

/** PEM: a text, bytes, or the file that holds it. */
export type Pem = string | Uint8Array | TlsFile;

/** What `new SSLOptions()` and the field `sslOptions` take. Texts and bytes are PEM (`pfx`: PKCS#12). */
export interface SSLFields extends Plain {
  readonly ca?: Pem | readonly Pem[] | undefined;
  readonly cert?: Pem | undefined;
  readonly key?: Pem | undefined;
  readonly pfx?: Uint8Array | TlsFile | undefined;
}

type Plain = { readonly [K in Exclude<keyof TlsOptions, 'ca' | 'cert' | 'key' | 'pfx'>]?: TlsOptions[K] | undefined };

/**
 * How TLS is to be done: plain data, checked once, and the same for every connection that uses it. Keys and the
 * passphrase are in no inspection and no JSON.
 */
export class SSLOptions {
  static {
    inspectAs(SSLOptions, (options) => options.toJSON());
  }

  readonly #values: SSLFields;

  /** @throws {TypeError} ARG_TYPE, ARG_UNKNOWN_FIELD @throws {RangeError} ARG_RANGE */
  constructor(fields: SSLFields = {}) {
    const checked = shape(CHECKS)(fields, 'sslOptions');
    this.#values = Object.freeze(checked as SSLFields); // CHECKS has a check of the right kind for each of its fields
    Object.freeze(this);
  }

  /** Certificates of the authorities to trust, in place of the system's. */
  get ca(): SSLFields['ca'] {
    return this.#values.ca;
  }
  get cert(): SSLFields['cert'] {
    return this.#values.cert;
  }
  get key(): SSLFields['key'] {
    return this.#values.key;
  }
  get pfx(): SSLFields['pfx'] {
    return this.#values.pfx;
  }
  get passphrase(): TlsOptions['passphrase'] {
    return this.#values.passphrase;
  }
  /** The name that is sent and that the certificate must carry; by default the host that was connected to. */
  get serverHostname(): TlsOptions['serverHostname'] {
    return this.#values.serverHostname;
  }
  get ciphers(): TlsOptions['ciphers'] {
    return this.#values.ciphers;
  }
  get minVersion(): TlsOptions['minVersion'] {
    return this.#values.minVersion;
  }
  /** Default true: a peer that cannot be verified is an error. */
  get rejectUnauthorized(): TlsOptions['rejectUnauthorized'] {
    return this.#values.rejectUnauthorized;
  }

  /**
   * The plain object that a transport takes; it can cross to another thread. Files are read for it.
   * @throws {Error} a file that cannot be read, by its path
   */
  toTls(): TlsOptions {
    const { ca, ...rest } = this.#values;
    const read = Object.entries(rest).map(([name, value]) => [name, isRecord(value) ? contentOf(value) : value]);
    const listed = Array.isArray(ca) ? ca : [ca];
    const trusted = listed.flatMap((item) => (isRecord(item) ? filesOf(item) : item));
    return {
      ...Object.fromEntries(read),
      ...(ca === undefined ? {} : { ca: Array.isArray(ca) || isRecord(ca) ? trusted : ca }),
    };
  }

  equals(other: unknown): boolean {
    return other instanceof SSLOptions && sameData(this.#values, other.#values);
  }

  /** Without what is secret, and without PEM texts nobody reads. */
  toJSON(): Record<string, unknown> {
    const hidden = (name: string): boolean => ['ca', 'cert', 'key', 'pfx', 'passphrase'].includes(name);
    return Object.fromEntries(
      Object.entries(this.#values).map(([name, value]) => [name, hidden(name) ? '[given]' : value]),
    );
  }
}

/** What the field `sslOptions` keeps of a plain object, an `SSLOptions`, `true` (all defaults) or null (no TLS). */
export const sslOptions: Check<SSLOptions | null> = (value, field) => {
  if (value === null || value instanceof SSLOptions) return value;
  if (value === true) return new SSLOptions();
  return isRecord(value) ? new SSLOptions(value) : wrongType(field, 'SSLOptions, a plain object, true or null', value);
};

const pem: Check<Pem> = (value, field) => {
  if (typeof value === 'string') return value;
  if (isRecord(value)) return tlsFile(value, field);
  return isBytes(value) ? Uint8Array.from(value) : wrongType(field, 'a string, bytes or { file }', value);
};

const FILE = shape({ file: text });
const tlsFile: Check<TlsFile> = (value, field) =>
  Object.freeze({ file: text(FILE(value, field).file, `${field}.file`) });

function filesOf({ file }: Record<string, unknown>): Uint8Array[] {
  const name = String(file); // tlsFile has looked
  try {
    return readFiles(name);
  } catch (cause) {
    throw new Error(`sslOptions: ${name} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/** @throws {Error} where it is no single file */
function contentOf(file: Record<string, unknown>): Uint8Array {
  const [content, ...more] = filesOf(file);
  if (content === undefined || more.length > 0) throw new Error(`sslOptions: ${file.file} must be one file`);
  return content;
}

const CHECKS: Readonly<Record<keyof TlsOptions, Check>> = {
  ca: (value, field) =>
    Array.isArray(value) ? Object.freeze(value.map((item, i) => pem(item, `${field}[${i}]`))) : pem(value, field),
  cert: pem,
  key: pem,
  pfx: (value, field) => {
    if (isRecord(value)) return pem(value, field);
    return isBytes(value) ? Uint8Array.from(value) : wrongType(field, 'bytes (PKCS#12) or { file }', value);
  },
  passphrase: text,
  serverHostname: text,
  ciphers: text,
  minVersion: oneOf('TLSv1.2', 'TLSv1.3'),
  rejectUnauthorized: flag,
};

import { isBytes } from '../amqp/index.ts';
import type { TlsOptions } from '../ioloop/index.ts';
import { type Check, flag, isRecord, oneOf, shape, text, wrongType } from './field-checks.ts';
import { inspectAs } from './inspection.ts';
import { sameData } from './plain-data.ts';

/** What `new SSLOptions()` and the field `sslOptions` take. Texts and bytes are PEM (`pfx`: PKCS#12). */
export type SSLFields = { readonly [K in keyof TlsOptions]?: TlsOptions[K] | undefined };

/**
 * How TLS is to be done: plain data, checked once, and the same for every connection that uses it. Keys and the
 * passphrase are in no inspection and no JSON.
 */
export class SSLOptions {
  static {
    inspectAs(SSLOptions, (options) => options.toJSON());
  }

  readonly #values: TlsOptions;

  /** @throws {TypeError} ARG_TYPE, ARG_UNKNOWN_FIELD @throws {RangeError} ARG_RANGE */
  constructor(fields: SSLFields = {}) {
    const checked = shape(CHECKS)(fields, 'sslOptions');
    this.#values = Object.freeze(checked as TlsOptions); // CHECKS has a check of the right kind for each of its fields
    Object.freeze(this);
  }

  /** Certificates of the authorities to trust, in place of the system's. */
  get ca(): TlsOptions['ca'] {
    return this.#values.ca;
  }
  get cert(): TlsOptions['cert'] {
    return this.#values.cert;
  }
  get key(): TlsOptions['key'] {
    return this.#values.key;
  }
  get pfx(): TlsOptions['pfx'] {
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

  /** The plain object that a transport takes; it can cross to another thread. */
  toTls(): TlsOptions {
    return { ...this.#values };
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

const pem: Check<string | Uint8Array> = (value, field) => {
  if (typeof value === 'string') return value;
  return isBytes(value) ? Uint8Array.from(value) : wrongType(field, 'a string or bytes', value);
};

const CHECKS: Readonly<Record<keyof TlsOptions, Check>> = {
  ca: (value, field) =>
    Array.isArray(value) ? Object.freeze(value.map((item, i) => pem(item, `${field}[${i}]`))) : pem(value, field),
  cert: pem,
  key: pem,
  pfx: (value, field) => (isBytes(value) ? Uint8Array.from(value) : wrongType(field, 'bytes (PKCS#12)', value)),
  passphrase: text,
  serverHostname: text,
  ciphers: text,
  minVersion: oneOf('TLSv1.2', 'TLSv1.3'),
  rejectUnauthorized: flag,
};

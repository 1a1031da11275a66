import { makeTypeError } from './argument-errors.ts';
import type { FieldTable } from './values.ts';

/** What connection.start says, for credentials to choose from. */
export interface StartOffer {
  readonly mechanisms: readonly string[];
  readonly locales: readonly string[];
  readonly serverProperties: FieldTable;
}

/** A SASL mechanism and its response (a string is sent as UTF-8); nulls when the broker does not offer it. */
export type CredentialsResponse = readonly [mechanism: string, response: string | Uint8Array] | readonly [null, null];

/** What a connection logs in with. Classes of the user's own are to be appended to {@link VALID_TYPES}. */
export interface Credentials {
  responseFor(start: StartOffer): CredentialsResponse;
  /** Called on the connection's own copy right after the response was built. */
  eraseCredentials(): void;
  /** Whether another object stands for the same login. */
  equals?(other: unknown): boolean;
  /** A copy that can be erased without touching this one; without it, copies of parameters share the object. */
  clone?(): Credentials;
}

/** A user and a password (SASL PLAIN, RFC 4616). Neither shows when the object is inspected or serialised. */
export class PlainCredentials implements Credentials {
  static readonly TYPE: string = 'PLAIN';
  /** Whether the connection forgets user and password once they are sent. */
  readonly eraseOnConnect: boolean;
  #username: string | null;
  #password: string | null;
  static {
    // util.inspect of Node can be asked to call getters, which would show both
    const inspect = Symbol.for('nodejs.util.inspect.custom');
    Object.defineProperty(PlainCredentials.prototype, inspect, {
      value: () => 'PlainCredentials { hidden }',
      configurable: true,
    });
  }

  /** @throws TypeError `ARG_TYPE` when user or password is no string */
  constructor(username: string, password: string, eraseOnConnect = false) {
    if (typeof username !== 'string') throw makeTypeError('ARG_TYPE', 'username', 'username must be a string');
    if (typeof password !== 'string') throw makeTypeError('ARG_TYPE', 'password', 'password must be a string');
    if (typeof eraseOnConnect !== 'boolean') {
      throw makeTypeError('ARG_TYPE', 'eraseOnConnect', 'eraseOnConnect must be a boolean');
    }
    this.eraseOnConnect = eraseOnConnect;
    this.#username = username;
    this.#password = password;
  }

  /** Null once erased. */
  get username(): string | null {
    return this.#username;
  }

  /** Null once erased. */
  get password(): string | null {
    return this.#password;
  }

  responseFor(start: StartOffer): CredentialsResponse {
    if (!start.mechanisms.includes(PlainCredentials.TYPE)) return [null, null];
    return [PlainCredentials.TYPE, `\0${this.#username ?? ''}\0${this.#password ?? ''}`];
  }

  eraseCredentials(): void {
    if (!this.eraseOnConnect) return;
    this.#username = null;
    this.#password = null;
  }

  equals(other: unknown): boolean {
    return (
      other instanceof PlainCredentials &&
      this.#username === other.#username &&
      this.#password === other.#password &&
      this.eraseOnConnect === other.eraseOnConnect
    );
  }

  /** A copy that can be erased without touching this one. */
  clone(): PlainCredentials {
    const copy = new PlainCredentials('', '', this.eraseOnConnect);
    copy.#username = this.#username;
    copy.#password = this.#password;
    return copy;
  }
}

/** The login is known from elsewhere, mostly from the certificate of the client (SASL EXTERNAL, RFC 4422). */
export class ExternalCredentials implements Credentials {
  static readonly TYPE: string = 'EXTERNAL';
  readonly eraseOnConnect: boolean = false;

  responseFor(start: StartOffer): CredentialsResponse {
    return start.mechanisms.includes(ExternalCredentials.TYPE) ? [ExternalCredentials.TYPE, ''] : [null, null];
  }

  /** There is nothing to erase. */
  eraseCredentials(): void {}

  equals(other: unknown): boolean {
    return other instanceof ExternalCredentials;
  }

  clone(): ExternalCredentials {
    return new ExternalCredentials();
  }
}

/** The classes that credentials may be of; a class of the user's own has the methods of {@link Credentials}. */
export const VALID_TYPES: (new (...args: never[]) => Credentials)[] = [PlainCredentials, ExternalCredentials];

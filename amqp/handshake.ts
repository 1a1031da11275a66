import { encodeConnectionOpen, encodeConnectionStartOk, encodeConnectionTuneOk } from './codec.ts';
import type { Credentials } from './credentials.ts';
import {
  AMQPConnectionError,
  AuthenticationError,
  IncompatibleProtocolError,
  ProtocolVersionMismatch,
} from './errors.ts';
import type { ConnectionStart, ConnectionTune } from './methods.ts';
import { printable } from './printable.ts';
import { type Limits, negotiate, type Tuned } from './tuning.ts';
import { type FieldTable, type FieldValue, isBytes, isPlainObject } from './values.ts';
import { FRAME_METHOD, type Writer } from './writer.ts';

/** Who logs in, and to what. */
export interface Login extends Limits {
  readonly credentials: Credentials;
  readonly virtualHost: string;
  readonly locale: string;
  readonly clientProperties: FieldTable;
}

/** From the first bytes to connection.open, and what the broker said on the way (AMQP 0-9-1 §2.2.4). */
export class Handshake {
  serverProperties: FieldTable = {};
  knownHosts = '';
  tuned: Tuned = { channelMax: 0, frameMax: 0, heartbeat: 0 };
  readonly #login: Login;
  /** Null once the peer is known to speak AMQP. */
  #greeting: Greeting | null = new Greeting();

  constructor(login: Login) {
    this.#login = login;
  }

  /**
   * Answers connection.start with the login, and has the credentials erased.
   * @throws ProtocolVersionMismatch, AuthenticationError when the broker does not offer what the credentials need
   */
  start(writer: Writer, start: ConnectionStart): void {
    const { credentials, clientProperties, locale } = this.#login;
    this.serverProperties = start.serverProperties;
    if (start.versionMajor !== 0 || start.versionMinor !== 9) {
      throw new ProtocolVersionMismatch(OURS, `${start.versionMajor}-${start.versionMinor}`);
    }
    const [mechanism, response] = respond(credentials, start);
    try {
      encodeConnectionStartOk(writer, 0, { clientProperties, mechanism, response, locale });
    } catch (cause) {
      throw new AMQPConnectionError('the login cannot be encoded', { cause });
    }
    credentials.eraseCredentials();
  }

  /**
   * Answers connection.tune with what both sides keep to, and asks for the virtual host without waiting.
   * @throws ProtocolSyntaxError when the broker's limits are below the least
   */
  tune(writer: Writer, tune: ConnectionTune): Tuned {
    this.tuned = negotiate(this.#login, tune);
    encodeConnectionTuneOk(writer, 0, this.tuned);
    try {
      encodeConnectionOpen(writer, 0, { virtualHost: this.#login.virtualHost });
    } catch (cause) {
      throw new AMQPConnectionError('the name of the virtual host cannot be encoded', { cause });
    }
    return this.tuned;
  }

  /** Whether what came is to be read as frames; false while that cannot be told. @throws IncompatibleProtocolError */
  isFrames(bytes: Uint8Array): boolean {
    if (this.#greeting === null) return true;
    if (!this.#greeting.read(bytes)) return false;
    this.#greeting = null;
    return true;
  }

  /** What a loss means when the peer began with something else than frames; null when it did not. */
  refusal(cause: AMQPConnectionError): IncompatibleProtocolError | null {
    return this.#greeting?.begun === true ? this.#greeting.refusal(cause) : null;
  }

  /** What the broker says that it can do. */
  get capabilities(): FieldTable {
    const { capabilities } = this.serverProperties;
    return isTable(capabilities) ? capabilities : {};
  }
}

/** The first bytes of the peer: whether it speaks AMQP 0-9-1 at all shows before there is a frame. */
class Greeting {
  #head: Uint8Array = new Uint8Array(0);

  /**
   * Takes the next bytes.
   * @returns whether they are frames; false while that cannot be told
   * @throws IncompatibleProtocolError
   */
  read(bytes: Uint8Array): boolean {
    if (this.#head.length === 0 && bytes[0] === FRAME_METHOD) return true;
    this.#head = joined(this.#head, bytes);
    // as long as the head of a frame, or, where it goes on, a whole header of AMQP
    const enough = this.#head[0] === HEADER_START ? 8 : 7;
    if (this.#head.length < enough) return false;
    throw this.refusal();
  }

  /** Whether something came that is no frame. */
  get begun(): boolean {
    return this.#head.length > 0;
  }

  /** What it means that the peer began like this. */
  refusal(cause?: AMQPConnectionError): IncompatibleProtocolError {
    const head = String.fromCharCode(...this.#head);
    const options = cause === undefined ? {} : { cause };
    const theirs = versionOf(this.#head, head);
    if (theirs !== null && theirs !== OURS) return new ProtocolVersionMismatch(OURS, theirs, head, options);
    return new IncompatibleProtocolError(`${describe(this.#head, head)}: ${printable(head, SHOWN)}`, head, options);
  }
}

/** What this side speaks. */
const OURS = '0-9-1';
/** The first byte of a protocol header: the `A` of AMQP. */
const HEADER_START = 0x41;
/** Bytes of another protocol that are kept to be shown. */
const SHOWN = 32;

function joined(head: Uint8Array, bytes: Uint8Array): Uint8Array {
  const all = new Uint8Array(Math.min(SHOWN, head.length + bytes.length));
  all.set(head);
  all.set(bytes.subarray(0, all.length - head.length), head.length);
  return all;
}

function describe(bytes: Uint8Array, text: string): string {
  if (isTlsRecord(bytes)) return 'the peer answered with a TLS record: use amqps, or the port without TLS';
  if (text.startsWith('AMQP')) return `the peer did not take the header of AMQP ${OURS}`;
  if (text.startsWith('HTTP/')) return 'an HTTP server answered: is this the port of a management interface?';
  return 'the peer does not speak AMQP';
}

/** Alert (21) or handshake (22) of TLS 1.x or SSL 3 (RFC 8446 §5.1). */
function isTlsRecord(bytes: Uint8Array): boolean {
  return (bytes[0] === 0x15 || bytes[0] === 0x16) && bytes[1] === 3;
}

/** The version of a whole protocol header (AMQP 0-9-1 §4.2.2), null for anything else. */
function versionOf(bytes: Uint8Array, text: string): string | null {
  return text.startsWith('AMQP') && bytes.length >= 8 ? `${bytes[5]}-${bytes[6]}-${bytes[7]}` : null;
}

function respond(credentials: Credentials, start: ConnectionStart): [mechanism: string, response: string | Uint8Array] {
  const mechanisms = start.mechanisms.split(' ').filter((name) => name !== '');
  const locales = start.locales.split(' ').filter((name) => name !== '');
  let answer: readonly [unknown, unknown];
  try {
    answer = credentials.responseFor({ mechanisms, locales, serverProperties: start.serverProperties });
  } catch (cause) {
    throw new AMQPConnectionError('responseFor() of the credentials threw an error', { cause });
  }
  const [mechanism, response] = answer;
  if (mechanism === null) throw new AuthenticationError(mechanismOf(credentials), mechanisms.join(' '));
  if (typeof mechanism !== 'string' || !(typeof response === 'string' || isBytes(response))) {
    throw new AMQPConnectionError('responseFor() of the credentials gave no mechanism with a response');
  }
  if (!mechanisms.includes(mechanism)) throw new AuthenticationError(mechanism, mechanisms.join(' '));
  return [mechanism, response];
}

/** The mechanism that a class of credentials stands for. */
function mechanismOf(credentials: Credentials): string {
  const type = credentials.constructor as { readonly TYPE?: unknown; readonly name: string };
  return typeof type.TYPE === 'string' ? type.TYPE : type.name;
}

function isTable(value: FieldValue | undefined): value is FieldTable {
  return typeof value === 'object' && value !== null && isPlainObject(value);
}

import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';

/** A certificate and its private key, both PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

export interface IdentityOptions {
  /** Subject common name; RabbitMQ's EXTERNAL login takes it as the user's name. */
  readonly commonName: string;
  /** DNS names and IP addresses that the certificate is good for. */
  readonly hosts?: readonly string[];
  /** Default: valid from an hour ago for a day. */
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

const HOUR = 3_600_000;

/** A certificate authority that lives as long as the tests, so that no key is ever kept in the repository. */
export class Authority implements Identity {
  readonly cert: string;
  readonly key: string;
  readonly #name: string;
  readonly #privateKey: KeyObject;

  constructor(name: string) {
    const { publicKey, privateKey } = keyPair();
    this.#name = name;
    this.#privateKey = privateKey;
    this.key = keyPem(privateKey);
    const extensions = [
      extension(OID.basicConstraints, true, sequence(TRUE)),
      extension(OID.keyUsage, true, bits(0x06)),
    ];
    this.cert = this.#certificate(publicKey, { commonName: name }, extensions);
  }

  /** An identity signed by this authority, good for both ends of a TLS connection. */
  issue(options: IdentityOptions): Identity {
    const { publicKey, privateKey } = keyPair();
    const extensions = [extension(OID.extendedKeyUsage, false, sequence(oid(OID.serverAuth), oid(OID.clientAuth)))];
    if (options.hosts)
      extensions.push(extension(OID.subjectAltName, false, sequence(...options.hosts.map(generalName))));
    return { cert: this.#certificate(publicKey, options, extensions), key: keyPem(privateKey) };
  }

  /** RFC 5280, section 4.1. */
  #certificate(publicKey: KeyObject, options: IdentityOptions, extensions: readonly Uint8Array[]): string {
    const {
      commonName,
      notBefore = new Date(Date.now() - HOUR),
      notAfter = new Date(Date.now() + 23 * HOUR),
    } = options;
    const algorithm = sequence(oid(OID.ecdsaWithSha256));
    const serial = randomBytes(8);
    serial[0] = (serial[0]! & 0x3f) | 0x40; // 8 bytes were asked for; positive, and no needless leading zero
    const body = sequence(
      tagged(0xa0, tagged(0x02, Uint8Array.of(2))), // version 3
      tagged(0x02, serial),
      algorithm,
      distinguishedName(this.#name),
      sequence(time(notBefore), time(notAfter)),
      distinguishedName(commonName),
      publicKey.export({ type: 'spki', format: 'der' }),
      tagged(0xa3, sequence(...extensions)),
    );
    const signature = sign('sha256', body, this.#privateKey);
    return pem(sequence(body, algorithm, tagged(0x03, Uint8Array.of(0), signature)));
  }
}

const OID = {
  commonName: [2, 5, 4, 3],
  keyUsage: [2, 5, 29, 15],
  subjectAltName: [2, 5, 29, 17],
  basicConstraints: [2, 5, 29, 19],
  extendedKeyUsage: [2, 5, 29, 37],
  serverAuth: [1, 3, 6, 1, 5, 5, 7, 3, 1],
  clientAuth: [1, 3, 6, 1, 5, 5, 7, 3, 2],
  ecdsaWithSha256: [1, 2, 840, 10045, 4, 3, 2],
} as const;

const TRUE = tagged(0x01, Uint8Array.of(0xff));

function keyPair(): { publicKey: KeyObject; privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
}

function keyPem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function pem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** DER: a tag, the length in as few bytes as it takes, the content. */
function tagged(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(contents);
  const { length } = content;
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Uint8Array.of(tag, ...head), content]);
}

function sequence(...contents: readonly Uint8Array[]): Uint8Array {
  return tagged(0x30, ...contents);
}

function oid([first, second, ...rest]: readonly number[]): Uint8Array {
  const bytes = [first! * 40 + second!]; // every OID above has at least two parts
  for (const part of rest) {
    const groups = [part & 0x7f];
    for (let left = part >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return tagged(0x06, Uint8Array.from(bytes));
}

function bits(octet: number): Uint8Array {
  return tagged(0x03, Uint8Array.of(0, octet));
}

function time(date: Date): Uint8Array {
  const digits = date.toISOString().replace(/[-:T]|\..*$/g, '');
  const beyondTwoDigits = date.getUTCFullYear() >= 2050;
  return tagged(beyondTwoDigits ? 0x18 : 0x17, Buffer.from(`${beyondTwoDigits ? digits : digits.slice(2)}Z`));
}

function distinguishedName(commonName: string): Uint8Array {
  return sequence(tagged(0x31, sequence(oid(OID.commonName), tagged(0x0c, Buffer.from(commonName)))));
}

function generalName(host: string): Uint8Array {
  if (isIP(host) === 4) return tagged(0x87, Uint8Array.from(host.split('.').map(Number)));
  if (host === '::1')
    return tagged(
      0x87,
      Uint8Array.from({ length: 16 }, (_, i) => (i === 15 ? 1 : 0)),
    );
  return tagged(0x82, Buffer.from(host));
}

function extension(id: readonly number[], critical: boolean, value: Uint8Array): Uint8Array {
  return sequence(oid(id), ...(critical ? [TRUE] : []), tagged(0x04, value));
}

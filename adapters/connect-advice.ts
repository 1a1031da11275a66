/** What the reader can do about an attempt that failed, by the system's code of its error; empty when nobody knows. */
export function connectAdvice(error: Error): string {
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' && Object.hasOwn(ADVICE, code) ? `; ${ADVICE[code]}` : '';
}

/** The text of an error without what OpenSSL says of its own source: `…:reason:../deps/openssl/….c:350:`. */
export function withoutSource(text: string): string {
  return /^[0-9A-F]+:error:[^:]*:[^:]*:[^:]*:([^:]+):/.exec(text)?.[1] ?? text;
}

const NOT_TLS = 'the peer does not speak TLS: use the scheme amqp, or the port with TLS, mostly 5671';
const UNKNOWN_AUTHORITY = 'give the certificate of the authority that signed for it as sslOptions.ca';

const ADVICE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there: look whether the broker runs, and at host and port',
  ECONNRESET: 'the peer hung up: look whether it is a broker, and at its log',
  EHOSTUNREACH: 'no way leads there from here',
  ENETUNREACH: 'no way leads there from here: the parameter family can leave out IPv6',
  ENOENT: 'there is no such socket: look at socketPath',
  ENOTFOUND: 'nobody knows the name: look at the host',
  EAI_AGAIN: 'the name server did not answer: try again',
  EMFILE: 'too many files and sockets are open in this process',
  EPROTO: NOT_TLS,
  ERR_SSL_WRONG_VERSION_NUMBER: NOT_TLS,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: NOT_TLS,
  CERT_HAS_EXPIRED: 'the broker needs another certificate',
  ERR_TLS_CERT_ALTNAME_INVALID: 'connect by a name of the certificate, or set sslOptions.serverHostname to one',
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
};

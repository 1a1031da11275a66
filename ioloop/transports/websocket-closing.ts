import { WebSocketError } from '../errors.ts';

/**
 * Why a WebSocket has ended, in words that say what to do.
 * @param reason - what came with the code, or what the runtime says of its own
 * @param opened - whether it was open before
 */
export function closingError(code: number, reason: string, url: string, opened: boolean): WebSocketError {
  const known = MEANINGS[code];
  const told = reason === '' ? '' : ` (${reason})`;
  if (known !== undefined) {
    const [name, meaning, advice] = known;
    return new WebSocketError(name, `the bridge at ${url} ${meaning}${told}: ${advice}`, code);
  }
  if (code !== NOT_CLOSED) return new WebSocketError('WS_CLOSED', `${url} has closed with ${code}${told}`, code);
  if (opened) return new WebSocketError('WS_LOST', `the WebSocket to ${url} was lost${told}`, code);
  return new WebSocketError(
    'WS_FAILED',
    `no WebSocket to ${url} came about${told}: look whether the bridge runs, and whether this page may connect there ` +
      '(a page on https: needs wss:, and connect-src of its content security policy)',
    code,
  );
}

type Meaning = readonly [code: string, what: string, advice: string];

/** RFC 6455 §7.4.1: there was no close. */
const NOT_CLOSED = 1006;

/** By the close codes of docs/bridge.md. */
const MEANINGS: Readonly<Record<number, Meaning>> = {
  1001: ['BRIDGE_CLOSING', 'closes', 'connect again later'],
  1009: ['BRIDGE_MESSAGE_SIZE', 'takes no message of this size', 'let its maxBytesInFlight be 128 KiB at least'],
  4400: ['BRIDGE_BAD_REQUEST', 'makes no sense of this connection', 'look at path and query of the URL'],
  4403: ['BRIDGE_REFUSED', 'has refused this connection', 'list the origin or the target there, or log in'],
  4429: ['BRIDGE_FULL', 'has too many connections', 'wait, then connect again'],
  4502: ['BRIDGE_TARGET_UNREACHABLE', 'has no connection to the broker', 'look whether the broker runs'],
  4504: ['BRIDGE_TARGET_TIMEOUT', 'had no answer of the broker in time', 'look whether the broker runs'],
};

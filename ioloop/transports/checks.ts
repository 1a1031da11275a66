import { checkDelay, checkTask } from '../arguments.ts';
import { IOLoopError, outOfRange, UnsupportedError, wrongType } from '../errors.ts';
import { KEEP_ALIVE_MAX } from '../ring.ts';
import {
  type ConnectOptions,
  HARD_LIMIT,
  type TcpAddress,
  type TransportState,
  type UnixAddress,
  type WebSocketAddress,
} from '../transport.ts';

/** Before a `write()` of any stream. @throws what `Transport.write` promises, with nothing taken */
export function checkWrite(bytes: Uint8Array, buffered: number, state: TransportState): void {
  if (!(bytes instanceof Uint8Array)) throw wrongType('bytes', 'must be a Uint8Array');
  if (bytes.length === 0) throw wrongType('bytes', 'must not be empty');
  if (state !== 'open' && state !== 'connecting') throw wrongStreamState('write', state);
  if (buffered + bytes.length > HARD_LIMIT) {
    throw outOfRange(
      'bytes',
      `would buffer ${buffered + bytes.length}, above the limit of ${HARD_LIMIT}; wait for onDrain`,
    );
  }
}

/** The same for a `writev()`: all parts or none. */
export function checkParts(parts: readonly Uint8Array[], buffered: number, state: TransportState): void {
  let size = buffered;
  for (const part of parts) {
    checkWrite(part, size, state);
    size += part.length;
  }
  if (parts.length === 0) throw wrongType('parts', 'must not be empty');
}

/** Before a `connect()` of a stream that speaks TCP and Unix sockets: what is wrong here would fail in another thread. */
export function checkConnect(
  to: TcpAddress | UnixAddress | WebSocketAddress,
  { timeout, tls }: ConnectOptions,
): asserts to is TcpAddress | UnixAddress {
  if (typeof to !== 'object' || to === null) throw wrongType('to', 'must be an address');
  if ('url' in to) throw new UnsupportedError('this stream speaks no WebSocket, only TCP and Unix sockets');
  if ('path' in to) checkText(to.path, 'path');
  else checkPlace(to.host, to.port, to.family);
  if (timeout !== undefined) checkDelay(timeout, 'timeout');
  if (tls !== undefined && (typeof tls !== 'object' || tls === null)) throw wrongType('tls', 'must be an object');
}

/** Before a lookup. */
export function checkLookup(host: string, port: number, family: 0 | 4 | 6, done: (...a: never[]) => unknown): void {
  checkPlace(host, port, family);
  checkTask(done, 'done');
}

/** Before a `keepAlive()`. */
export function checkKeepAlive(bytes: Uint8Array, idleWrite: number, idleRead: number): void {
  if (!(bytes instanceof Uint8Array)) throw wrongType('bytes', 'must be a Uint8Array');
  if (bytes.length > KEEP_ALIVE_MAX) throw outOfRange('bytes', `must not be longer than ${KEEP_ALIVE_MAX}`);
  checkDelay(idleWrite, 'idleWrite');
  checkDelay(idleRead, 'idleRead');
}

export function wrongStreamState(call: string, state: TransportState): IOLoopError {
  return new IOLoopError('STREAM_STATE', `${call}() on a stream that is ${state}`);
}

/** An error with the system's code, as `net` would give it. */
export function systemError(code: string, call: string, where: string): IOLoopError {
  return Object.assign(new IOLoopError(code, `${call} ${code} ${where}`), { syscall: call });
}

function checkPlace(host: string, port: number, family: number = 0): void {
  checkText(host, 'host');
  if (typeof port !== 'number') throw wrongType('port', 'must be a number');
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw outOfRange('port', 'must be from 0 to 65535');
  if (family !== 0 && family !== 4 && family !== 6) throw outOfRange('family', 'must be 0, 4 or 6');
}

function checkText(text: string, field: string): void {
  if (typeof text !== 'string') throw wrongType(field, 'must be a string');
  if (text === '') throw outOfRange(field, 'must not be empty');
}

import { IOLoopError, outOfRange, wrongType } from '../errors.ts';
import { HARD_LIMIT, type TransportState } from '../transport.ts';

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

export function wrongStreamState(call: string, state: TransportState): IOLoopError {
  return new IOLoopError('STREAM_STATE', `${call}() on a stream that is ${state}`);
}

/** An error with the system's code, as `net` would give it. */
export function systemError(code: string, call: string, where: string): IOLoopError {
  return Object.assign(new IOLoopError(code, `${call} ${code} ${where}`), { syscall: call });
}

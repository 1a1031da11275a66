import { makeRangeError, makeTypeError } from '../amqp/index.ts';
import { type Check, oneOf } from './field-checks.ts';

/**
 * What sends the heartbeats of a connection on the runtime's own loop: a timer of that loop, which waits while the program
 * computes, or another thread, which does not. Default `'timer'`.
 */
export type KeepAlive = 'timer' | 'worker';

export const keepAliveBy: Check<KeepAlive> = oneOf<KeepAlive>('timer', 'worker');

/**
 * @param loop - what was given to live on, as `field`
 * @throws {TypeError} ARG_TYPE: it was made with something that sends heartbeats already
 */
export function checkKeepAlive(keepAlive: KeepAlive | null | undefined, loop: unknown, field: string): void {
  if (keepAlive === undefined || keepAlive === null || typeof loop !== 'object' || loop === null) return;
  const text = `keepAlive is chosen where a loop of yours is made, not beside ${field}: new LibuvHost({ keepAlive })`;
  throw makeTypeError('ARG_TYPE', 'keepAlive', text);
}

/** @throws {RangeError} ARG_RANGE: WebSockets live on the runtime's own loop alone */
export function checkKeptAlive(keepAlive: KeepAlive | null | undefined, webSocket: string | null): void {
  if (keepAlive !== 'worker' || webSocket === null) return;
  throw makeRangeError(
    'ARG_RANGE',
    'keepAlive',
    "keepAlive cannot be 'worker' beside webSocket: its thread has TCP alone",
  );
}

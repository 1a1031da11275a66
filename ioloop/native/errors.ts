import { getSystemErrorName } from 'node:util';
import type { PlatformFacts } from './platform.ts';

/** Where the call was about to go: an address and port, or the path of a Unix socket. */
export interface CallTarget {
  readonly address: string;
  readonly port?: number;
}

/**
 * The error that Node's own sockets make of a failed call, with the same text and fields:
 * `connect ECONNREFUSED 127.0.0.1:5672`, `code`, `errno` (negative), `syscall`, and `address` and `port` of the target.
 * @param errno - as C has it, above 0
 */
export function systemCallError(
  facts: Pick<PlatformFacts, 'errors'>,
  errno: number,
  syscall: string,
  target?: CallTarget,
): NodeJS.ErrnoException {
  const code = errorName(facts, errno);
  const port = target?.port;
  const where = target === undefined ? '' : ` ${target.address}${port === undefined ? '' : `:${port}`}`;
  const error = new Error(`${syscall} ${code}${where}`);
  return Object.assign(error, { errno: -errno, code, syscall }, target === undefined ? {} : { ...target });
}

function errorName({ errors }: Pick<PlatformFacts, 'errors'>, errno: number): string {
  const known = Object.entries(errors).find(([, value]) => value === errno);
  return known?.[0] ?? getSystemErrorName(-errno);
}

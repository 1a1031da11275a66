import { RpcTimeout } from '../amqp/index.ts';
import type { IOLoop } from '../ioloop/index.ts';
import { onAbort } from './abort-listener.ts';
import type { Refusable } from './promise-answer.ts';
import type { Reports } from './promise-reports.ts';
import type { Waiting } from './waiting.ts';

/** How the wait for an answer may end before its time. */
export interface AnswerLimits {
  readonly loop: IOLoop;
  readonly reports: Reports;
  /** What is waited for, in the text of the error. */
  readonly name: string;
  readonly waiting: Waiting;
  /** The time is over; absent: somebody else minds it. The answer is rejected first. */
  readonly expired?: (error: RpcTimeout) => void;
}

/**
 * Has an answer rejected when its signal aborts or its time is over.
 * @returns false when it was called off already: there is nothing to do for it
 */
export function limitAnswer(answer: Refusable, limits: AnswerLimits): boolean {
  const { loop, reports, name, waiting, expired } = limits;
  const { signal, timeout } = waiting;
  const abort = (): void => reports.refuse(answer, signal?.reason);
  if (signal?.aborted === true) {
    abort();
    return false;
  }
  const expire = (): void => {
    const error = new RpcTimeout(name, timeout ?? 0);
    reports.refuse(answer, error);
    expired?.(error);
  };
  const timer = timeout === undefined || expired === undefined ? null : loop.callLater(timeout, expire);
  const unlisten = signal && onAbort(signal, abort);
  answer.onSettled = () => {
    timer?.cancel();
    unlisten?.();
  };
  return true;
}

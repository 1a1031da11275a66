import type { IOLoop } from '../ioloop/index.ts';

/**
 * Closes when nothing runs any more, or when most of the time is over: the rest is for the broker's answer.
 * @param limit - milliseconds for all of it
 * @param running - resolves when nothing runs; null: nothing does
 * @param late - called before `close`, where it goes on without what still runs; gets the milliseconds that were waited
 * @param close - gets the milliseconds that are left
 */
export function closeInOrder(
  loop: IOLoop,
  limit: number,
  running: Promise<unknown> | null,
  late: (waited: number) => void,
  close: (left: number) => void,
): void {
  if (running === null) {
    close(limit);
    return;
  }
  const begun = loop.time();
  let isClosing = false;
  const goOn = (): void => {
    if (isClosing) return;
    isClosing = true;
    timer.cancel();
    close(Math.max(1, limit - (loop.time() - begun)));
  };
  const timer = loop.callLater(limit * PATIENCE, () => {
    late(limit * PATIENCE);
    goOn();
  });
  running.then(goOn);
}

/** Of several, one that resolves when all have; null when none is there. */
export function all(running: readonly (Promise<unknown> | null)[]): Promise<unknown> | null {
  const there = running.filter((each) => each !== null);
  return there.length === 0 ? null : Promise.all(there);
}

/** The part of the time of a close that is for what runs. */
const PATIENCE = 0.8;

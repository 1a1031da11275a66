import type { IOLoop } from '../../ioloop/index.ts';
import { HostedLoop } from './hosted-loop.ts';

/** Runs the loop until the test stops it. @throws when nothing does within `limit` ms */
export function runGuarded(loop: IOLoop, limit = 15_000): void {
  let overdue = false;
  const guard = loop.callLater(limit, () => {
    overdue = true;
    loop.stop();
  });
  try {
    loop.start();
  } finally {
    guard.cancel();
  }
  if (overdue) throw new Error(`nothing has stopped the loop within ${limit} ms`);
}

/** The same for loops that a host drives, too. */
export async function runLoop(loop: IOLoop, limit = 15_000): Promise<void> {
  if (loop instanceof HostedLoop) await loop.run(limit);
  else runGuarded(loop, limit);
}

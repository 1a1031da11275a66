import { checkMayBlock } from '../may-block.ts';
import type { LoopServices } from '../poller.ts';
import type { PollerEntry } from './entry.ts';
import { open as openVirtual } from './virtual.ts';
import { open, type WorkerPoller } from './worker.ts';

/** What there is in a browser. */
export const POLLERS: readonly PollerEntry[] = [
  { name: 'worker', missing: null, automatic: true, blocking: true, open: openWorker },
  { name: 'virtual', missing: null, automatic: false, blocking: true, open: openVirtual },
];

function openWorker(services: LoopServices): WorkerPoller {
  checkMayBlock();
  return open(services);
}

import { HostPoller } from '../host-loop.ts';
import { hostOf } from '../hosts/named.ts';
import { whyNotBlocking } from '../may-block.ts';
import type { PollerEntry } from './entry.ts';
import { open as openVirtual } from './virtual.ts';
import { open as openWorker } from './worker.ts';

/** What there is in a browser. A loop of a window is one that the browser drives, whoever made it. */
export const POLLERS: readonly PollerEntry[] = [
  {
    name: 'worker',
    get missing() {
      return whyNotBlocking()?.message ?? null;
    },
    automatic: true,
    blocking: true,
    open: openWorker,
  },
  {
    name: 'host',
    missing: null,
    automatic: true,
    blocking: false,
    open: (services) => new HostPoller(hostOf(undefined), services),
  },
  { name: 'virtual', missing: null, automatic: false, blocking: true, open: openVirtual },
];

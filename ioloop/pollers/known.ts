import { HostPoller } from '../host-loop.ts';
import { hostOf } from '../hosts/named.ts';
import { openSystem, whyNoSystem } from '../native/system.ts';
import type { LoopServices } from '../poller.ts';
import type { PollerEntry } from './entry.ts';
import { EPOLL } from './epoll.ts';
import { FfiPoller } from './ffi.ts';
import { KQUEUE } from './kqueue.ts';
import { POLL } from './poll.ts';
import { SELECT } from './select.ts';
import type { SelectorKind } from './selector.ts';
import { open as openVirtual } from './virtual.ts';
import { open as openWorker } from './worker.ts';

/** What there is on Node, Bun and Deno. */
export const POLLERS: readonly PollerEntry[] = [
  native(EPOLL),
  native(KQUEUE),
  native(POLL),
  native(SELECT),
  { name: 'worker', missing: null, automatic: true, blocking: true, open: openWorker },
  { name: 'virtual', missing: null, automatic: false, blocking: true, open: openVirtual },
  { name: 'host', missing: null, automatic: false, blocking: false, open: openHost },
];

function openHost(services: LoopServices): HostPoller {
  return new HostPoller(hostOf(undefined), services);
}

/** One that makes the system's calls itself. Nothing is loaded before somebody asks. */
function native(kind: SelectorKind): PollerEntry {
  return {
    name: kind.name,
    get missing() {
      return whyNoSystem() ?? kind.missing(openSystem());
    },
    automatic: true,
    blocking: true,
    open: (services) => new FfiPoller(services, openSystem(), kind),
  };
}

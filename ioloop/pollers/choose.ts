import { outOfRange, UnsupportedError, wrongType } from '../errors.ts';
import { HostPoller } from '../host-loop.ts';
import { LibuvHost } from '../hosts/libuv.ts';
import { openSystem, whyNoSystem } from '../native/system.ts';
import type { LoopServices, Poller, PollerFactory, PollerName } from '../poller.ts';
import { EPOLL } from './epoll.ts';
import { FfiPoller } from './ffi.ts';
import { KQUEUE } from './kqueue.ts';
import { POLL } from './poll.ts';
import { SELECT } from './select.ts';
import type { SelectorKind } from './selector.ts';
import { open as openVirtual } from './virtual.ts';
import { open as openWorker } from './worker.ts';

/** A poller that the loop knows by name. */
export interface PollerEntry {
  readonly name: PollerName;
  /** Why it cannot work here, or null; asked for it may have to load a library. */
  readonly missing: string | null;
  /** Taken by itself when nobody asked for another; the order of the list is the order of preference. */
  readonly automatic: boolean;
  /** Whether it holds the thread; else a host drives the loop. */
  readonly blocking: boolean;
  open(services: LoopServices): Poller;
}

/** A poller that was looked at before the one that was taken, and why it was not. */
export interface NotTaken {
  readonly name: PollerName;
  readonly reason: string;
}
export interface ChosenPoller {
  readonly poller: Poller;
  readonly notTaken: readonly NotTaken[];
}

export const POLLERS: readonly PollerEntry[] = [
  native(EPOLL),
  native(KQUEUE),
  native(POLL),
  native(SELECT),
  { name: 'worker', missing: null, automatic: true, blocking: true, open: openWorker },
  { name: 'virtual', missing: null, automatic: false, blocking: true, open: openVirtual },
  { name: 'host', missing: null, automatic: false, blocking: false, open: openHost },
];

/**
 * Opens the first poller of the first source that says anything: the constructor's option, `configure()`, the
 * environment, the list above.
 * @throws {RangeError} an unknown name
 * @throws {UnsupportedError} nothing of what was asked for works here, with the reasons
 */
export function choosePoller(
  option: PollerName | PollerFactory | undefined,
  configured: PollerName | readonly PollerName[] | PollerFactory | null,
  services: LoopServices,
): ChosenPoller {
  const wanted = option ?? configured ?? environment();
  if (typeof wanted === 'function') return { poller: wanted(services), notTaken: [] };
  return openFirst(wanted === null ? automatic() : entries(wanted), services);
}

/** @throws {RangeError} an unknown name */
export function checkPollerNames(wanted: PollerName | readonly PollerName[]): void {
  entries(wanted);
}

function openFirst(candidates: readonly PollerEntry[], services: LoopServices): ChosenPoller {
  const notTaken: NotTaken[] = [];
  for (const { name, missing, open } of candidates) {
    if (missing !== null) {
      notTaken.push({ name, reason: missing });
      continue;
    }
    try {
      return { poller: open(services), notTaken };
    } catch (error) {
      if (!(error instanceof UnsupportedError)) throw error;
      notTaken.push({ name, reason: error.message });
    }
  }
  const reasons = notTaken.map(({ name, reason }) => `${name}: ${reason}`).join('; ');
  throw new UnsupportedError(`no poller works here (${reasons}); IOLoop.fromHost() needs none`);
}

function entries(wanted: PollerName | readonly PollerName[]): PollerEntry[] {
  const names = typeof wanted === 'string' ? [wanted] : wanted;
  if (!Array.isArray(names)) throw wrongType('poller', 'must be a name, a list of names, or a factory');
  if (names.length === 0) throw outOfRange('poller', `names nothing; these work here: ${working()}`);
  return names.map((name) => {
    const entry = POLLERS.find((known) => known.name === name);
    if (entry === undefined)
      throw outOfRange('poller', `"${String(name)}" is not known; these work here: ${working()}`);
    return entry;
  });
}

function automatic(): readonly PollerEntry[] {
  return POLLERS.filter((entry) => entry.automatic);
}

function working(): string {
  return POLLERS.filter((entry) => entry.missing === null)
    .map((entry) => entry.name)
    .join(', ');
}

/** An empty variable is as good as none. */
function environment(): PollerName | null {
  const name = globalThis.process?.env?.PIKALOOP_POLLER;
  // entries() checks it
  return name === undefined || name === '' ? null : (name as PollerName);
}

function openHost(services: LoopServices): HostPoller {
  return new HostPoller(new LibuvHost(), services);
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

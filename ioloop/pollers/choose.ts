import { outOfRange, UnsupportedError, wrongType } from '../errors.ts';
import type { LoopServices, Poller, PollerFactory, PollerName } from '../poller.ts';
import type { PollerEntry } from './entry.ts';
import { POLLERS } from './known.ts';

/** A poller that was looked at before the one that was taken, and why it was not. */
export interface NotTaken {
  readonly name: PollerName;
  readonly reason: string;
}
export interface ChosenPoller {
  readonly poller: Poller;
  readonly notTaken: readonly NotTaken[];
}

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

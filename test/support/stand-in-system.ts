import type { System, SystemCalls } from '../../ioloop/native/calls.ts';
import type { PlatformFacts } from '../../ioloop/native/platform.ts';

/**
 * A system of which a test plays the C library: the facts of any platform, and the calls that it gives.
 * Every other call throws, so that none is made unseen.
 */
export function standInSystem(facts: PlatformFacts, calls: Partial<SystemCalls>, arch = 'arm64'): System {
  const known: Partial<System> = { ...facts, arch, library: 'koffi', ...calls };
  const handler: ProxyHandler<Partial<System>> = {
    get: (target, name) => {
      if (name in target || OPTIONAL.has(name)) return Reflect.get(target, name);
      throw new Error(`the test's C library has no ${String(name)}`);
    },
  };
  // what is not there throws when it is looked at
  return new Proxy(known, handler) as System;
}

const OPTIONAL: ReadonlySet<string | symbol> = new Set([
  'epoll',
  'kqueue',
  'eventfd',
  'tee',
  'ppoll',
  'then',
  'toJSON',
]);

import { UnsupportedError } from '../errors.ts';
import { openBun } from './bun.ts';
import type { EpollCalls, KqueueCalls, System, SystemCalls } from './calls.ts';
import { darwin } from './darwin.ts';
import { openDeno } from './deno.ts';
import { freebsd } from './freebsd.ts';
import { openKoffi } from './koffi.ts';
import { linux } from './linux.ts';
import { nameLookup } from './name-lookup.ts';
import { openbsd } from './openbsd.ts';
import type { PlatformFacts } from './platform.ts';
import { scatteredWrite } from './scatter.ts';
import {
  type Bound,
  ERRNO_ON_BSD,
  ERRNO_ON_OPENBSD,
  EVERYWHERE,
  type Library,
  ON_BSD,
  ON_LINUX,
  ON_NEW_LINUX,
} from './signatures.ts';

/**
 * The system's calls in this thread, opened at the first call.
 * @throws {UnsupportedError} with the reason: no FFI library, no permission, a system that is not known here
 */
export function openSystem(): System {
  const found = findSystem();
  if (found instanceof UnsupportedError) throw found;
  return found;
}

/** Why `openSystem()` throws here, or null. */
export function whyNoSystem(): string | null {
  const found = findSystem();
  return found instanceof UnsupportedError ? found.message : null;
}

let opened: System | UnsupportedError | undefined;

function findSystem(): System | UnsupportedError {
  opened ??= tryOpen();
  return opened;
}

function tryOpen(): System | UnsupportedError {
  try {
    const facts = platformFacts();
    return assemble(openLibrary(), facts);
  } catch (error) {
    if (error instanceof UnsupportedError) return error;
    return new UnsupportedError(`the system's calls cannot be had: ${(error as Error).message}`, { cause: error });
  }
}

/** @throws {UnsupportedError} with the reason */
function openLibrary(): Library {
  if (process.versions.bun !== undefined) return openBun();
  return 'Deno' in globalThis ? openDeno() : openKoffi();
}

/** @throws {UnsupportedError} a system or machine that is not known here */
function platformFacts(): PlatformFacts {
  const { platform, arch } = process;
  if (!ARCHITECTURES.includes(arch))
    throw new UnsupportedError(`the layouts of ${platform} on ${arch} are not known here`);
  if (platform === 'linux') return linux(arch);
  if (platform === 'darwin') return darwin();
  if (platform === 'freebsd') return freebsd();
  if (platform === 'openbsd') return openbsd();
  throw new UnsupportedError(`${platform} has no file descriptors to wait for`);
}

/** 64 bits, little-endian. */
const ARCHITECTURES: readonly string[] = ['x64', 'arm64', 'riscv64', 'loong64'];

/** Every call is the bound function itself where that is possible: a wrapper would be paid for in each of them. */
function assemble(library: Library, facts: PlatformFacts): System {
  const c = library.bind(EVERYWHERE);
  const calls = {
    ...c,
    errno: library.errno ?? errnoFromMemory(library, facts, c),
    writev: scatteredWrite(library, c),
    getaddrinfo: nameLookup(c, facts),
  };
  const own = facts.platform === 'linux' ? linuxCalls(library, calls.errno) : { kqueue: kqueueCalls(library) };
  return { ...calls, ...own, ...facts, arch: process.arch, library: library.name };
}

function linuxCalls(library: Library, errno: () => number): Pick<SystemCalls, 'epoll' | 'eventfd' | 'tee' | 'ppoll'> {
  const c = library.bind(ON_LINUX);
  const epoll: EpollCalls = {
    create: c.epoll_create1,
    ctl: c.epoll_ctl,
    wait: c.epoll_wait,
    ...preciseWait(library, errno),
  };
  return {
    epoll,
    eventfd: c.eventfd,
    tee: c.tee,
    ppoll: (fds, count, timespec) => c.ppoll(fds, count, timespec, null),
  };
}

function preciseWait(library: Library, errno: () => number): Pick<EpollCalls, 'pwait2'> {
  let c: Bound<typeof ON_NEW_LINUX>;
  try {
    c = library.bind(ON_NEW_LINUX);
  } catch {
    return {};
  }
  // the C library has it; so has the kernel, if it finds fault with the fd
  const works = c.epoll_pwait2(-1, new Uint8Array(16), 1, null, null) === -1 && errno() === EBADF;
  return works ? { pwait2: (ep, events, max, timespec) => c.epoll_pwait2(ep, events, max, timespec, null) } : {};
}

const EBADF = 9;

function kqueueCalls(library: Library): KqueueCalls {
  const c = library.bind(ON_BSD);
  return { create: c.kqueue, kevent: c.kevent };
}

/** From the place where the C library keeps it for this thread. */
function errnoFromMemory(
  library: Library,
  facts: PlatformFacts,
  c: Pick<Bound<typeof EVERYWHERE>, 'memcpy'>,
): () => number {
  const at = errnoAddress(library, facts);
  const value = new Int32Array(1);
  return () => {
    c.memcpy(value, at, 4);
    return value[0] ?? 0;
  };
}

function errnoAddress(library: Library, { platform }: PlatformFacts): bigint {
  if (platform === 'linux') return library.bind(ON_LINUX).__errno_location();
  if (platform === 'openbsd') return library.bind(ERRNO_ON_OPENBSD).__errno();
  return library.bind(ERRNO_ON_BSD).__error();
}

import { createRequire } from 'node:module';
import { UnsupportedError } from '../errors.ts';
import type { CFunction } from './c-library.ts';
import type { Bound, CType, Library, Signature, Signatures } from './signatures.ts';

/**
 * Through koffi, an optional package of npm.
 * @throws {UnsupportedError} it is not installed, or does not run on this machine
 */
export function openKoffi(): Library {
  const koffi = load();
  const c = koffi.load(null);
  return {
    name: 'koffi',
    bind: <S extends Signatures>(signatures: S) => bindAll(c, signatures),
    address: (bytes) => koffi.address(bytes),
    errno: koffi.errno,
  };
}

interface KoffiLibrary {
  func(name: string, result: string, parameters: readonly string[]): CFunction;
}
interface Koffi {
  load(path: string | null): KoffiLibrary;
  address(bytes: Uint8Array): bigint;
  errno(): number;
}

const NAMES: Readonly<Record<CType, string>> = {
  int: 'int',
  size: 'size_t',
  ssize: 'intptr_t',
  address: 'uintptr_t',
  bytes: 'void *',
  none: 'void',
};

function load(): Koffi {
  try {
    return createRequire(import.meta.url)('koffi') as Koffi;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const missing = code === 'MODULE_NOT_FOUND';
    const text = missing ? 'it needs the package koffi: npm install koffi' : `koffi does not load here: ${message}`;
    throw new UnsupportedError(text, { cause: error });
  }
}

function bindAll<S extends Signatures>(c: KoffiLibrary, signatures: S): Bound<S> {
  const bound: Record<string, CFunction> = {};
  for (const [name, signature] of Object.entries(signatures)) bound[name] = bindOne(c, name, signature);
  // the table's types are those of its functions: that is what NAMES says
  return bound as unknown as Bound<S>;
}

function bindOne(c: KoffiLibrary, name: string, { result, parameters, variadic }: Signature): CFunction {
  const types = parameters.map((type) => NAMES[type]);
  if (variadic === undefined) return c.func(name, NAMES[result], types);
  const last = types.pop();
  const call = c.func(name, NAMES[result], [...types, '...']);
  return (first, second, third) => call(first, second, last, third);
}

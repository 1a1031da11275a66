import {
  bindTable,
  type CFunction,
  findCLibrary,
  type LibraryOpener,
  type NamedTypes,
  THIS_MACHINE,
} from './c-library.ts';
import type { Library } from './signatures.ts';

/**
 * Through `bun:ffi`.
 * @throws {UnsupportedError} the C library is not where it is looked for
 */
export function openBun(): Library {
  // the runtime's own module, which Node's declarations do not know
  const ffi = process.getBuiltinModule('bun:ffi') as unknown as BunFfi;
  const opener: LibraryOpener = {
    machine: THIS_MACHINE,
    types: TYPES,
    open: (path, table) => ffi.dlopen(path, translate(table)).symbols,
  };
  const path = findCLibrary(opener);
  return {
    name: 'bun',
    bind: (signatures) => bindTable(opener, path, signatures),
    address: (bytes) => BigInt(ffi.ptr(bytes)),
    errno: null,
  };
}

interface BunFfi {
  dlopen(path: string, table: Record<string, BunSignature>): { readonly symbols: Record<string, CFunction> };
  ptr(bytes: Uint8Array): number;
}
interface BunSignature {
  readonly args: readonly string[];
  readonly returns: string;
}

// a count that fits 32 bits is read as such: 64 would come as a bigint
const TYPES: LibraryOpener['types'] = {
  int: 'i32',
  size: 'u64',
  ssize: 'i32',
  address: 'u64',
  bytes: 'ptr',
  none: 'void',
};

function translate(table: Readonly<Record<string, NamedTypes>>): Record<string, BunSignature> {
  const entries = Object.entries(table).map(([name, { parameters, result }]) => [
    name,
    { args: parameters, returns: result },
  ]);
  return Object.fromEntries(entries);
}

import { UnsupportedError } from '../errors.ts';
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
 * Through `Deno.dlopen`.
 * @throws {UnsupportedError} not allowed, or the C library is not where it is looked for
 */
export function openDeno(): Library {
  // Node's declarations do not know it
  const { Deno } = globalThis as unknown as { Deno: DenoFfi };
  // asked before it is used, because using it would ask the person at the terminal
  if (Deno.permissions.querySync({ name: 'ffi' }).state !== 'granted')
    throw new UnsupportedError('it needs the permission to call C: --allow-ffi');
  const opener: LibraryOpener = {
    machine: THIS_MACHINE,
    types: TYPES,
    open: (path, table) => Deno.dlopen(path, table).symbols,
  };
  const path = findCLibrary(opener);
  return {
    name: 'deno',
    bind: (signatures) => bindTable(opener, path, signatures),
    address: (bytes) => Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes)),
    errno: null,
  };
}

interface DenoFfi {
  readonly permissions: { querySync(permission: { name: 'ffi' }): { readonly state: string } };
  dlopen(path: string, table: Readonly<Record<string, NamedTypes>>): { readonly symbols: Record<string, CFunction> };
  readonly UnsafePointer: { of(bytes: Uint8Array): object | null; value(pointer: object | null): bigint };
}

// a count that fits 32 bits is read as such: 64 would come as a bigint
const TYPES: LibraryOpener['types'] = {
  int: 'i32',
  size: 'usize',
  ssize: 'i32',
  address: 'usize',
  bytes: 'buffer',
  none: 'void',
};

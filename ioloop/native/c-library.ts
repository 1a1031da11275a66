import { UnsupportedError } from '../errors.ts';
import type { Bound, CType, Signature, Signatures } from './signatures.ts';

export type CFunction = (...values: unknown[]) => unknown;

/** How `bun:ffi` and `Deno.dlopen` are used: a file of the system, and a table of what is wanted of it. */
export interface LibraryOpener {
  /** As `linux-x64`. */
  readonly machine: string;
  /** Names of the types. */
  readonly types: Readonly<Record<CType, string>>;
  /** @throws Error the file or one of the functions is not there */
  open(path: string, table: Readonly<Record<string, NamedTypes>>): Record<string, CFunction>;
}

export interface NamedTypes {
  readonly parameters: readonly string[];
  readonly result: string;
}

/**
 * The file that the C library is in.
 * @throws {UnsupportedError} it is none of those that are known
 */
export function findCLibrary(opener: LibraryOpener): string {
  const close = { close: named(opener, { result: 'int', parameters: ['int'] }) };
  const problems: string[] = [];
  for (const path of candidates(opener.machine)) {
    try {
      opener.open(path, close);
      return path;
    } catch (error) {
      problems.push((error as Error).message);
    }
  }
  throw new UnsupportedError(`the C library does not open: ${problems.join('; ')}`);
}

/** @throws Error one of the functions is not there */
export function bindTable<S extends Signatures>(opener: LibraryOpener, path: string, signatures: S): Bound<S> {
  const table: Record<string, NamedTypes> = {};
  for (const [name, signature] of Object.entries(signatures)) table[name] = named(opener, signature);
  const functions = { ...opener.open(path, table) };
  for (const [name, signature] of Object.entries(signatures)) {
    const call = functions[name];
    if (onStack(opener, signature) && call !== undefined) functions[name] = pastRegisters(call);
  }
  // the table's types are those of its functions: that is what `types` says
  return functions as unknown as Bound<S>;
}

function named(opener: LibraryOpener, signature: Signature): NamedTypes {
  const { types } = opener;
  const parameters = signature.parameters.map((type) => types[type]);
  if (onStack(opener, signature)) parameters.splice(2, 1, ...new Array<string>(REGISTERS - 2 + 1).fill(types.size));
  return { parameters, result: types[signature.result] };
}

/**
 * On Apple's arm64 alone C's `...` are passed on the stack. Neither library knows of `...`: the parameters before the
 * third fill the registers.
 */
function onStack({ machine }: LibraryOpener, { variadic }: Signature): boolean {
  return variadic === true && machine === 'darwin-arm64';
}

function pastRegisters(call: CFunction): CFunction {
  return (first, second, third) => call(first, second, 0, 0, 0, 0, 0, 0, third);
}

/** For parameters, on arm64. */
const REGISTERS = 8;

function candidates(machine: string): readonly string[] {
  const [platform, arch = ''] = machine.split('-');
  if (platform === 'darwin') return ['/usr/lib/libSystem.B.dylib'];
  if (platform === 'freebsd') return ['libc.so.7'];
  return ['libc.so.6', `libc.musl-${MUSL_NAMES[arch] ?? arch}.so.1`];
}

const MUSL_NAMES: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64', loong64: 'loongarch64' };

export const THIS_MACHINE: string = `${process.platform}-${process.arch}`;

import { expect } from 'chai';
import { bindTable, findCLibrary, type LibraryOpener, type NamedTypes } from '../../../ioloop/native/c-library.ts';

const TYPES = { int: 'i32', size: 'usize', ssize: 'i32', address: 'usize', bytes: 'buffer', none: 'void' };
const FCNTL = { fcntl: { result: 'int', parameters: ['int', 'int', 'int'], variadic: true } } as const;

/** Opens the given file alone, and has every function return its arguments. */
function recorder(machine: string, file: string): LibraryOpener & { readonly tables: Record<string, NamedTypes>[] } {
  const tables: Record<string, NamedTypes>[] = [];
  return {
    machine,
    types: TYPES,
    tables,
    open(path, table) {
      if (path !== file) throw new Error(`no ${path}`);
      tables.push(table);
      return Object.fromEntries(Object.keys(table).map((name) => [name, (...values: unknown[]) => values]));
    },
  };
}

describe('the C library of Bun and Deno', () => {
  for (const [machine, file] of [
    ['linux-x64', 'libc.so.6'],
    ['linux-x64', 'libc.musl-x86_64.so.1'],
    ['linux-arm64', 'libc.musl-aarch64.so.1'],
    ['darwin-arm64', '/usr/lib/libSystem.B.dylib'],
    ['freebsd-x64', 'libc.so.7'],
  ] as const) {
    it(`is ${file} on a ${machine}`, () => {
      expect(findCLibrary(recorder(machine, file))).to.equal(file);
    });
  }

  it('says what was tried where there is none', () => {
    const find = (): string => findCLibrary(recorder('linux-riscv64', 'another'));
    expect(find)
      .to.throw('the C library does not open: no libc.so.6; no libc.musl-riscv64.so.1')
      .with.property('code', 'UNSUPPORTED');
  });

  it('is given the last argument of fcntl in its place', () => {
    const opener = recorder('linux-arm64', 'libc.so.6');
    const { fcntl } = bindTable(opener, 'libc.so.6', FCNTL);
    expect(opener.tables[0]?.fcntl).to.deep.equal({ parameters: ['i32', 'i32', 'i32'], result: 'i32' });
    expect(fcntl(3, 4, 5)).to.deep.equal([3, 4, 5]);
  });

  it("is given it on the stack, behind the eight registers, on Apple's arm64", () => {
    const opener = recorder('darwin-arm64', '/usr/lib/libSystem.B.dylib');
    const { fcntl } = bindTable(opener, '/usr/lib/libSystem.B.dylib', FCNTL);
    const parameters = ['i32', 'i32', ...new Array(6).fill('usize'), 'usize'];
    expect(opener.tables[0]?.fcntl).to.deep.equal({ parameters, result: 'i32' });
    expect(fcntl(3, 4, 5)).to.deep.equal([3, 4, 0, 0, 0, 0, 0, 0, 5]);
  });
});

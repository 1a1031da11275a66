/**
 * What a value is in C.
 * - `int`: 32 bits with a sign; `size`: an unsigned 64-bit number that fits a safe integer;
 * - `ssize`: -1 or a count of bytes below 2^31; `address`: a number of 64 bits, a bigint where it is a result;
 * - `bytes`: the address of a typed array's first byte, or NULL;
 * - `none`: a result that there is not, or that nobody looks at.
 */
export type CType = 'int' | 'size' | 'ssize' | 'address' | 'bytes' | 'none';

export interface Signature {
  readonly result: CType;
  readonly parameters: readonly CType[];
  /** The last parameter is one of C's `...`. */
  readonly variadic?: true;
}

/** The functions of the C library that are used on every system. */
export const EVERYWHERE = {
  close: { result: 'int', parameters: ['int'] },
  read: { result: 'ssize', parameters: ['int', 'bytes', 'size'] },
  write: { result: 'ssize', parameters: ['int', 'bytes', 'size'] },
  send: { result: 'ssize', parameters: ['int', 'bytes', 'size', 'int'] },
  writev: { result: 'ssize', parameters: ['int', 'bytes', 'int'] },
  recv: { result: 'ssize', parameters: ['int', 'bytes', 'size', 'int'] },
  socket: { result: 'int', parameters: ['int', 'int', 'int'] },
  bind: { result: 'int', parameters: ['int', 'bytes', 'int'] },
  listen: { result: 'int', parameters: ['int', 'int'] },
  accept: { result: 'int', parameters: ['int', 'bytes', 'bytes'] },
  connect: { result: 'int', parameters: ['int', 'bytes', 'int'] },
  shutdown: { result: 'int', parameters: ['int', 'int'] },
  getsockopt: { result: 'int', parameters: ['int', 'int', 'int', 'bytes', 'bytes'] },
  setsockopt: { result: 'int', parameters: ['int', 'int', 'int', 'bytes', 'int'] },
  getsockname: { result: 'int', parameters: ['int', 'bytes', 'bytes'] },
  getpeername: { result: 'int', parameters: ['int', 'bytes', 'bytes'] },
  fcntl: { result: 'int', parameters: ['int', 'int', 'int'], variadic: true },
  dup2: { result: 'int', parameters: ['int', 'int'] },
  pipe: { result: 'int', parameters: ['bytes'] },
  socketpair: { result: 'int', parameters: ['int', 'int', 'int', 'bytes'] },
  poll: { result: 'int', parameters: ['bytes', 'size', 'int'] },
  select: { result: 'int', parameters: ['int', 'bytes', 'bytes', 'bytes', 'bytes'] },
  getaddrinfo: { result: 'int', parameters: ['bytes', 'bytes', 'bytes', 'bytes'] },
  freeaddrinfo: { result: 'none', parameters: ['address'] },
  memcpy: { result: 'none', parameters: ['bytes', 'address', 'size'] },
} as const;

export const ON_LINUX = {
  __errno_location: { result: 'address', parameters: [] },
  epoll_create1: { result: 'int', parameters: ['int'] },
  epoll_ctl: { result: 'int', parameters: ['int', 'int', 'int', 'bytes'] },
  epoll_wait: { result: 'int', parameters: ['int', 'bytes', 'int', 'int'] },
  ppoll: { result: 'int', parameters: ['bytes', 'size', 'bytes', 'bytes'] },
  eventfd: { result: 'int', parameters: ['int', 'int'] },
  tee: { result: 'ssize', parameters: ['int', 'int', 'size', 'int'] },
} as const;

/** What a Linux may lack. */
export const ON_NEW_LINUX = {
  epoll_pwait2: { result: 'int', parameters: ['int', 'bytes', 'int', 'bytes', 'bytes'] },
} as const;

export const ON_BSD = {
  kqueue: { result: 'int', parameters: [] },
  kevent: { result: 'int', parameters: ['int', 'bytes', 'int', 'bytes', 'int', 'bytes'] },
} as const;

export const ERRNO_ON_BSD = { __error: { result: 'address', parameters: [] } } as const;
export const ERRNO_ON_OPENBSD = { __errno: { result: 'address', parameters: [] } } as const;

export type Signatures = Readonly<Record<string, Signature>>;

/** The functions of a table, as they are called from here. */
export type Bound<S extends Signatures> = {
  readonly [Name in keyof S]: (...parameters: Values<S[Name]['parameters']>) => Results[S[Name]['result']];
};

/** One table of the functions of this system, whichever it is. */
export interface Library {
  readonly name: 'koffi' | 'bun' | 'deno';
  /** @throws Error when the C library does not have one of them */
  bind<S extends Signatures>(signatures: S): Bound<S>;
  /** Where the first byte of `bytes` lies; for as long as they are referred to. */
  address(bytes: Uint8Array): bigint;
  /** `errno` after the last call; null when the library does not keep it. */
  readonly errno: (() => number) | null;
}

type Values<P extends readonly CType[]> = { -readonly [Index in keyof P]: Value[P[Index]] };
interface Value {
  int: number;
  size: number;
  ssize: number;
  address: bigint;
  bytes: Bytes | null;
  none: never;
}
interface Results {
  int: number;
  size: number;
  ssize: number;
  address: bigint;
  bytes: never;
  none: undefined;
}
type Bytes = Uint8Array | Int32Array | BigUint64Array;

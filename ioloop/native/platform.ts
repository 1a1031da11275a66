/** What differs between the systems: numbers and places of fields, as their headers for 64-bit machines have them. */
export interface PlatformFacts {
  readonly platform: PlatformName;
  readonly constants: Constants;
  /** Those of the constants that `errno` may be. */
  readonly errors: ErrorNumbers;
  readonly layout: Layout;
}

export type PlatformName = 'linux' | 'darwin' | 'freebsd' | 'openbsd';

/** Numbers of the C headers, by their names there. 0 = a flag that this system does not have. */
export type Constants = typeof SHARED_CONSTANTS & PlatformConstants & ErrorNumbers;
export type ErrorNumbers = typeof SHARED_ERRORS & PlatformErrors;

/** Bytes and places of fields, all in the machine's byte order, which is little-endian. */
export interface Layout {
  /** `sa_len` is the first byte of an address, and the family a byte instead of a 16-bit word. */
  readonly addressHasLength: boolean;
  /** Bytes of the longest address of a Unix socket with its header. */
  readonly unixAddressSize: number;
  readonly addrinfo: { readonly address: number; readonly next: number; readonly size: number };
  /** `epoll_event`; null where there is no epoll. */
  readonly epollEvent: { readonly data: number; readonly size: number } | null;
  /** `kevent`: 64-bit ident at 0, then filter, flags, fflags, data and udata; null where there is no kqueue. */
  readonly kevent: KeventLayout | null;
}

export interface KeventLayout {
  readonly ident: 0;
  readonly filter: 8;
  readonly flags: 10;
  readonly fflags: 12;
  readonly data: 16;
  readonly udata: 24;
  readonly size: number;
}

/** The fields that all systems with kqueue agree on. */
export const KEVENT: Omit<KeventLayout, 'size'> = { ident: 0, filter: 8, flags: 10, fflags: 12, data: 16, udata: 24 };

interface PlatformErrors {
  readonly EAGAIN: number;
  readonly EINPROGRESS: number;
  readonly EALREADY: number;
  readonly EISCONN: number;
  readonly ENOTCONN: number;
  readonly ECONNREFUSED: number;
  readonly ECONNRESET: number;
  readonly ECONNABORTED: number;
  readonly ETIMEDOUT: number;
  readonly EHOSTUNREACH: number;
  readonly ENETUNREACH: number;
  readonly EADDRINUSE: number;
  readonly EADDRNOTAVAIL: number;
  readonly EAFNOSUPPORT: number;
  readonly ENOTSOCK: number;
  readonly ENOBUFS: number;
  readonly ENOSYS: number;
}

interface PlatformConstants {
  readonly EAI_NONAME: number;
  readonly EAI_AGAIN: number;
  readonly AI_NUMERICHOST: number;
  readonly AF_INET6: number;
  readonly SOCK_NONBLOCK: number;
  readonly SOCK_CLOEXEC: number;
  readonly MSG_DONTWAIT: number;
  readonly MSG_NOSIGNAL: number;
  readonly SOL_SOCKET: number;
  readonly SO_REUSEADDR: number;
  readonly SO_ERROR: number;
  readonly SO_KEEPALIVE: number;
  readonly SO_LINGER: number;
  readonly SO_SNDBUF: number;
  readonly SO_RCVBUF: number;
  readonly SO_NOSIGPIPE: number;
  readonly TCP_KEEPIDLE: number;
  readonly TCP_KEEPINTVL: number;
  readonly TCP_KEEPCNT: number;
  readonly TCP_USER_TIMEOUT: number;
  readonly O_NONBLOCK: number;
  readonly F_DUPFD_CLOEXEC: number;
  readonly POLLRDHUP: number;
  readonly EVFILT_USER: number;
}

/** The same on every system that is known here. */
export const SHARED_ERRORS = {
  EPERM: 1,
  ENOENT: 2,
  EINTR: 4,
  EBADF: 9,
  ENOMEM: 12,
  EACCES: 13,
  EEXIST: 17,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  EPIPE: 32,
} as const;

/** The same on every system that is known here; those of epoll and kqueue wherever there is one. */
export const SHARED_CONSTANTS = {
  AF_UNSPEC: 0,
  AF_UNIX: 1,
  AF_INET: 2,
  SOCK_STREAM: 1,
  SOCK_DGRAM: 2,
  IPPROTO_TCP: 6,
  TCP_NODELAY: 1,
  MSG_PEEK: 2,
  SHUT_RD: 0,
  SHUT_WR: 1,
  SHUT_RDWR: 2,
  F_GETFD: 1,
  F_SETFD: 2,
  F_GETFL: 3,
  F_SETFL: 4,
  FD_CLOEXEC: 1,
  /** What `select` can watch: numbers below it. */
  FD_SETSIZE: 1024,
  POLLIN: 1,
  POLLPRI: 2,
  POLLOUT: 4,
  POLLERR: 8,
  POLLHUP: 16,
  POLLNVAL: 32,
  EPOLLIN: 1,
  EPOLLPRI: 2,
  EPOLLOUT: 4,
  EPOLLERR: 8,
  EPOLLHUP: 16,
  EPOLLRDHUP: 0x2000,
  EPOLL_CTL_ADD: 1,
  EPOLL_CTL_DEL: 2,
  EPOLL_CTL_MOD: 3,
  EPOLL_CLOEXEC: 0x80000,
  EFD_NONBLOCK: 0x800,
  EFD_CLOEXEC: 0x80000,
  SPLICE_F_NONBLOCK: 2,
  EVFILT_READ: -1,
  EVFILT_WRITE: -2,
  EVFILT_SIGNAL: -6,
  EVFILT_TIMER: -7,
  EV_ADD: 1,
  EV_DELETE: 2,
  EV_ENABLE: 4,
  EV_DISABLE: 8,
  EV_ONESHOT: 0x10,
  EV_CLEAR: 0x20,
  EV_RECEIPT: 0x40,
  EV_ERROR: 0x4000,
  EV_EOF: 0x8000,
  NOTE_TRIGGER: 0x01000000,
} as const;

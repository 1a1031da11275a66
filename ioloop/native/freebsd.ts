import {
  type Constants,
  type ErrorNumbers,
  KEVENT,
  type PlatformFacts,
  SHARED_CONSTANTS,
  SHARED_ERRORS,
} from './platform.ts';

export function freebsd(): PlatformFacts {
  return {
    platform: 'freebsd',
    constants: FREEBSD,
    errors: ERRORS,
    layout: {
      addressHasLength: true,
      unixAddressSize: 106,
      addrinfo: { address: 32, next: 40, size: 48 },
      epollEvent: null,
      // four words for its own use follow, from release 12 on
      kevent: { ...KEVENT, size: 64 },
    },
  };
}

const ERRORS: ErrorNumbers = {
  ...SHARED_ERRORS,
  EAGAIN: 35,
  EINPROGRESS: 36,
  EALREADY: 37,
  EISCONN: 56,
  ENOTCONN: 57,
  ECONNREFUSED: 61,
  ECONNRESET: 54,
  ECONNABORTED: 53,
  ETIMEDOUT: 60,
  EHOSTUNREACH: 65,
  ENETUNREACH: 51,
  EADDRINUSE: 48,
  EADDRNOTAVAIL: 49,
  EAFNOSUPPORT: 47,
  ENOTSOCK: 38,
  ENOBUFS: 55,
  ENOSYS: 78,
};

const FREEBSD: Constants = {
  ...SHARED_CONSTANTS,
  ...ERRORS,
  EAI_NONAME: 8,
  EAI_AGAIN: 2,
  AI_NUMERICHOST: 4,
  AF_INET6: 28,
  SOCK_NONBLOCK: 0x20000000,
  SOCK_CLOEXEC: 0x10000000,
  MSG_DONTWAIT: 0x80,
  MSG_NOSIGNAL: 0x20000,
  SOL_SOCKET: 0xffff,
  SO_REUSEADDR: 4,
  SO_ERROR: 0x1007,
  SO_KEEPALIVE: 8,
  SO_LINGER: 0x80,
  SO_SNDBUF: 0x1001,
  SO_RCVBUF: 0x1002,
  SO_NOSIGPIPE: 0x800,
  TCP_KEEPIDLE: 256,
  TCP_KEEPINTVL: 512,
  TCP_KEEPCNT: 1024,
  TCP_USER_TIMEOUT: 0,
  O_NONBLOCK: 4,
  F_DUPFD_CLOEXEC: 17,
  POLLRDHUP: 0x4000,
  EVFILT_USER: -11,
};

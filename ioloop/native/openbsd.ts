import {
  type Constants,
  type ErrorNumbers,
  KEVENT,
  type PlatformFacts,
  SHARED_CONSTANTS,
  SHARED_ERRORS,
} from './platform.ts';

export function openbsd(): PlatformFacts {
  return {
    platform: 'openbsd',
    constants: OPENBSD,
    errors: ERRORS,
    layout: {
      addressHasLength: true,
      unixAddressSize: 106,
      addrinfo: { address: 24, next: 40, size: 48 },
      epollEvent: null,
      kevent: { ...KEVENT, size: 32 },
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

const OPENBSD: Constants = {
  ...SHARED_CONSTANTS,
  ...ERRORS,
  EAI_NONAME: -2,
  EAI_AGAIN: -3,
  AI_NUMERICHOST: 4,
  AF_INET6: 24,
  SOCK_NONBLOCK: 0x4000,
  SOCK_CLOEXEC: 0x8000,
  MSG_DONTWAIT: 0x80,
  MSG_NOSIGNAL: 0x400,
  SOL_SOCKET: 0xffff,
  SO_REUSEADDR: 4,
  SO_ERROR: 0x1007,
  SO_KEEPALIVE: 8,
  SO_LINGER: 0x80,
  SO_SNDBUF: 0x1001,
  SO_RCVBUF: 0x1002,
  SO_NOSIGPIPE: 0,
  // times between probes are the system's own setting there
  TCP_KEEPIDLE: 0,
  TCP_KEEPINTVL: 0,
  TCP_KEEPCNT: 0,
  TCP_USER_TIMEOUT: 0,
  O_NONBLOCK: 4,
  F_DUPFD_CLOEXEC: 10,
  POLLRDHUP: 0,
  // there is none before release 7.7: a pipe wakes a loop there
  EVFILT_USER: 0,
};

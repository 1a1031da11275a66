import {
  type Constants,
  type ErrorNumbers,
  KEVENT,
  type PlatformFacts,
  SHARED_CONSTANTS,
  SHARED_ERRORS,
} from './platform.ts';

export function darwin(): PlatformFacts {
  return {
    platform: 'darwin',
    constants: DARWIN,
    errors: ERRORS,
    layout: {
      addressHasLength: true,
      unixAddressSize: 106,
      addrinfo: { address: 32, next: 40, size: 48 },
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

const DARWIN: Constants = {
  ...SHARED_CONSTANTS,
  ...ERRORS,
  EAI_NONAME: 8,
  EAI_AGAIN: 2,
  AI_NUMERICHOST: 4,
  AF_INET6: 30,
  SOCK_NONBLOCK: 0,
  SOCK_CLOEXEC: 0,
  MSG_DONTWAIT: 0x80,
  // from macOS 14.4 there is one; SO_NOSIGPIPE works on all
  MSG_NOSIGNAL: 0,
  SOL_SOCKET: 0xffff,
  SO_REUSEADDR: 4,
  SO_ERROR: 0x1007,
  SO_KEEPALIVE: 8,
  // SO_LINGER itself counts in ticks of the clock; this is SO_LINGER_SEC
  SO_LINGER: 0x1080,
  SO_SNDBUF: 0x1001,
  SO_RCVBUF: 0x1002,
  SO_NOSIGPIPE: 0x1022,
  // TCP_KEEPALIVE by its name there
  TCP_KEEPIDLE: 0x10,
  TCP_KEEPINTVL: 0x101,
  TCP_KEEPCNT: 0x102,
  TCP_USER_TIMEOUT: 0,
  O_NONBLOCK: 4,
  F_DUPFD_CLOEXEC: 67,
  POLLRDHUP: 0,
  EVFILT_USER: -10,
};

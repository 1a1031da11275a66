import { type Constants, type ErrorNumbers, type PlatformFacts, SHARED_CONSTANTS, SHARED_ERRORS } from './platform.ts';

export function linux(arch: string): PlatformFacts {
  return {
    platform: 'linux',
    constants: LINUX,
    errors: ERRORS,
    layout: {
      addressHasLength: false,
      unixAddressSize: 110,
      addrinfo: { address: 24, next: 40, size: 48 },
      // packed on x86-64, for the sake of 32-bit programs there
      epollEvent: arch === 'x64' ? { data: 4, size: 12 } : { data: 8, size: 16 },
      kevent: null,
    },
  };
}

const ERRORS: ErrorNumbers = {
  ...SHARED_ERRORS,
  EAGAIN: 11,
  EINPROGRESS: 115,
  EALREADY: 114,
  EISCONN: 106,
  ENOTCONN: 107,
  ECONNREFUSED: 111,
  ECONNRESET: 104,
  ECONNABORTED: 103,
  ETIMEDOUT: 110,
  EHOSTUNREACH: 113,
  ENETUNREACH: 101,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  EAFNOSUPPORT: 97,
  ENOTSOCK: 88,
  ENOBUFS: 105,
  ENOSYS: 38,
};

const LINUX: Constants = {
  ...SHARED_CONSTANTS,
  ...ERRORS,
  EAI_NONAME: -2,
  EAI_AGAIN: -3,
  AI_NUMERICHOST: 4,
  AF_INET6: 10,
  SOCK_NONBLOCK: 0x800,
  SOCK_CLOEXEC: 0x80000,
  MSG_DONTWAIT: 0x40,
  MSG_NOSIGNAL: 0x4000,
  SOL_SOCKET: 1,
  SO_REUSEADDR: 2,
  SO_ERROR: 4,
  SO_KEEPALIVE: 9,
  SO_LINGER: 13,
  SO_SNDBUF: 7,
  SO_RCVBUF: 8,
  SO_NOSIGPIPE: 0,
  TCP_KEEPIDLE: 4,
  TCP_KEEPINTVL: 5,
  TCP_KEEPCNT: 6,
  TCP_USER_TIMEOUT: 18,
  O_NONBLOCK: 0x800,
  F_DUPFD_CLOEXEC: 1030,
  POLLRDHUP: 0x2000,
  EVFILT_USER: 0,
};

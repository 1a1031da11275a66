import type { Parameters } from './parameters.ts';

type TcpOptions = Parameters['tcpOptions'];

/** @returns milliseconds of silence after which TCP asks whether the peer is there; null = it never does */
export function keepAliveIdle(options: TcpOptions): number | null {
  if (options === null) return null;
  const idle = options.TCP_KEEPIDLE;
  if (typeof idle === 'number') return idle * 1000;
  return 'TCP_KEEPCNT' in options || 'TCP_KEEPINTVL' in options ? SYSTEM_KEEPIDLE : null;
}

/** What of the options cannot be done, one sentence each: the runtimes let a program set the idle time alone. */
export function tcpWarnings(options: TcpOptions): string[] {
  return Object.keys(options ?? {}).flatMap((name) => {
    if (name === 'TCP_KEEPIDLE') return [];
    if (name === 'TCP_KEEPCNT' || name === 'TCP_KEEPINTVL') {
      return [
        `tcpOptions: ${name} turns keep-alive on, but its value is the system's: no runtime lets a program set it`,
      ];
    }
    const known =
      name === 'TCP_USER_TIMEOUT' ? 'cannot be set here; a heartbeat finds a dead peer too' : 'is not known';
    return [`tcpOptions: ${name} ${known}`];
  });
}

/** What Linux waits before it asks, in milliseconds, where the idle time is not given. */
const SYSTEM_KEEPIDLE = 7_200_000;

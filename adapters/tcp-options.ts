import type { Parameters } from './parameters.ts';

type TcpOptions = Parameters['tcpOptions'];

/** @returns milliseconds of silence after which TCP asks whether the peer is there; null = it never does */
export function keepAliveIdle(options: TcpOptions): number | null {
  if (options === null) return null;
  const idle = options.TCP_KEEPIDLE;
  if (typeof idle === 'number') return idle * 1000;
  return 'TCP_KEEPCNT' in options || 'TCP_KEEPINTVL' in options ? SYSTEM_KEEPIDLE : null;
}

/** What Linux waits before it asks, in milliseconds, where the idle time is not given. */
const SYSTEM_KEEPIDLE = 7_200_000;

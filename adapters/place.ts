import { shownUrl } from '../ioloop/index.ts';
import type { Parameters } from './parameters.ts';

/** The fields that say where a connection leads to. */
export function placeOf({ host, port, socketPath, webSocket }: Parameters): object {
  if (webSocket !== null) return { webSocket: shownUrl(webSocket) };
  return socketPath === null ? { host, port } : { socketPath };
}

/** Where a connection leads to, as logs show it. */
export function placeText({ host, port, socketPath, webSocket }: Parameters): string {
  if (webSocket !== null) return shownUrl(webSocket);
  return socketPath ?? `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

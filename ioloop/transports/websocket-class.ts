import { createRequire } from 'node:module';
import { UnsupportedError } from '../errors.ts';
import type { WebSocketClass } from './websocket.ts';

/** The runtime's own, else that of the package `ws`. @throws {UnsupportedError} there is none */
export function webSocketClass(): WebSocketClass {
  const own = (globalThis as { WebSocket?: WebSocketClass }).WebSocket;
  if (own !== undefined) return own;
  try {
    // as an import it would have to be awaited, and connect() does not wait
    return createRequire(import.meta.url)('ws') as WebSocketClass; // its default export is one
  } catch (error) {
    throw new UnsupportedError(
      'this runtime has no WebSocket: Node has one from 22 on, and `npm install ws` brings one',
      {
        cause: error,
      },
    );
  }
}

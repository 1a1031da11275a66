/**
 * The package's door in a browser. Connections go through a WebSocketBridge: the parameter `webSocket` has its URL. In a window
 * `connect()` and `ExternalLoopConnection` live on the browser's own loop; in a dedicated worker of an isolated page, after
 * `await prepareToBlock()`, `SelectConnection` and `BlockingConnection` work too.
 */
export * from './portable.ts';

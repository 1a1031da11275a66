// What a loop has in every place that it can run in.
export {
  IOLoopError,
  KeyboardInterrupt,
  LoopClosedError,
  LoopTimeoutError,
  MicrotaskDeadlockError,
  NotBlockingError,
  UnsupportedError,
  VirtualDeadlockError,
  WebSocketError,
} from './errors.ts';
export type { HostLoop, HostName } from './host.ts';
export { BrowserHost, type BrowserHostOptions } from './hosts/browser.ts';
export { hostOf } from './hosts/named.ts';
export { prepareToBlock } from './io-link.ts';
export type { PrepareOptions } from './io-web.ts';
export { IOLoop } from './ioloop.ts';
export { type Logger, stderrLogger } from './logger.ts';
export { LoopHandle, type LoopHandleData } from './loop-handle.ts';
export type { IOLoopOptions, IOLoopState, PollerInfo } from './options.ts';
export { PeriodicCallback, type PeriodicOptions } from './periodic-callback.ts';
export type {
  Callback,
  EventMask,
  LoopServices,
  Pollable,
  Poller,
  PollerFactory,
  PollerName,
} from './poller.ts';
export type { NotTaken } from './pollers/choose.ts';
export type { VirtualClock } from './pollers/virtual-clock.ts';
export type { FdHandler } from './sources.ts';
export type { TimeoutHandle } from './timer-heap.ts';
export type * from './transport.ts';
export { type Accept, type MemoryListener, MemoryNetwork, memoryPair } from './transports/memory-network.ts';
export { shownUrl, type WebSocketClass, type WebSocketLike } from './transports/websocket.ts';
export type { Turns } from './turns.ts';

/** The package's door in a browser. */
export {
  IOLoop,
  IOLoopError,
  LoopClosedError,
  LoopHandle,
  NotBlockingError,
  PeriodicCallback,
  type PrepareOptions,
  prepareToBlock,
  UnsupportedError,
  WebSocketError,
} from '../ioloop/index.ts';
export { BlockingChannel, BlockingConnection } from './blocking-connection.ts';
export * from './portable.ts';
export { SelectConnection } from './select-connection.ts';

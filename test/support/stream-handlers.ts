import type { TransportHandlers } from '../../ioloop/index.ts';

/** Handlers that do nothing, to spread others over. */
export function quietHandlers(): TransportHandlers {
  return {
    onConnect() {},
    onData() {},
    onDrain() {},
    onEof: () => false,
    onIdle() {},
    onClose() {},
  };
}

export { LibuvHost, type LibuvHostOptions, type OpenStream } from '../ioloop/index.ts';
export * from './portable.ts';
export { type BridgeAddress, WebSocketBridge } from './websocket-bridge.ts';
export type { BridgeTarget, WebSocketBridgeOptions } from './websocket-bridge-options.ts';

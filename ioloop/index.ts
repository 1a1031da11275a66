export { LibuvHost, type LibuvHostOptions } from './hosts/libuv.ts';
export * from './portable.ts';
export type { OpenStream } from './transports/stream-opening.ts';

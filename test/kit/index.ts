export { type BackgroundBroker, startBackgroundBroker } from './background-broker.ts';
export { MemoryBroker, type MemoryBrokerOptions } from './broker.ts';
export { type BrokerServer, type ListenOptions, listen } from './listen.ts';
export { serveInMemory } from './serve-in-memory.ts';
export type { Session, SessionStream } from './session.ts';

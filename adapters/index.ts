export {
  type HostLoop,
  IOLoop,
  IOLoopError,
  type IOLoopOptions,
  KeyboardInterrupt,
  LibuvHost,
  type LibuvHostOptions,
  type Logger,
  LoopClosedError,
  LoopHandle,
  LoopTimeoutError,
  MicrotaskDeadlockError,
  NotBlockingError,
  type OpenStream,
  PeriodicCallback,
  type PrepareOptions,
  prepareToBlock,
  UnsupportedError,
  VirtualDeadlockError,
} from '../ioloop/index.ts';
export { BaseConnection, type ChannelFields } from './base-connection.ts';
export type { BlockingPublishOptions, Fetched } from './blocking-channel.ts';
export {
  BlockingChannel,
  BlockingConnection,
  type BlockingOptions,
  BlockingTimer,
} from './blocking-connection.ts';
export type { Delivered } from './blocking-consumers.ts';
export type { Inactivity, Messages } from './blocking-messages.ts';
export type {
  CancelNotice,
  Confirmation,
  FlowNotice,
  OnGet,
  OnMessage,
  OnReturn,
} from './channel-callbacks.ts';
export type { ChannelHost } from './channel-host.ts';
export type { ConnectOptions } from './connect-options.ts';
export {
  type BlockedCallback,
  type BlockedEvent,
  type ConnectionCallback,
  ConnectionCallbacks,
  type ConnectionErrorCallback,
} from './connection-callbacks.ts';
export type { ConnectionEventMap, ConnectionEventName, ConnectionListener } from './connection-events.ts';
export type { ConnectionSetup } from './connection-setup.ts';
export { type AttemptHandlers, type Connectable, Connector, type ConnectTarget } from './connector.ts';
export {
  ExternalLoopConnection,
  type ExternalLoopConnectionClass,
  type ExternalLoopSetup,
  type ForeignLoop,
} from './external-loop-connection.ts';
export type { NamedFields } from './method-hooks.ts';
export * from './portable.ts';
export type { PromisePublishOptions, ReturnedMessage, ReturnHandler } from './promise-channel.ts';
export { connect, PromiseChannel, type PromiseChannelFields, PromiseConnection } from './promise-connection.ts';
export type { PromiseConsumer } from './promise-consumer.ts';
export type { ConsumeOptions } from './promise-consuming.ts';
export type { PlainMessage } from './promise-core.ts';
export { Message } from './promise-message.ts';
export type { Reply, ReplyMessage } from './promise-replies.ts';
export type { RequestOptions } from './promise-requests.ts';
export type { PromiseServer, ServeHandler, ServeOptions } from './promise-serving.ts';
export { Channel, SelectConnection, type SelectConnectionClass } from './select-connection.ts';
export { FrameTrace } from './trace.ts';
export type { Waiting } from './waiting.ts';
export { type BridgeAddress, WebSocketBridge } from './websocket-bridge.ts';
export type { BridgeTarget, WebSocketBridgeOptions } from './websocket-bridge-options.ts';
export { AMQPConnectionWorkflow, type ConnectionWorkflow } from './workflow.ts';

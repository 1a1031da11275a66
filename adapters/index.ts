// channel.ts, channel-methods.ts, channel-host.ts, method-hooks.ts

// the loop, for a program that imports this package alone
export { IOLoop, IOLoopError, KeyboardInterrupt, type Logger, PeriodicCallback } from '../ioloop/index.ts';
// base-connection.ts, connection-callbacks.ts, select-connection.ts
export { BaseConnection, type ChannelFields, type ConnectionSetup } from './base-connection.ts';
export {
  type CancelNotice,
  Channel,
  type Confirmation,
  type FlowNotice,
  type OnGet,
  type OnMessage,
  type OnReturn,
} from './channel.ts';
export type { ChannelHost } from './channel-host.ts';
export type {
  AckOptions,
  BasicCancelFields,
  BasicConsumeFields,
  BasicGetFields,
  BasicQosFields,
  BasicRecoverFields,
  ChannelCasts,
  ChannelMethods,
  ExchangeBindFields,
  ExchangeDeclareFields,
  ExchangeDeleteFields,
  ExchangeUnbindFields,
  FlowFields,
  NackOptions,
  PublishOptions,
  QueueBindFields,
  QueueDeclareFields,
  QueueDeleteFields,
  QueuePurgeFields,
  QueueUnbindFields,
  RejectOptions,
} from './channel-methods.ts';
export {
  type BlockedCallback,
  type BlockedEvent,
  type ConnectionCallback,
  ConnectionCallbacks,
  type ConnectionErrorCallback,
} from './connection-callbacks.ts';
// connector.ts, workflow.ts
export { type AttemptHandlers, type Connectable, Connector, type ConnectTarget } from './connector.ts';
// credential-types.ts
export type { CredentialsProvider, ExpiringCredentials } from './credential-types.ts';
// delivery-mode.ts, exchange-type.ts
export { DeliveryMode } from './delivery-mode.ts';
// errors.ts
export {
  AMQPConnectionWorkflowAborted,
  AMQPConnectionWorkflowFailed,
  AMQPConnectionWorkflowWrongState,
  AMQPConnectorAborted,
  AMQPConnectorAMQPHandshakeError,
  AMQPConnectorException,
  AMQPConnectorPhaseErrorBase,
  AMQPConnectorSocketConnectError,
  AMQPConnectorStackTimeout,
  AMQPConnectorTransportSetupError,
  AMQPConnectorWrongState,
  type ConnectStage,
} from './errors.ts';
export { ExchangeType } from './exchange-type.ts';
export type { NamedFields } from './method-hooks.ts';
// parameter-fields.ts, parameters.ts, ssl-options.ts, url.ts
export type {
  ConnectionFields,
  HeartbeatFunction,
  HostAndPort,
  ParameterValues,
  RecoveryOptions,
} from './parameter-fields.ts';
export { ConnectionParameters, Parameters } from './parameters.ts';
export { SelectConnection, type SelectConnectionClass } from './select-connection.ts';
// spec.ts
export { spec } from './spec.ts';
export { type SSLFields, SSLOptions } from './ssl-options.ts';
// trace.ts
export { FrameTrace } from './trace.ts';
export { URLParameters, type Where } from './url.ts';
export { AMQPConnectionWorkflow, type ConnectionWorkflow } from './workflow.ts';

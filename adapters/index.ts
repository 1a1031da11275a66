// channel.ts, channel-methods.ts, channel-host.ts, method-hooks.ts
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
// spec.ts
export { spec } from './spec.ts';
export { type SSLFields, SSLOptions } from './ssl-options.ts';
export { URLParameters, type Where } from './url.ts';

// What there is in every place that the library can run in, a browser's window too.
export {
  AMQPChannelError,
  AMQPConnectionError,
  AMQPError,
  AMQPHeartbeatTimeout,
  AuthenticationError,
  type BasicDeliver,
  type BasicGetOk,
  BasicProperties,
  type BasicReturn,
  BodyTooLongError,
  ChannelClosed,
  ChannelClosedByBroker,
  ChannelClosedByClient,
  ChannelWrongStateError,
  ConnectionBlockedTimeout,
  ConnectionClosed,
  ConnectionClosedByBroker,
  ConnectionClosedByClient,
  ConnectionOpenAborted,
  ConnectionWrongStateError,
  ConsumerCancelled,
  type Credentials,
  type CredentialsResponse,
  Decimal,
  DuplicateConsumerTag,
  DuplicateGetOkCallback,
  ExternalCredentials,
  FieldError,
  type FieldTable,
  type FieldValue,
  IncompatibleProtocolError,
  InvalidChannelNumber,
  InvalidFieldTypeException,
  InvalidFrameError,
  InvalidMaximumFrameSize,
  InvalidMinimumFrameSize,
  MethodNotImplemented,
  NackError,
  NoFreeChannels,
  PlainCredentials,
  ProbableAccessDeniedError,
  ProbableAuthenticationError,
  type PropertiesIn,
  ProtocolSyntaxError,
  ProtocolVersionMismatch,
  PublishUnknownError,
  type QueueDeclareOk,
  type QueueDeleteOk,
  type QueuePurgeOk,
  REPLY_CODES,
  ReentrancyError,
  RpcTimeout,
  ShortStringTooLong,
  type StartOffer,
  StreamLostError,
  typed,
  UnexpectedFrameError,
  UnroutableError,
  UnsupportedAMQPFieldException,
  VALID_TYPES,
  WaitCancelled,
  WorkQueueFullError,
} from '../amqp/index.ts';
export {
  BrowserHost,
  type BrowserHostOptions,
  type HostLoop,
  type HostName,
  IOLoop,
  IOLoopError,
  type IOLoopOptions,
  KeyboardInterrupt,
  type Logger,
  LoopClosedError,
  LoopHandle,
  LoopTimeoutError,
  MicrotaskDeadlockError,
  NotBlockingError,
  PeriodicCallback,
  type PrepareOptions,
  prepareToBlock,
  UnsupportedError,
  VirtualDeadlockError,
  WebSocketError,
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
  UnknownOutcome,
} from './channel-callbacks.ts';
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
  CloseFields,
  ConfirmFields,
  ConsumeFields,
  ExchangeBindFields,
  ExchangeDeclareFields,
  ExchangeDeleteFields,
  ExchangeUnbindFields,
  FlowFields,
  NackOptions,
  PublishArguments,
  PublishOptions,
  QueueBindFields,
  QueueDeclareFields,
  QueueDeleteFields,
  QueuePurgeFields,
  QueueUnbindFields,
  RejectOptions,
} from './channel-methods.ts';
export { VERSION as version } from './client-properties.ts';
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
export type { ConnectionStats } from './connection-stats.ts';
export { type AttemptHandlers, type Connectable, Connector, type ConnectTarget } from './connector.ts';
export type { CredentialsProvider, ExpiringCredentials } from './credential-types.ts';
export { DeliveryMode } from './delivery-mode.ts';
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
  RequestFailed,
} from './errors.ts';
export { ExchangeType } from './exchange-type.ts';
export {
  ExternalLoopConnection,
  type ExternalLoopConnectionClass,
  type ExternalLoopSetup,
  type ForeignLoop,
} from './external-loop-connection.ts';
export type { NamedFields } from './method-hooks.ts';
export type {
  ConnectionFields,
  HeartbeatFunction,
  HostAndPort,
  ParameterValues,
  RecoveryOptions,
} from './parameter-fields.ts';
export { ConnectionParameters, Parameters } from './parameters.ts';
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
export { spec } from './spec.ts';
export { type Pem, type SSLFields, SSLOptions, type TlsFile } from './ssl-options.ts';
export { FrameTrace } from './trace.ts';
export { URLParameters, type Where } from './url.ts';
export type { Waiting } from './waiting.ts';
export { AMQPConnectionWorkflow, type ConnectionWorkflow } from './workflow.ts';

import { AMQPConnectionError, AMQPError, identify } from '../amqp/index.ts';
import { connectAdvice, withoutSource } from './connect-advice.ts';

/** How far an attempt to connect had come: name resolution, TCP, TLS, then the steps of the login. */
export type ConnectStage = 'dns' | 'tcp' | 'tls' | 'header' | 'start' | 'tune' | 'open';

/** An attempt to connect, or all of them together, did not succeed. */
export class AMQPConnectorException extends AMQPConnectionError {
  static {
    identify(AMQPConnectorException, 'AMQPConnectorException', 'CONNECTOR_ERROR');
  }
}

/** A limit passed before the connection was open. */
export class AMQPConnectorStackTimeout extends AMQPConnectorException {
  static {
    identify(AMQPConnectorStackTimeout, 'AMQPConnectorStackTimeout', 'CONNECTOR_STACK_TIMEOUT');
  }
  readonly stage: ConnectStage;

  /** @param field - the parameter or option that holds the limit; @param limit - milliseconds */
  constructor(
    stage: ConnectStage,
    field: 'socketTimeout' | 'stackTimeout' | 'timeout',
    limit: number,
    options?: ErrorOptions,
  ) {
    super(`connecting took longer than ${field} (${limit} ms) allows; it had come to ${STAGES[stage]}`, options);
    this.stage = stage;
  }
}

/** The caller gave up one attempt. */
export class AMQPConnectorAborted extends AMQPConnectorException {
  static {
    identify(AMQPConnectorAborted, 'AMQPConnectorAborted', 'CONNECTOR_ABORTED');
  }
}

/** The caller gave up connecting. */
export class AMQPConnectionWorkflowAborted extends AMQPConnectorException {
  static {
    identify(AMQPConnectionWorkflowAborted, 'AMQPConnectionWorkflowAborted', 'WORKFLOW_ABORTED');
  }
}

/** A connector was started twice, or aborted when nothing was under way. */
export class AMQPConnectorWrongState extends AMQPConnectorException {
  static {
    identify(AMQPConnectorWrongState, 'AMQPConnectorWrongState', 'CONNECTOR_WRONG_STATE');
  }
}

/** A workflow was started twice, or aborted when nothing was under way. */
export class AMQPConnectionWorkflowWrongState extends AMQPConnectorException {
  static {
    identify(AMQPConnectionWorkflowWrongState, 'AMQPConnectionWorkflowWrongState', 'WORKFLOW_WRONG_STATE');
  }
}

/** One attempt failed; the subclasses tell in which of its phases. */
export class AMQPConnectorPhaseErrorBase extends AMQPConnectorException {
  static {
    identify(AMQPConnectorPhaseErrorBase, 'AMQPConnectorPhaseErrorBase', 'CONNECTOR_PHASE_ERROR');
  }
  /** What went wrong; `cause` is the same. */
  readonly exception: Error;

  constructor(text: string, exception: Error, host: string, port: number) {
    super(`${text}: ${withoutSource(exception.message)}${connectAdvice(exception)}`, { cause: exception });
    this.exception = exception;
    this.locate(host, port);
  }
}

/** No TCP connection came about, or the name did not resolve. */
export class AMQPConnectorSocketConnectError extends AMQPConnectorPhaseErrorBase {
  static {
    identify(AMQPConnectorSocketConnectError, 'AMQPConnectorSocketConnectError', 'CONNECTOR_SOCKET_CONNECT_ERROR');
  }

  constructor(exception: Error, host: string, port: number) {
    super('no connection to the broker', exception, host, port);
  }
}

/** TLS did not come about. */
export class AMQPConnectorTransportSetupError extends AMQPConnectorPhaseErrorBase {
  static {
    identify(AMQPConnectorTransportSetupError, 'AMQPConnectorTransportSetupError', 'CONNECTOR_TRANSPORT_SETUP_ERROR');
  }

  constructor(exception: Error, host: string, port: number) {
    super('TLS failed', exception, host, port);
  }
}

/** The stream stood, and the login failed. */
export class AMQPConnectorAMQPHandshakeError extends AMQPConnectorPhaseErrorBase {
  static {
    identify(AMQPConnectorAMQPHandshakeError, 'AMQPConnectorAMQPHandshakeError', 'CONNECTOR_AMQP_HANDSHAKE_ERROR');
  }

  constructor(exception: Error, host: string, port: number) {
    super('the login failed', exception, host, port);
  }
}

/** Every attempt failed. */
export class AMQPConnectionWorkflowFailed extends AMQPConnectorException {
  static {
    identify(AMQPConnectionWorkflowFailed, 'AMQPConnectionWorkflowFailed', 'WORKFLOW_FAILED');
  }
  /** Why each attempt failed, in order; the last one is the `cause`. */
  readonly exceptions: readonly Error[];

  constructor(exceptions: readonly Error[]) {
    const last = exceptions.at(-1);
    const what = exceptions.length === 1 ? 'connecting failed' : `all ${exceptions.length} attempts failed; the last`;
    super(`${what}: ${last?.message ?? 'none was made'}`, { cause: last });
    this.exceptions = exceptions;
  }
}

/** Whoever serves a request has failed at it; `reason` is what they said. Made by `connection.request()`. */
export class RequestFailed extends AMQPError {
  static {
    identify(RequestFailed, 'RequestFailed', 'REQUEST_FAILED');
  }
  readonly queue: string;
  readonly reason: string;

  constructor(queue: string, reason: string, options?: ErrorOptions) {
    super(`a request to ${JSON.stringify(queue)} failed where it is served: ${reason}`, options);
    this.queue = queue;
    this.reason = reason;
  }
}

const STAGES: Readonly<Record<ConnectStage, string>> = {
  dns: 'the resolution of the name',
  tcp: 'the TCP connect',
  tls: 'the TLS handshake',
  header: 'the protocol header, which nothing has answered',
  start: 'the login',
  tune: 'the tuning',
  open: 'the opening of the virtual host',
};

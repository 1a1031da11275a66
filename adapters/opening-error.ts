import { AMQPConnectionError, type AMQPError } from '../amqp/index.ts';
import {
  AMQPConnectionWorkflowFailed,
  AMQPConnectorAMQPHandshakeError,
  AMQPConnectorPhaseErrorBase,
  AMQPConnectorSocketConnectError,
  AMQPConnectorTransportSetupError,
} from './errors.ts';

/**
 * What a connection's open-error callback gets when its workflow has failed: the error of the login once AMQP had begun;
 * AMQPConnectionError when the last address was not reached; else the workflow's error with all attempts in it.
 */
export function openingError(result: AMQPError): AMQPError {
  if (!(result instanceof AMQPConnectionWorkflowFailed)) return result;
  const last = result.exceptions.at(-1);
  if (last instanceof AMQPConnectorAMQPHandshakeError) return typed(last.exception) ?? last;
  if (!(last instanceof AMQPConnectorSocketConnectError)) return result;
  const onlyOne = result.exceptions.length === 1;
  const inner = onlyOne ? typed(last.exception) : null;
  const { host = '', port = 0 } = last;
  if (inner) return inner.locate(host, port);
  // the place is in either text already
  return Object.assign(
    new AMQPConnectionError(onlyOne ? last.message : result.message, { cause: onlyOne ? last.exception : result }),
    { host, port },
  );
}

/**
 * The error of the only attempt itself, else all of them in one. The addresses of one host count as one attempt where the
 * broker refused the login at one of them: it would at the others.
 */
export function failureOf(result: AMQPError): AMQPError {
  if (!(result instanceof AMQPConnectionWorkflowFailed)) return result;
  const { exceptions } = result;
  const places = new Set(exceptions.map((error) => (error instanceof AMQPConnectionError ? placeOf(error) : '')));
  const login = exceptions.find((error) => error instanceof AMQPConnectorAMQPHandshakeError);
  const only = exceptions.length === 1 ? exceptions[0] : places.size === 1 ? login : undefined;
  if (only instanceof AMQPConnectorTransportSetupError) return only;
  if (only !== undefined) return openingError(new AMQPConnectionWorkflowFailed([only]));
  const last = exceptions.at(-1);
  return last instanceof AMQPConnectorPhaseErrorBase ? Object.assign(result, placeIn(last)) : result;
}

function typed(error: Error): AMQPConnectionError | null {
  return error instanceof AMQPConnectionError ? error : null;
}

function placeOf({ host, port }: AMQPConnectionError): string {
  return `${host}:${port}`;
}

/** The text names it already. */
function placeIn({ host = '', port = 0 }: AMQPConnectionError): { host: string; port: number } {
  return { host, port };
}

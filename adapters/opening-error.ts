import { AMQPConnectionError, type AMQPError } from '../amqp/index.ts';
import {
  AMQPConnectionWorkflowFailed,
  AMQPConnectorAMQPHandshakeError,
  AMQPConnectorSocketConnectError,
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
  const error = inner ?? new AMQPConnectionError(result.message, { cause: onlyOne ? last.exception : result });
  return last.host === undefined || last.port === undefined ? error : error.locate(last.host, last.port);
}

function typed(error: Error): AMQPConnectionError | null {
  return error instanceof AMQPConnectionError ? error : null;
}

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
  const { host = '', port = 0 } = last;
  if (inner) return inner.locate(host, port);
  // the place is in either text already
  return Object.assign(
    new AMQPConnectionError(onlyOne ? last.message : result.message, { cause: onlyOne ? last.exception : result }),
    { host, port },
  );
}

function typed(error: Error): AMQPConnectionError | null {
  return error instanceof AMQPConnectionError ? error : null;
}

import { AMQPConnectionError, AMQPError } from '../amqp/index.ts';
import { IOLoop } from '../ioloop/index.ts';
import {
  AMQPConnectionWorkflowFailed,
  AMQPConnectorAMQPHandshakeError,
  AMQPConnectorPhaseErrorBase,
  AMQPConnectorTransportSetupError,
} from './errors.ts';
import { openingError } from './opening-error.ts';
import type { Parameters } from './parameters.ts';
import type { SelectConnection } from './select-connection.ts';
import { toParameters, type Where } from './url.ts';

/** Makes the connections that a blocking connection waits for. */
export type BlockingImplementation = typeof SelectConnection;

/** @throws {TypeError | RangeError} what is no place to connect to */
export function configsOf(where: Where | readonly Where[]): Parameters[] {
  const list: readonly Where[] = Array.isArray(where) ? where : [where as Where]; // an array, or one of them
  return list.map((each) => toParameters(each));
}

/** The loop of a blocking connection; Ctrl-C is its business as long as it lives. */
export function privateLoop(configs: readonly Parameters[]): IOLoop {
  const logger = configs[0]?.logger ?? null;
  const loop = new IOLoop({ makeCurrent: false, ...(logger === null ? {} : { logger }) });
  loop.keepInterrupts();
  return loop;
}

/**
 * Runs a workflow to its end.
 * @param adopt - gets the connection as soon as it is open, before anything else comes
 * @throws {AMQPConnectionError} nothing is left of the loop then
 */
export function openBlocking(
  configs: readonly Parameters[],
  implClass: BlockingImplementation,
  loop: IOLoop,
  adopt: (connection: SelectConnection) => void,
): SelectConnection {
  try {
    let result: SelectConnection | AMQPError | null = null;
    const done = (outcome: SelectConnection | AMQPError): void => {
      result = outcome;
      if (!(outcome instanceof AMQPError)) adopt(outcome);
      loop.stop();
    };
    implClass.createConnection(configs, done, loop);
    while (result === null) loop.start();
    return opened(result);
  } catch (error) {
    loop.close();
    throw error;
  }
}

function opened(result: SelectConnection | AMQPError): SelectConnection {
  if (result instanceof AMQPError) throw failureOf(result);
  return result;
}

/**
 * The error of the only attempt itself, else all of them in one. The addresses of one host count as one attempt where the
 * broker refused the login at one of them: it would at the others.
 */
function failureOf(result: AMQPError): AMQPError {
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

function placeOf({ host, port }: AMQPConnectionError): string {
  return `${host}:${port}`;
}

/** The text names it already. */
function placeIn({ host = '', port = 0 }: AMQPConnectionError): { host: string; port: number } {
  return { host, port };
}

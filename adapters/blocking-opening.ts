import { AMQPError } from '../amqp/index.ts';
import { IOLoop } from '../ioloop/index.ts';
import { failureOf } from './opening-error.ts';
import type { Parameters } from './parameters.ts';
import type { SelectConnection } from './select-connection.ts';

/** Makes the connections that a blocking connection waits for. */
export type BlockingImplementation = typeof SelectConnection;

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

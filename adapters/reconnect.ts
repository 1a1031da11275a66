import type { AMQPError } from '../amqp/index.ts';
import type { IOLoop } from '../ioloop/index.ts';
import { type Connectable, Connector } from './connector.ts';
import { AMQPConnectionWorkflowFailed } from './errors.ts';
import type { Parameters } from './parameters.ts';
import { AMQPConnectionWorkflow } from './workflow.ts';

/** A connection that finds another place. */
export interface Movable extends Connectable {
  /** The stream that it is given next leads there. */
  moveTo(place: Parameters): void;
}

/**
 * Tries each place once, for a connection that was open before.
 * @param done - called once, from the loop: null when the connection is open, else why no place was to be had
 * @returns what calls it off, without a word
 */
export function reconnect(
  connection: Movable,
  places: readonly Parameters[],
  loop: IOLoop,
  done: (failures: readonly Error[] | null) => void,
): () => void {
  let calledOff = false;
  const workflow = new AMQPConnectionWorkflow({ untilRefused: true });
  const once = places.map((place) => Object.assign(place.copy(), { connectionAttempts: 1 }));
  const move = (attempt: Parameters): Movable => {
    connection.moveTo(places[once.indexOf(attempt)] ?? attempt);
    return connection;
  };
  workflow.start(
    once,
    () => new Connector(loop, move),
    loop,
    (result) => {
      if (calledOff) return;
      if (result === connection) done(null);
      else if (result instanceof AMQPConnectionWorkflowFailed) done(result.exceptions);
      else done([result as AMQPError]); // the workflow gives no other connection
    },
  );
  return () => {
    calledOff = true;
    workflow.abort();
  };
}

import { AMQPError } from '../amqp/index.ts';
import type { IOLoop } from '../ioloop/index.ts';
import { checkCallback } from './callbacks.ts';
import { workflowToUse } from './connection-setup.ts';
import { type Connectable, Connector } from './connector.ts';
import { wrongType } from './field-checks.ts';
import type { Parameters } from './parameters.ts';
import { toParameters, type Where } from './url.ts';
import { AMQPConnectionWorkflow, type ConnectionWorkflow } from './workflow.ts';

/**
 * Starts a workflow over several configs.
 * @param makeConnection - makes the connection for one attempt; it must wait for a workflow
 * @param onDone - called once, from the loop
 * @returns the workflow, whose abort() is for the caller
 */
export function createConnection<C extends Connectable>(
  makeConnection: (parameters: Parameters) => C,
  configs: Where | Iterable<Where>,
  onDone: (result: C | AMQPError) => unknown,
  loop: IOLoop,
  workflow: ConnectionWorkflow = new AMQPConnectionWorkflow(),
): ConnectionWorkflow {
  checkCallback(onDone, 'onDone');
  workflowToUse(workflow, 'workflow');
  const places = parametersOf(configs);
  workflow.start(
    places,
    () => new Connector(loop, makeConnection),
    loop,
    (outcome) => {
      const result = outcome as C | AMQPError; // every connection of this workflow was made by makeConnection
      if (!(result instanceof AMQPError)) result.places = places;
      loop.runHandler(onDone, result);
    },
  );
  return workflow;
}

function parametersOf(configs: Where | Iterable<Where>): readonly Parameters[] {
  if (configs == null) return wrongType('configs', 'parameters, a URL, or a list of them', configs);
  if (typeof configs === 'string' || !(Symbol.iterator in Object(configs))) return [toParameters(configs as Where)];
  return Array.from(configs as Iterable<Where>, (where) => toParameters(where));
}

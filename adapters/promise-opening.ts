import { AMQPError } from '../amqp/index.ts';
import { type HostLoop, IOLoop, LibuvHost } from '../ioloop/index.ts';
import type { ConnectOptions } from './connect-options.ts';
import { Connector } from './connector.ts';
import { AMQPConnectorStackTimeout, type ConnectStage } from './errors.ts';
import { failureOf } from './opening-error.ts';
import type { Parameters } from './parameters.ts';
import { Answer, type Refusable } from './promise-answer.ts';
import { SelectConnection } from './select-connection.ts';
import { configsOf, type Where } from './url.ts';
import type { Waiting } from './waiting.ts';
import { AMQPConnectionWorkflow } from './workflow.ts';

/** The connection that a promise connection speaks through. */
export type Hosted = SelectConnection;

/** Where to connect, as the options have it. @throws {TypeError | RangeError} */
export function placesOf(where: Where | readonly Where[], { logger, recovery }: ConnectOptions): Parameters[] {
  const configs = configsOf(where).map((config) => config.copy());
  for (const config of configs) {
    if (logger !== undefined) config.logger = logger;
    if (recovery !== undefined) config.recovery = recovery;
  }
  return configs;
}

/** The loop that a connection lives on. */
export class Home {
  readonly loop: IOLoop;
  /** Of a loop that nobody else has. */
  readonly #host: HostLoop | null;

  constructor({ host }: ConnectOptions) {
    if (host instanceof IOLoop) {
      this.loop = host;
      this.#host = null;
    } else {
      this.#host = typeof host === 'object' ? host : new LibuvHost();
      this.loop = IOLoop.fromHost(this.#host);
    }
  }

  /** Closes the loop where nobody else has it, once all that runs in it has returned. */
  leave(): void {
    this.#host?.soon(() => this.loop.close());
  }
}

/**
 * Tries every host of every config until a connection is open; a login that is refused ends it.
 * @param opened - gets the connection at once, before anything else comes
 */
export function openHosted<T>(
  configs: readonly Parameters[],
  home: Home,
  limits: Waiting,
  opened: (connection: Hosted) => T,
): Answer<T> {
  const { loop } = home;
  const answer = new Answer<T>();
  const workflow = new AMQPConnectionWorkflow({ untilRefused: true });
  let connector: Connector | null = null;
  const make = (parameters: Parameters): Hosted => new SelectConnection(parameters, null, null, null, loop, false);
  const makeConnector = (): Connector => {
    connector = new Connector(loop, make);
    return connector;
  };
  const free = limitOpening(
    answer,
    loop,
    limits,
    () => connector?.stage ?? 'dns',
    () => workflow.abort(),
  );
  workflow.start(configs, makeConnector, loop, (result) => {
    free();
    if (result instanceof AMQPError) {
      home.leave();
      answer.refuse(failureOf(result));
      return;
    }
    const hosted = result as Hosted; // every connection of this workflow was made above
    hosted.addOnCloseCallback(() => home.leave());
    if (answer.settled) hosted.close();
    else answer.settle(opened(hosted));
  });
  return answer;
}

/** Has the opening given up when its signal aborts or its time is over. @returns what ends that */
function limitOpening(
  answer: Refusable,
  loop: IOLoop,
  { signal, timeout }: Waiting,
  stage: () => ConnectStage,
  giveUp: () => void,
): () => void {
  const abort = (): void => {
    answer.refuse(signal?.reason);
    giveUp();
  };
  const expire = (limit: number): void => {
    answer.refuse(new AMQPConnectorStackTimeout(stage(), 'timeout', limit));
    giveUp();
  };
  const timer = timeout === undefined ? null : loop.callLater(timeout, expire, timeout);
  // the workflow starts when this has returned
  if (signal?.aborted === true) loop.addCallback(abort);
  else signal?.addEventListener('abort', abort);
  return () => {
    timer?.cancel();
    signal?.removeEventListener('abort', abort);
  };
}

import { AMQPError } from '../amqp/index.ts';
import { type HostLoop, hostOf, IOLoop } from '../ioloop/index.ts';
import { onAbort } from './abort-listener.ts';
import type { ConnectOptions } from './connect-options.ts';
import { Connector } from './connector.ts';
import { AMQPConnectorStackTimeout, type ConnectStage } from './errors.ts';
import { ExternalLoopConnection } from './external-loop-connection.ts';
import { checkKeptAlive } from './keep-alive.ts';
import { failureOf, openingError } from './opening-error.ts';
import type { Parameters } from './parameters.ts';
import { Answer } from './promise-answer.ts';
import { Reports } from './promise-reports.ts';
import { configsOf, type Where } from './url.ts';
import type { Waiting } from './waiting.ts';
import { AMQPConnectionWorkflow } from './workflow.ts';

/** The connection that a promise connection speaks through. */
export type Hosted = ExternalLoopConnection;

/** Where to connect, as the options have it. @throws {TypeError | RangeError} */
export function placesOf(
  where: Where | readonly Where[],
  { logger, recovery, keepAlive }: ConnectOptions,
): Parameters[] {
  const configs = configsOf(where).map((config) => config.copy());
  for (const config of configs) {
    checkKeptAlive(keepAlive, config.webSocket);
    if (logger !== undefined) config.logger = logger;
    config.recovery = recovery ?? config.recovery ?? true;
  }
  return configs;
}

/** The loop that a connection lives on. */
export class Home {
  readonly loop: IOLoop;
  readonly reports: Reports;
  /** Of a loop that nobody else has. */
  readonly #host: HostLoop | null;

  constructor({ host, keepAlive, onError }: ConnectOptions) {
    if (host instanceof IOLoop) {
      this.loop = host;
      this.#host = null;
    } else {
      this.#host = hostOf(host, keepAlive);
      this.loop = IOLoop.fromHost(this.#host, { makeCurrent: false });
    }
    this.reports = new Reports(this.loop);
    this.reports.onError = onError;
  }

  /** Closes the loop where nobody else has it, once all that runs in it has returned. */
  leave(): void {
    this.#host?.soon(() => {
      this.reports.flush();
      this.loop.close();
    });
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
  const { loop, reports } = home;
  const answer = new Answer<T>();
  const workflow = new AMQPConnectionWorkflow({ untilRefused: true });
  let connector: Connector | null = null;
  const make = (parameters: Parameters): Hosted =>
    new ExternalLoopConnection(parameters, null, null, null, loop, false);
  const makeConnector = (): Connector => {
    connector = new Connector(loop, make);
    return connector;
  };
  const giveUp = (reason: unknown): void => {
    reports.refuse(answer, reason);
    workflow.abort();
  };
  const free = limitOpening(loop, limits, () => connector?.stage ?? 'dns', giveUp);
  workflow.start(configs, makeConnector, loop, (result) => {
    free();
    if (result instanceof AMQPError) {
      home.leave();
      reports.refuse(answer, isSingle(configs) ? openingError(result) : failureOf(result));
      return;
    }
    const hosted = result as Hosted; // every connection of this workflow was made above
    hosted.places = configs;
    hosted.addOnCloseCallback(() => home.leave());
    if (answer.settled) hosted.close();
    else answer.settle(opened(hosted));
  });
  return answer;
}

/** One host, one attempt: its error says all, however many addresses it has. */
function isSingle([first, ...others]: readonly Parameters[]): boolean {
  return others.length === 0 && first?.hosts.length === 1 && first.connectionAttempts === 1;
}

/** Has the opening given up when its signal aborts or its time is over. @returns what ends that */
function limitOpening(
  loop: IOLoop,
  { signal, timeout }: Waiting,
  stage: () => ConnectStage,
  giveUp: (reason: unknown) => void,
): () => void {
  const abort = (): void => giveUp(signal?.reason);
  const expire = (limit: number): void => giveUp(new AMQPConnectorStackTimeout(stage(), 'timeout', limit));
  const timer = timeout === undefined ? null : loop.callLater(timeout, expire, timeout);
  // the workflow starts when this has returned
  if (signal?.aborted === true) loop.addCallback(abort);
  const unlisten = signal && onAbort(signal, abort);
  return () => {
    timer?.cancel();
    unlisten?.();
  };
}

import {
  type AMQPError,
  AuthenticationError,
  makeRangeError,
  makeTypeError,
  ProbableAccessDeniedError,
  ProbableAuthenticationError,
} from '../amqp/index.ts';
import { type IOLoop, type SocketAddress, shownUrl, type TimeoutHandle } from '../ioloop/index.ts';
import { AddressRace, alternateFamilies } from './address-race.ts';
import { type Connectable, type Connector, type ConnectTarget, Limit } from './connector.ts';
import {
  AMQPConnectionWorkflowAborted,
  AMQPConnectionWorkflowFailed,
  AMQPConnectionWorkflowWrongState,
  AMQPConnectorAMQPHandshakeError,
  AMQPConnectorSocketConnectError,
  AMQPConnectorStackTimeout,
} from './errors.ts';
import { Parameters } from './parameters.ts';

/** What makes the attempts of `createConnection`: the library's own, or one of yours. */
export interface ConnectionWorkflow {
  /**
   * @param configs - at least one; every host of each is tried
   * @param connectorFactory - makes a connector, good for one attempt at one address
   * @param loop - where all of it happens
   * @param onDone - called once, from the loop: with the connection, or with why there is none
   */
  start(
    configs: Iterable<Parameters>,
    connectorFactory: () => Connector,
    loop: IOLoop,
    onDone: (result: Connectable | AMQPError) => void,
  ): void;
  /** Asynchronous: onDone gets AMQPConnectionWorkflowAborted. */
  abort(): void;
}

/**
 * Hosts x addresses x attempts. A cycle tries each host in order and each address of it; `connectionAttempts` and
 * `retryDelay` of the last config say how many cycles there are and what lies between them.
 */
export class AMQPConnectionWorkflow implements ConnectionWorkflow {
  readonly #isFinal: (error: AMQPError | undefined) => boolean;
  #state: 'new' | 'running' | 'aborting' | 'done' = 'new';
  #run: Run | null = null;
  /** The cycles begun so far. */
  #cycles = 0;
  #left: Place[] = [];
  readonly #exceptions: AMQPError[] = [];
  /** What is under way and can be called off; the last one of them is the race. */
  #timer: TimeoutHandle | null = null;
  #resolving: { cancel(): unknown } | null = null;
  #race: AddressRace | null = null;

  /**
   * @param options - `untilHandshake`: a failure once AMQP has begun is the last attempt; `untilRefused`: so is a login or
   *   access that the broker has refused
   */
  constructor({ untilHandshake = false, untilRefused = false }: WorkflowEnds = {}) {
    this.#isFinal = (error) =>
      error instanceof AMQPConnectorAMQPHandshakeError && (untilHandshake || (untilRefused && isRefusal(error)));
  }

  /**
   * @throws {TypeError} ARG_TYPE: not an iterable of parameters @throws {RangeError} ARG_RANGE: an empty one
   * @throws {AMQPConnectionWorkflowWrongState} when it was started before
   */
  start(
    configs: Iterable<Parameters>,
    connectorFactory: () => Connector,
    loop: IOLoop,
    onDone: (result: Connectable | AMQPError) => void,
  ): void {
    if (this.#state !== 'new')
      throw new AMQPConnectionWorkflowWrongState('this workflow was started before; make another one');
    const list = checkedConfigs(configs);
    this.#state = 'running';
    const last = list[list.length - 1]!; // checked to hold one at least
    this.#run = {
      configs: list,
      attempts: last.connectionAttempts,
      pause: last.retryDelay,
      connectorFactory,
      loop,
      onDone,
    };
    this.#timer = loop.callLater(0, () => this.#cycle());
  }

  /** @throws {AMQPConnectionWorkflowWrongState} before start() and after the end */
  abort(): void {
    if (this.#state !== 'running' && this.#state !== 'aborting') {
      throw new AMQPConnectionWorkflowWrongState(`a workflow that is ${this.#state} has nothing to abort`);
    }
    if (this.#state === 'aborting') return;
    this.#state = 'aborting';
    this.#timer?.cancel();
    this.#resolving?.cancel();
    if (this.#race) this.#race.abort();
    else this.#run?.loop.addCallback(() => this.#aborted());
  }

  #cycle(): void {
    this.#cycles++;
    this.#left = this.#run!.configs.flatMap(placesOf); // set by start(), as everywhere below
    this.#nextPlace();
  }

  #nextPlace(): void {
    const place = this.#left.shift();
    if (!place) this.#cycleFailed();
    else if (needsNoAddress(place.parameters)) this.#tryAddresses(place, [null]);
    else this.#resolve(place);
  }

  #resolve(place: Place): void {
    const { loop } = this.#run!;
    const { host, port, parameters } = place;
    const limit = parameters.stackTimeout;
    const settle = (error: Error | null, list: readonly SocketAddress[]): void => {
      clock?.cancel();
      this.#resolving = null;
      if (!error && list.length > 0) {
        this.#tryAddresses(place, alternateFamilies(list));
        return;
      }
      const exception = error ?? new Error('the name has no address of the family asked for');
      this.#exceptions.push(new AMQPConnectorSocketConnectError(exception, host, port));
      this.#nextPlace();
    };
    const query = loop.transports.resolve(host, port, parameters.family, settle);
    const clock =
      limit === null
        ? null
        : new Limit(loop, limit, () => {
            query.cancel();
            settle(new AMQPConnectorStackTimeout('dns', 'stackTimeout', limit), []);
          });
    this.#resolving = {
      cancel: () => {
        clock?.cancel();
        query.cancel();
      },
    };
  }

  #tryAddresses(place: Place, addresses: readonly (SocketAddress | null)[]): void {
    const { loop, connectorFactory } = this.#run!;
    const { host, port, index, parameters } = place;
    const targets = addresses.map((address): ConnectTarget => ({ host, port, index, address }));
    this.#race = new AddressRace(loop, parameters, targets, {
      makeConnector: connectorFactory,
      onFailure: (error) => {
        this.#exceptions.push(error);
        return !this.#isFinal(error);
      },
      onDone: (connection) => this.#raced(connection),
    });
    this.#race.start();
  }

  #raced(connection: Connectable | null): void {
    this.#race = null;
    if (connection) this.#finish(connection);
    else if (this.#state === 'aborting') this.#aborted();
    else if (this.#isFinal(this.#exceptions.at(-1))) this.#failed();
    else this.#nextPlace();
  }

  #cycleFailed(): void {
    const { loop, attempts, pause } = this.#run!;
    if (this.#cycles >= attempts) this.#failed();
    else this.#timer = loop.callLater(pause, () => this.#cycle());
  }

  #failed(): void {
    this.#finish(new AMQPConnectionWorkflowFailed(this.#exceptions));
  }

  #aborted(): void {
    this.#finish(new AMQPConnectionWorkflowAborted('the workflow was aborted'));
  }

  #finish(result: Connectable | AMQPError): void {
    this.#state = 'done';
    this.#run!.onDone(result);
  }
}

const REFUSALS = [AuthenticationError, ProbableAuthenticationError, ProbableAccessDeniedError];

/** Which failures end a workflow before all has been tried. */
export interface WorkflowEnds {
  readonly untilHandshake?: boolean;
  readonly untilRefused?: boolean;
}

function isRefusal({ exception }: AMQPConnectorAMQPHandshakeError): boolean {
  return REFUSALS.some((refusal) => exception instanceof refusal);
}

interface Run {
  readonly configs: readonly Parameters[];
  readonly attempts: number;
  readonly pause: number;
  readonly connectorFactory: () => Connector;
  readonly loop: IOLoop;
  readonly onDone: (result: Connectable | AMQPError) => void;
}

/** One host of one config; its parameters have it chosen. */
interface Place {
  readonly host: string;
  readonly port: number;
  readonly index: number;
  readonly parameters: Parameters;
}

function needsNoAddress({ socketPath, webSocket }: Parameters): boolean {
  return socketPath !== null || webSocket !== null;
}

function placesOf(config: Parameters): Place[] {
  const { hosts: named, socketPath, webSocket } = config;
  const only = webSocket === null ? socketPath : shownUrl(webSocket);
  const hosts = only === null ? named : [{ host: only, port: 0 }];
  return hosts.map(({ host, port }, index) => {
    const parameters = config.copy();
    parameters.chooseHost(index);
    return { host, port, index, parameters };
  });
}

function checkedConfigs(configs: Iterable<Parameters>): Parameters[] {
  if (typeof (configs as Partial<Iterable<Parameters>> | null)?.[Symbol.iterator] !== 'function') {
    throw makeTypeError('ARG_TYPE', 'configs', 'configs must be an array or another iterable of parameters');
  }
  const list = [...configs];
  if (list.length === 0)
    throw makeRangeError('ARG_RANGE', 'configs', 'configs must hold the parameters of one connection at least');
  for (const config of list) {
    if (!(config instanceof Parameters))
      throw makeTypeError('ARG_TYPE', 'configs', 'configs must hold instances of Parameters');
  }
  return list;
}

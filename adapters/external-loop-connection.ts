import type { AMQPError } from '../amqp/index.ts';
import { type HostLoop, hostOf, IOLoop } from '../ioloop/index.ts';
import { BaseConnection } from './base-connection.ts';
import { Channel } from './channel.ts';
import type { ConnectionCallback, ConnectionErrorCallback } from './connection-callbacks.ts';
import { type ConnectionSetup, checkSetup, loopToLiveOn, setupOf } from './connection-setup.ts';
import { createConnection } from './create-connection.ts';
import type { Check } from './field-checks.ts';
import { checkKeepAlive, checkKeptAlive, type KeepAlive, keepAliveBy } from './keep-alive.ts';
import { toParameters, type Where } from './url.ts';
import type { ConnectionWorkflow } from './workflow.ts';

/** Where such a connection can live: a host's loop as an IOLoop, or the host itself. */
export type ForeignLoop = IOLoop | HostLoop;

/** What may be given in place of the positional arguments. */
export interface ExternalLoopSetup extends ConnectionSetup<ExternalLoopConnection, ForeignLoop> {
  /** What sends heartbeats; not beside an `ioloop`, which has its own. */
  readonly keepAlive?: KeepAlive | undefined;
}

/**
 * A connection in callback style inside a loop that runs already: Node's own unless another one is given. Nobody waits
 * for it; callbacks come from that loop. An error of a callback, or an opening that fails with nobody to hear of it,
 * goes to `ioloop.handleCallbackException`.
 */
export class ExternalLoopConnection extends BaseConnection<Channel<ExternalLoopConnection>> {
  /**
   * Tries several configs, each host and each address of them, until a connection is open.
   * @param configs - one or several of: parameters, their fields, a URL
   * @param onDone - called once, from the loop: with the connection, or with why there is none
   * @param customIoloop - where it lives; absent: the runtime's own loop
   * @returns the workflow, for its abort() only; yours, if you gave one
   * @throws {TypeError | RangeError} configs that are none, or an empty list of them
   */
  static createConnection<C extends ExternalLoopConnection>(
    this: ExternalLoopConnectionClass<C>,
    configs: Where | Iterable<Where>,
    onDone: (result: C | AMQPError) => unknown,
    customIoloop?: ForeignLoop | null,
    workflow?: ConnectionWorkflow,
  ): ConnectionWorkflow {
    const loop = guestOf(customIoloop);
    const make = (parameters: Where): C => new this(parameters, null, null, null, loop, false);
    return createConnection(make, configs, onDone, loop, workflow);
  }

  /**
   * @param parameters - where to connect; absent: the defaults
   * @param onOpen - a callback, or an object in place of this and what follows
   * @param customIoloop - an IOLoop, or a host that is to carry one; absent: the runtime's own loop
   * @param internalConnectionWorkflow - false: wait for somebody else's workflow to bring the stream
   */
  constructor(
    parameters?: Where | null,
    onOpen?: ConnectionCallback<ExternalLoopConnection> | ExternalLoopSetup | null,
    onOpenError?: ConnectionErrorCallback<ExternalLoopConnection> | null,
    onClose?: ConnectionErrorCallback<ExternalLoopConnection> | null,
    customIoloop?: ForeignLoop | null,
    internalConnectionWorkflow = true,
  ) {
    const others = { onOpenError, onClose, ioloop: customIoloop, workflow: internalConnectionWorkflow };
    const setup = setupOf<ExternalLoopSetup>(onOpen, others);
    checkSetup(setup, foreignLoop, { keepAlive: { check: keepAliveBy, initial: null } });
    const { ioloop, keepAlive, ...rest } = setup;
    checkKeepAlive(keepAlive, ioloop, 'ioloop');
    const where = toParameters(parameters);
    checkKeptAlive(keepAlive, where.webSocket);
    // a guest of its own has nothing else to do: once stopped it leaves nothing with the host
    super(where, guestOf(ioloop, keepAlive), { stopIoloopOnClose: !(ioloop instanceof IOLoop), ...rest });
  }

  protected override makeChannel(
    channelNumber: number | null,
    onOpen: ((channel: Channel<ExternalLoopConnection>) => unknown) | null,
  ): Channel<ExternalLoopConnection> {
    return new Channel<ExternalLoopConnection>(this, channelNumber, onOpen);
  }
}

/** What createConnection() needs of the class that it is called on. */
export type ExternalLoopConnectionClass<C extends ExternalLoopConnection> = new (
  parameters: Where,
  onOpen: null,
  onOpenError: null,
  onClose: null,
  customIoloop: IOLoop,
  internalConnectionWorkflow: false,
) => C;

/** @throws {TypeError} ARG_TYPE for what is no host */
function guestOf(loop: ForeignLoop | null | undefined, keepAlive?: KeepAlive): IOLoop {
  if (loop instanceof IOLoop) return loop;
  // nobody asked for a loop to be the thread's, least of all one that cannot be started
  return IOLoop.fromHost(hostOf(loop ?? undefined, keepAlive), { makeCurrent: false });
}

/** A host is looked at where it becomes a loop. */
const foreignLoop: Check = (value, field) => (typeof value === 'object' ? value : loopToLiveOn(value, field));

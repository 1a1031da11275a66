import {
  AMQPConnectionError,
  type AMQPError,
  AuthenticationError,
  type CallOptions,
  type ChannelClosedByBroker,
  ConnectionClosedByClient,
  type ConnectionMachine,
  ConnectionWrongStateError,
  InvalidChannelNumber,
  NoFreeChannels,
  ProbableAccessDeniedError,
  ProbableAuthenticationError,
  ProtocolSyntaxError,
  RpcTimeout,
} from '../amqp/index.ts';
import type { IOLoop, Logger, TimeoutHandle } from '../ioloop/index.ts';
import type { ChannelOpener, WireEvents } from './channel-wire.ts';
import type { ConnectionEventMap, ConnectionEventName } from './connection-events.ts';
import { AMQPConnectionWorkflowFailed, AMQPConnectorAMQPHandshakeError } from './errors.ts';
import { LastingChannel, type LastingHome } from './lasting-channel.ts';
import type { RecoveryOptions } from './parameter-fields.ts';
import type { Parameters } from './parameters.ts';
import { type Movable, reconnect } from './reconnect.ts';
import { Restoring } from './restoring.ts';
import { Topology } from './topology.ts';

/** What recovery sees of the connection that it brings back. */
export interface RecoveringConnection extends Movable {
  readonly ioloop: IOLoop;
  readonly logger: Logger;
  readonly params: Parameters;
  /** Where to look for a broker. */
  readonly places: readonly Parameters[];
  /** Of the last attempt. */
  readonly machine: ConnectionMachine;
}

/** What recovery has done to the connection. */
export interface RecoveryEnds {
  /** Gives up the stream that stands: the connection is lost for this reason. */
  drop(reason: AMQPError): void;
  /** Nobody tries any more: the end of the connection. */
  end(reason: AMQPError): void;
  emit<N extends ConnectionEventName>(name: N, ...args: ConnectionEventMap[N]): void;
}

/** Brings a connection back that was lost, with its channels as they were: again and again, further and further apart. */
export class Recovery implements LastingHome, ChannelOpener {
  readonly topology: Topology = new Topology();
  readonly #connection: RecoveringConnection;
  readonly #ends: RecoveryEnds;
  readonly #options: Options;
  readonly #channels = new Map<number, LastingChannel>();
  readonly #faults = new WeakMap<LastingChannel, Map<string, Fault>>();
  /** Of channels that wait before they are opened again. */
  readonly #timers = new Map<LastingChannel, TimeoutHandle>();
  #isAway = false;
  /** Nothing is to be brought back any more: it was closed by this side, or cannot be had. */
  #isOver = false;
  #attempt = 0;
  #failures: Error[] = [];
  /** The last attempt was refused, with credentials that a function gave: they may just have expired. */
  #wasRefused = false;
  #timer: TimeoutHandle | null = null;
  #callOff: (() => void) | null = null;

  constructor(connection: RecoveringConnection, ends: RecoveryEnds, options: RecoveryOptions) {
    this.#connection = connection;
    this.#ends = ends;
    const { initialDelay = 1000, maxDelay = 30_000, jitter = 0.2, maxAttempts = null, resend = false } = options;
    this.#options = { initialDelay, maxDelay, jitter, maxAttempts, resend };
  }

  get loop(): IOLoop {
    return this.#connection.ioloop;
  }
  get rpcTimeout(): number {
    return this.#connection.params.rpcTimeout;
  }
  get resends(): boolean {
    return this.#options.resend;
  }
  get heldLimit(): number {
    return this.#connection.params.outboundLimit * 4;
  }
  /** Why the connection has ended for good. */
  endedBy: AMQPError | null = null;
  /** Whether nothing is brought back any more. */
  get isOver(): boolean {
    return this.#isOver;
  }
  /** Whether the connection was lost and is not back yet. */
  get isAway(): boolean {
    return this.#isAway;
  }

  openChannel(
    channelNumber: number | null,
    events: WireEvents,
    options?: CallOptions,
    isLasting = true,
  ): LastingChannel {
    const { machine } = this.#connection;
    if (this.#isOver) throw new ConnectionWrongStateError('the connection is closed');
    for (let number = channelNumber || 1; ; number++) {
      if (this.#channels.has(number)) {
        if (channelNumber) throw new InvalidChannelNumber(number, 'is in use');
        continue;
      }
      const channel = new LastingChannel(this, number, events, isLasting);
      if (!this.#begins(channel, machine, channelNumber, options)) continue;
      this.#channels.set(number, channel);
      return channel;
    }
  }

  survives(error: AMQPError): boolean {
    if (this.#isOver || error instanceof ConnectionClosedByClient) return false;
    return error instanceof AMQPConnectionError || error instanceof ProtocolSyntaxError;
  }

  reopens(channel: LastingChannel, error: ChannelClosedByBroker): boolean {
    if (this.#isOver || this.#connection.machine.state !== 'open') return false;
    const taken = isTaken(error);
    const times = this.#timesOf(channel, error, taken);
    if (times > 0 && !taken) return false;
    const delay = taken && channel.consumed.length > 0 ? this.#delay(times) : 0;
    this.#timers.get(channel)?.cancel();
    this.#timers.set(
      channel,
      this.loop.callLater(delay, () => this.#reopen(channel)),
    );
    return true;
  }

  unconsumed(queue: string): void {
    for (const channel of this.#channels.values()) if (channel.consumed.includes(queue)) return;
    this.topology.unconsumed(queue);
  }

  forget(channel: LastingChannel): void {
    this.#timers.get(channel)?.cancel();
    this.#timers.delete(channel);
    this.#channels.delete(channel.number);
  }

  later(callback: () => void): void {
    this.loop.addCallback(callback);
  }

  /** The connection was lost, also while it was being brought back. */
  lost(error: AMQPError): void {
    if (!this.#isAway) {
      this.#isAway = true;
      this.#attempt = 0;
      this.#failures = [];
    }
    this.#next([error]);
  }

  /** The connection stands again; its channels are to be brought back. */
  restore(): void {
    const { machine } = this.#connection;
    const restoring = new Restoring(machine, this.topology, [...this.#channels.values()], {
      renamed: (oldName, newName) => this.#ends.emit('queueRenamed', oldName, newName),
      warn: (text) => this.#connection.logger.warn(text),
    });
    restoring.start((error, isFinal) => {
      if (machine !== this.#connection.machine || machine.state !== 'open') return;
      if (error === null) this.#restored();
      else if (isFinal) this.#giveUp(error);
      else this.#ends.drop(error);
    });
  }

  /** This side closes: nothing is tried any more. */
  stop(): void {
    this.#isOver = true;
    this.#timer?.cancel();
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    this.#callOff?.();
  }

  /** The end of the connection is that of all its channels. */
  ended(error: AMQPError): void {
    this.stop();
    this.endedBy = error;
    this.#isAway = false;
    for (const channel of [...this.#channels.values()]) channel.end(error);
  }

  /** @returns false when the number is not free yet */
  #begins(
    channel: LastingChannel,
    machine: ConnectionMachine,
    wanted: number | null,
    options: CallOptions | undefined,
  ): boolean {
    if (this.#isAway) {
      if (channel.number > machine.channelMax && machine.channelMax > 0) throw new NoFreeChannels(machine.channelMax);
      channel.await(options);
      return true;
    }
    try {
      channel.begin(machine, options);
      return true;
    } catch (error) {
      if (wanted || !(error instanceof InvalidChannelNumber)) throw error;
      if (channel.number >= machine.channelMax) throw new NoFreeChannels(machine.channelMax);
      return false;
    }
  }

  #next(reasons: readonly Error[]): void {
    this.#failures = [...this.#failures, ...reasons].slice(-KEPT);
    const { maxAttempts } = this.#options;
    if (maxAttempts !== null && this.#attempt >= maxAttempts) {
      this.#giveUp(new AMQPConnectionWorkflowFailed(this.#failures));
      return;
    }
    const delay = this.#delay(this.#attempt++);
    this.#ends.emit('recovering', this.#attempt, delay);
    this.#timer = this.loop.callLater(delay, () => this.#connect());
  }

  /** @returns how often this has closed the channel shortly before */
  #timesOf(channel: LastingChannel, { replyCode, replyText, method }: ChannelClosedByBroker, taken: boolean): number {
    const text = `${replyCode} ${replyText} ${method}`;
    const at = this.loop.time();
    const shortly = taken ? SAME_FAULT + this.#options.maxDelay * 2 : SAME_FAULT;
    const faults = this.#faults.get(channel) ?? new Map<string, Fault>();
    this.#faults.set(channel, faults);
    for (const [other, { until }] of faults) if (until <= at) faults.delete(other);
    const last = faults.get(text);
    const times = last === undefined ? 0 : last.times + 1;
    faults.set(text, { until: at + shortly, times });
    return times;
  }

  /** @returns milliseconds before an attempt that so many came before */
  #delay(attempts: number): number {
    const { initialDelay, maxDelay, jitter } = this.#options;
    return Math.min(maxDelay, initialDelay * 2 ** attempts) * (1 + jitter * (2 * Math.random() - 1));
  }

  #connect(): void {
    const { places } = this.#connection;
    this.#callOff = reconnect(this.#connection, places, this.loop, (failures) => {
      this.#callOff = null;
      if (this.#isOver) return;
      if (failures === null) this.restore();
      else if (this.#isFinal(failures))
        this.#giveUp(new AMQPConnectionWorkflowFailed([...this.#failures, ...failures].slice(-KEPT)));
      else this.#next(failures);
    });
  }

  /** What was refused is asked once more with fresh credentials, where a function gives them. */
  #isFinal(failures: readonly Error[]): boolean {
    const isRefused = failures.some(isRefusal);
    const isFinal = isRefused && (this.#wasRefused || typeof this.#connection.params.credentials !== 'function');
    this.#wasRefused = isRefused;
    return isFinal;
  }

  #restored(): void {
    this.#isAway = false;
    this.#wasRefused = false;
    for (const channel of [...this.#channels.values()]) {
      channel.resume();
      // one that was closed while all were brought back
      if (channel.state === 'opening' && !this.#timers.has(channel)) this.#reopen(channel);
    }
    this.#ends.emit('recovered');
  }

  #giveUp(error: AMQPError): void {
    this.stop();
    this.#ends.emit('recoveryFailed', error);
    this.#ends.end(error);
  }

  #reopen(channel: LastingChannel): void {
    this.#timers.delete(channel);
    const { machine } = this.#connection;
    if (this.#isAway || this.#isOver || machine.state !== 'open' || channel.state !== 'opening') return;
    const tooSlow = (error: AMQPError | null): boolean => {
      if (error instanceof RpcTimeout) {
        this.#timers.set(
          channel,
          this.loop.callLater(this.#delay(0), () => this.#reopen(channel)),
        );
      }
      return error !== null;
    };
    channel.returnTo(machine, (missing) => {
      if (tooSlow(missing)) return;
      channel.consumeAgain((error) => {
        if (!tooSlow(error)) channel.resume();
      });
    });
  }
}

/** What closed a channel that was opened again. */
interface Fault {
  /** Milliseconds, by the loop: as long as the same is not worth another try. */
  readonly until: number;
  /** How often the same had closed it shortly before. */
  readonly times: number;
}

/** A queue that one connection may consume: the one that was lost has it until the broker notices. */
function isTaken({ replyCode, replyText }: ChannelClosedByBroker): boolean {
  return replyCode === RESOURCE_LOCKED || (replyCode === ACCESS_REFUSED && replyText.includes('exclusive use'));
}

type Options = { readonly [K in keyof RecoveryOptions]-?: Exclude<RecoveryOptions[K], undefined> };

/** What the broker has said no to: to ask again would not help, and may lock the account. */
function isRefusal(failure: Error): boolean {
  const error = failure instanceof AMQPConnectorAMQPHandshakeError ? failure.exception : failure;
  return REFUSALS.some((refusal) => error instanceof refusal);
}

const REFUSALS = [AuthenticationError, ProbableAuthenticationError, ProbableAccessDeniedError];

/** Milliseconds within which what has closed a channel before is not worth another try. */
const SAME_FAULT = 10_000;
const ACCESS_REFUSED = 403;
/** Of a queue that is another connection's alone. */
const RESOURCE_LOCKED = 405;
/** Failures that are remembered for whoever asks why nothing helped. */
const KEPT = 16;

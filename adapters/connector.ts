import type { AMQPError } from '../amqp/index.ts';
import {
  type ConnectOptions,
  type IOLoop,
  type SocketAddress,
  type TcpAddress,
  type TimeoutHandle,
  type Transport,
  type TransportHandlers,
  type UnixAddress,
  type WebSocketAddress,
  WebSocketError,
} from '../ioloop/index.ts';
import {
  AMQPConnectorAborted,
  AMQPConnectorAMQPHandshakeError,
  AMQPConnectorSocketConnectError,
  AMQPConnectorStackTimeout,
  AMQPConnectorTransportSetupError,
  AMQPConnectorWrongState,
  type ConnectStage,
} from './errors.ts';
import type { Parameters } from './parameters.ts';
import { keepAliveIdle } from './tcp-options.ts';

/** Where one attempt goes: a host's name and port as they were asked for, and what that name stood for. */
export interface ConnectTarget {
  readonly host: string;
  readonly port: number;
  /** Its place in the parameters' `hosts`. */
  readonly index: number;
  /** null: the parameters' `socketPath` or `webSocket`. */
  readonly address: SocketAddress | null;
}

/** What a connector needs of the connection that it brings to life. */
export interface Connectable {
  /** Where to look for a broker when the connection was lost. */
  places?: readonly Parameters[];
  /** How far the handshake is. */
  readonly stage: ConnectStage;
  /**
   * Takes over an open stream and opens AMQP on it.
   * @param done - called once, from the loop: null when AMQP is open, else why it is not
   * @returns what hears the stream from then on
   */
  begin(transport: Transport, target: ConnectTarget, done: (error: Error | null) => void): TransportHandlers;
  /** Ends a handshake that is under way: `done` of begin() gets the error, from the loop. */
  abandon(error: AMQPError): void;
}

/** What one attempt to connect tells. */
export interface AttemptHandlers {
  /** TCP and TLS stand; AMQP begins when this returns. */
  onLink?(): void;
  /** Once, from the loop; exactly one of the two is not null. */
  onDone(error: AMQPError | null, connection: Connectable | null): void;
}

/** One attempt at one address: TCP, then TLS where asked for, then AMQP. */
export class Connector {
  readonly #loop: IOLoop;
  readonly #makeConnection: (parameters: Parameters) => Connectable;
  #attempt: Attempt | null = null;
  #transport: Transport | null = null;
  #phase: 'tcp' | 'tls' | 'amqp' = 'tcp';
  #connection: Connectable | null = null;
  /** What hears the stream once AMQP begins. */
  #session: TransportHandlers | null = null;
  /** Why this side gave up; it counts before what the stream says at its end. */
  #reason: AMQPError | null = null;
  /** The stream stood, and led to no broker. */
  #turnedAway: WebSocketError | null = null;
  #socketLimit: Limit | null = null;
  #stackLimit: Limit | null = null;
  #done = false;

  /** @param makeConnection - called when the stream stands; what it throws is this attempt's failure */
  constructor(loop: IOLoop, makeConnection: (parameters: Parameters) => Connectable) {
    this.#loop = loop;
    this.#makeConnection = makeConnection;
  }

  get stage(): ConnectStage {
    return this.#phase === 'amqp' ? (this.#connection?.stage ?? 'header') : this.#phase;
  }

  /** @throws {AMQPConnectorWrongState} when it was started before */
  start(parameters: Parameters, target: ConnectTarget, handlers: AttemptHandlers): void {
    if (this.#attempt) throw new AMQPConnectorWrongState('a connector makes one attempt: this one was started before');
    this.#attempt = { parameters, target, handlers };
    this.#socketLimit = this.#limit(parameters.socketTimeout, 'socketTimeout');
    this.#stackLimit = this.#limit(parameters.stackTimeout, 'stackTimeout');
    try {
      this.#transport = this.#loop.transports.create(this.#ears());
      this.#transport.connect(...route(parameters, target));
    } catch (error) {
      this.#loop.addCallback(() => this.#fail(error));
    }
  }

  /**
   * Gives up; onDone gets AMQPConnectorAborted, from the loop.
   * @throws {AMQPConnectorWrongState} before start() and after the end
   */
  abort(): void {
    if (!this.#attempt || this.#done)
      throw new AMQPConnectorWrongState('no attempt is under way that could be aborted');
    this.#giveUp(new AMQPConnectorAborted('the attempt was aborted'));
  }

  #ears(): TransportHandlers {
    return {
      onSecuring: () => {
        this.#phase = 'tls';
        this.#socketLimit?.cancel();
      },
      onConnect: () => this.#linked(),
      onData: (bytes) => this.#session?.onData(bytes),
      onDrain: () => this.#session?.onDrain(),
      onEof: () => this.#session?.onEof() ?? false,
      onIdle: (silence) => this.#session?.onIdle(silence),
      onCollect: () => this.#session?.onCollect?.(),
      onHandOver: () => this.#session?.onHandOver?.(),
      onClose: (error) => this.#lost(error),
    };
  }

  #lost(error: Error | null): void {
    // a bridge takes everybody in before it says what is wrong, or that it has reached nobody
    if (error instanceof WebSocketError && this.stage === 'header') this.#turnedAway = error;
    if (this.#session) this.#session.onClose(error);
    else this.#fail(error);
  }

  #linked(): void {
    // a socket that the loop itself waits for can be faster than the timer of a limit that is over at once
    if (this.#socketLimit?.lapse() === true) return;
    this.#socketLimit?.cancel();
    const attempt = this.#attempt;
    const transport = this.#transport;
    if (!attempt || !transport || this.#reason) return;
    attempt.handlers.onLink?.();
    this.#phase = 'amqp';
    try {
      const connection = this.#makeConnection(attempt.parameters);
      this.#connection = connection;
      this.#session = connection.begin(transport, attempt.target, (error) =>
        error ? this.#fail(error) : this.#finish(null, connection),
      );
    } catch (error) {
      this.#fail(error);
      transport.abort();
    }
  }

  #limit(duration: number | null, field: 'socketTimeout' | 'stackTimeout'): Limit | null {
    if (duration === null) return null;
    return new Limit(this.#loop, duration, () =>
      this.#giveUp(new AMQPConnectorStackTimeout(this.stage, field, duration)),
    );
  }

  #giveUp(reason: AMQPError): void {
    if (this.#reason) return;
    this.#reason = reason;
    if (this.#session) this.#connection?.abandon(reason);
    else this.#transport?.abort();
  }

  #fail(error: unknown): void {
    if (this.#reason instanceof AMQPConnectorAborted) this.#finish(this.#reason, null);
    else this.#finish(this.#phaseError(this.#reason ?? error), null);
  }

  #phaseError(error: unknown): AMQPError {
    const { host, port } = this.#attempt!.target; // set before anything can fail
    if (this.#turnedAway) return new AMQPConnectorSocketConnectError(this.#turnedAway, host, port);
    const exception = error instanceof Error ? error : new Error(`the stream ended (${String(error)})`);
    if (this.#phase === 'amqp') return new AMQPConnectorAMQPHandshakeError(exception, host, port);
    if (this.#phase === 'tls') return new AMQPConnectorTransportSetupError(exception, host, port);
    return new AMQPConnectorSocketConnectError(exception, host, port);
  }

  #finish(error: AMQPError | null, connection: Connectable | null): void {
    if (this.#done) return;
    this.#done = true;
    this.#socketLimit?.cancel();
    this.#stackLimit?.cancel();
    this.#attempt?.handlers.onDone(error, connection);
  }
}

interface Attempt {
  readonly parameters: Parameters;
  readonly target: ConnectTarget;
  readonly handlers: AttemptHandlers;
}

/** The arguments of connect() for an attempt. */
function route(
  parameters: Parameters,
  target: ConnectTarget,
): [TcpAddress | UnixAddress | WebSocketAddress, ConnectOptions] {
  const { sslOptions, tcpOptions, socketPath, webSocket } = parameters;
  if (webSocket !== null) return [{ url: webSocket }, {}];
  const idle = keepAliveIdle(tcpOptions);
  const options: ConnectOptions = {
    ...(sslOptions === null ? {} : { tls: { serverHostname: target.host, ...sslOptions.toTls() } }),
    ...(idle === null ? {} : { keepAlive: idle }),
  };
  const { address } = target;
  if (address) return [{ host: address.address, port: address.port, family: address.family }, options];
  return [{ path: socketPath ?? target.host }, options];
}

/** A time limit that does not count the time for which the user's code has held the loop up: nobody could answer then. */
export class Limit {
  readonly #loop: IOLoop;
  readonly #duration: number;
  readonly #expired: () => void;
  #timer: TimeoutHandle;

  constructor(loop: IOLoop, duration: number, expired: () => void) {
    this.#loop = loop;
    this.#duration = duration;
    this.#expired = expired;
    this.#timer = loop.callLater(duration, () => this.#due());
  }

  cancel(): void {
    this.#timer.cancel();
  }

  /** Where a turn of the loop may take longer than all the time there is: expires if that is over. @returns whether it is */
  lapse(): boolean {
    if (!this.#timer.active || this.#duration >= HELD_UP || this.#loop.time() < this.#timer.deadline) return false;
    this.cancel();
    this.#expired();
    return true;
  }

  #due(): void {
    const late = this.#loop.time() - this.#timer.deadline;
    if (late > HELD_UP) this.#timer = this.#loop.callLater(late, () => this.#due());
    else this.#expired();
  }
}

/** Milliseconds behind its time from which on a timer tells of a loop that did not come round. */
export const HELD_UP = 50;

import {
  type AMQPConnectionError,
  type AMQPError,
  ConnectionBlockedTimeout,
  ConnectionClosedByBroker,
  IncompatibleProtocolError,
  ProbableAccessDeniedError,
  ProbableAuthenticationError,
  ProtocolSyntaxError,
  StreamLostError,
  UnexpectedFrameError,
} from './errors.ts';

/** Until `open`, named for the last step that was taken; `closing` only after a close of this side. */
export type ConnectionState = 'init' | 'protocol' | 'start' | 'tune' | 'open' | 'closing' | 'closed';
export type ConnectionEvent = 'header' | 'start' | 'tune' | 'openOk' | 'close' | 'closeOk' | 'end';

/** What a channel is doing; in `closing` its close waits for the answer. */
export type ChannelState = 'opening' | 'open' | 'closing' | 'closed';
export type ChannelEvent = 'openOk' | 'close' | 'end';

/**
 * What follows what is decided here and nowhere else.
 * @throws UnexpectedFrameError when the event is not legal in this state
 */
export function nextConnectionState(state: ConnectionState, event: ConnectionEvent): ConnectionState {
  const row: Partial<Record<ConnectionEvent, ConnectionState>> = CONNECTION[state];
  return row[event] ?? unexpected(`connection ${WORDS[event]}`, `the connection is in state ${state}`);
}

/** As {@link nextConnectionState}. */
export function nextChannelState(state: ChannelState, event: ChannelEvent): ChannelState {
  const row: Partial<Record<ChannelEvent, ChannelState>> = CHANNEL[state];
  return row[event] ?? unexpected(`channel ${WORDS[event]}`, `the channel is ${state}`);
}

/**
 * What it means that the stream was lost, or that the broker closed, in this state: brokers tell a refused login by
 * hanging up, and a missing virtual host by a close.
 */
export function lossError(state: ConnectionState, loss: AMQPConnectionError): AMQPError {
  const meaning = LOSS[state];
  if (meaning === undefined) return loss;
  if (loss instanceof ConnectionClosedByBroker) {
    return meaning.codes.includes(loss.replyCode) && !isOfLimits(loss) ? meaning.error(loss) : loss;
  }
  return loss instanceof StreamLostError ? meaning.error(loss) : loss;
}

/** @throws UnexpectedFrameError for what must not come before the login is over */
export function requireLogin(state: ConnectionState, what: string): void {
  if (state !== 'open' && state !== 'closing') unexpected(what, `the connection is in state ${state}`);
}

/** What the broker is told when the connection ends for an error of this side's finding. */
export function replyCodeFor(error: AMQPError): number {
  if (error instanceof ProtocolSyntaxError) return error.replyCode;
  return error instanceof ConnectionBlockedTimeout ? 320 : 541;
}

/** The error for a call that this state does not allow; its cause is why it came to that state. */
export function wrongState<E extends AMQPError>(
  kind: new (text: string, options?: ErrorOptions) => E,
  text: string,
  reason: AMQPError | null,
): E {
  return reason === null ? new kind(text) : new kind(`${text}: ${reason.message}`, { cause: reason });
}

const CONNECTION = {
  init: { header: 'protocol', end: 'closed' },
  protocol: { start: 'start', end: 'closed' },
  start: { tune: 'tune', end: 'closed' },
  tune: { openOk: 'open', end: 'closed' },
  open: { close: 'closing', end: 'closed' },
  closing: { closeOk: 'closing', end: 'closed' },
  closed: {},
} as const satisfies Record<ConnectionState, Partial<Record<ConnectionEvent, ConnectionState>>>;

const CHANNEL = {
  opening: { openOk: 'open', close: 'closing', end: 'closed' },
  open: { close: 'closing', end: 'closed' },
  closing: { openOk: 'closing', end: 'closed' },
  closed: {},
} as const satisfies Record<ChannelState, Partial<Record<ChannelEvent, ChannelState>>>;

const WORDS = {
  header: 'header',
  start: 'start',
  tune: 'tune',
  openOk: 'open-ok',
  close: 'close',
  closeOk: 'close-ok',
  end: 'end',
} as const satisfies Record<ConnectionEvent, string>;

interface Meaning {
  /** The reply codes of a close that mean the same as hanging up. */
  readonly codes: readonly number[];
  error(cause: AMQPConnectionError): AMQPError;
}

const LOSS: Partial<Record<ConnectionState, Meaning>> = {
  protocol: {
    codes: [],
    error: (cause) =>
      new IncompatibleProtocolError(`the peer hung up on the AMQP header: ${cause.message}`, '', { cause }),
  },
  start: {
    codes: [403],
    error: (cause) => new ProbableAuthenticationError(`the login was refused: ${cause.message}`, { cause }),
  },
  tune: {
    codes: [403, 530],
    error: (cause) => new ProbableAccessDeniedError(`the virtual host was refused: ${cause.message}`, { cause }),
  },
};

/** A limit of the user or virtual host that is reached is no refusal: later there may be room. */
function isOfLimits(loss: ConnectionClosedByBroker): boolean {
  return loss.replyCode === 530 && loss.replyText.includes('limit');
}

function unexpected(what: string, when: string): never {
  throw new UnexpectedFrameError(`${what} came while ${when}`);
}

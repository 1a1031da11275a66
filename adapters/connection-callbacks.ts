import type { AMQPError } from '../amqp/index.ts';
import type { Logger } from '../ioloop/index.ts';
import { CallbackList } from './callbacks.ts';
import { ConnectionFacts } from './connection-facts.ts';

/** Called with the connection alone. */
export type ConnectionCallback<Connection> = (connection: Connection) => unknown;
/** Called with why the connection did not open, or has ended. */
export type ConnectionErrorCallback<Connection> = (connection: Connection, error: AMQPError) => unknown;
/** What a blocked or unblocked callback gets of the broker's method. */
export type BlockedEvent =
  | { readonly name: 'connection.blocked'; readonly reason: string }
  | { readonly name: 'connection.unblocked' };
/** Called when the broker stops taking messages, or takes them again. */
export type BlockedCallback<Connection> = (connection: Connection, event: BlockedEvent) => unknown;

/**
 * The callbacks of a connection: added, removed, each list called in order. Those for opening and closing are called at
 * most once. Every add… throws a TypeError `ARG_TYPE` for what is no function; every remove… tells whether it was there.
 */
export abstract class ConnectionCallbacks extends ConnectionFacts {
  protected readonly onOpen: CallbackList<[connection: this]>;
  protected readonly onOpenError: CallbackList<[connection: this, error: AMQPError]>;
  protected readonly onClose: CallbackList<[connection: this, error: AMQPError]>;
  protected readonly onBlocked: CallbackList<[connection: this, event: BlockedEvent]>;
  protected readonly onUnblocked: CallbackList<[connection: this, event: BlockedEvent]>;
  protected readonly onPressure: CallbackList<[connection: this]>;
  /** Whether an opening that fails is to throw its error out of the loop's start(): nobody else hears of it. */
  protected throwsOpenError = true;

  abstract readonly logger: Logger;

  protected constructor() {
    super();
    const warn = (text: string): void => this.warn(text);
    this.onOpen = new CallbackList('the opening of a connection', warn);
    this.onOpenError = new CallbackList('a failed opening', warn);
    this.onClose = new CallbackList('the close of a connection', warn);
    this.onBlocked = new CallbackList('connection.blocked', warn);
    this.onUnblocked = new CallbackList('connection.unblocked', warn);
    this.onPressure = new CallbackList('backpressure', warn);
  }

  /** @internal */
  protected override warn(text: string): void {
    this.logger.warn(text);
  }

  addOnOpenCallback(callback: ConnectionCallback<this>): void {
    this.onOpen.add(callback, { oneShot: true });
  }
  removeOnOpenCallback(callback: ConnectionCallback<this>): boolean {
    return this.onOpen.remove(callback);
  }

  /** @param options - `removeDefault: false` keeps the default, which throws the error out of the loop's start() */
  addOnOpenErrorCallback(callback: ConnectionErrorCallback<this>, options: { removeDefault?: boolean } = {}): void {
    this.onOpenError.add(callback, { oneShot: true });
    if (options.removeDefault !== false) this.throwsOpenError = false;
  }
  removeOnOpenErrorCallback(callback: ConnectionErrorCallback<this>): boolean {
    return this.onOpenError.remove(callback);
  }

  /** Called once, for whatever ends a connection that was open. */
  addOnCloseCallback(callback: ConnectionErrorCallback<this>): void {
    this.onClose.add(callback, { oneShot: true });
  }
  removeOnCloseCallback(callback: ConnectionErrorCallback<this>): boolean {
    return this.onClose.remove(callback);
  }

  /** The broker takes no messages for a while, for want of memory or disk. */
  addOnConnectionBlockedCallback(callback: BlockedCallback<this>): void {
    this.onBlocked.add(callback);
  }
  removeOnConnectionBlockedCallback(callback: BlockedCallback<this>): boolean {
    return this.onBlocked.remove(callback);
  }

  addOnConnectionUnblockedCallback(callback: BlockedCallback<this>): void {
    this.onUnblocked.add(callback);
  }
  removeOnConnectionUnblockedCallback(callback: BlockedCallback<this>): boolean {
    return this.onUnblocked.remove(callback);
  }

  /**
   * Called after each hand-over that leaves more unsent than ten average frames (with `backpressureDetection`), or than
   * `outboundLimit` (always); while the stream is full, after each turn that adds to it.
   */
  addBackpressureCallback(callback: ConnectionCallback<this>): void {
    this.onPressure.add(callback);
  }
  removeBackpressureCallback(callback: ConnectionCallback<this>): boolean {
    return this.onPressure.remove(callback);
  }
}

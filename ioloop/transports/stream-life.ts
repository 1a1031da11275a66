import type { EventMask, LoopServices } from '../poller.ts';
import type { TransportHandlers, TransportState } from '../transport.ts';

export interface StreamLifeOwner {
  /** Step (i) of a turn: something has happened to the stream. */
  dispatch(events: EventMask): void;
  /** The stream is closed from here on: what it held is let go. @param aborted - and its other side does not know yet */
  left(aborted: boolean): void;
  /** Right before the last handler is called. */
  ended(): void;
}

/** What the owner of a stream hears of it, and how that ends: once, as the last thing, and never from inside a method. */
export class StreamLife {
  /** What `wait()` reports for this stream. */
  readonly token: number;
  state: TransportState = 'new';
  readonly #services: LoopServices;
  readonly #handlers: TransportHandlers;
  readonly #owner: StreamLifeOwner;

  constructor(services: LoopServices, handlers: TransportHandlers, owner: StreamLifeOwner) {
    this.#services = services;
    this.#handlers = handlers;
    this.#owner = owner;
    this.token = services.register((events) => owner.dispatch(events));
  }

  /** Runs a handler. @returns false when the stream is over: it threw, or closed it */
  call<A extends unknown[]>(handler: (...args: A) => void, ...args: A): boolean {
    const error = this.#services.call(handler, ...args);
    if (error !== undefined) this.abort(error instanceof Error ? error : new Error(String(error), { cause: error }));
    return this.state !== 'closed';
  }

  /** @returns whether the owner stays half open; the stream may be over all the same */
  askAtEof(): boolean {
    let stays = false;
    this.call(() => {
      stays = this.#handlers.onEof() === true;
    });
    return stays;
  }

  /** Ends it at once, and tells so in a turn of its own. */
  abort(error: Error | null): void {
    if (this.state === 'closed') return;
    this.#leave(true);
    this.#services.post(() => this.#end(error));
  }

  /** Tells the end, from step (i) or the hand-over of a turn. */
  finish(error: Error | null): void {
    if (this.state === 'closed') return;
    this.#leave(false);
    this.#end(error);
  }

  /** The loop is closed: nothing is told any more. */
  drop(): void {
    if (this.state !== 'closed') this.#leave(false);
    this.#services.unregister(this.token);
  }

  #leave(aborted: boolean): void {
    this.state = 'closed';
    this.#owner.left(aborted);
  }

  #end(error: Error | null): void {
    this.#services.unregister(this.token);
    this.#owner.ended();
    const thrown = this.#services.call(() => this.#handlers.onClose(error));
    // nobody is left to be told: the loop reports it
    if (thrown !== undefined) throw thrown;
  }
}

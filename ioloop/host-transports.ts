import { LoopClosedError } from './errors.ts';
import type { SocketAddress, Transport, TransportFactory, TransportHandlers } from './transport.ts';

/** Runs code inside the loop. @returns what it threw, or undefined */
export type Enter = (fn: () => void) => unknown;

/** A host's streams, whose handlers run inside our loop: it is current, microtasks follow, and what they asked for is armed. */
export class HostTransports implements TransportFactory {
  readonly #streams: TransportFactory;
  readonly #enter: Enter;
  readonly #post: (fn: () => void) => void;
  readonly #open = new Set<Transport>();
  #closed = false;

  /** @param post - queues a callback of the loop */
  constructor(streams: TransportFactory, enter: Enter, post: (fn: () => void) => void) {
    this.#streams = streams;
    this.#enter = enter;
    this.#post = post;
  }

  create(handlers: TransportHandlers): Transport {
    this.#checkOpen();
    const stream = this.#streams.create({
      ...inside(handlers, (fn) => this.#call(fn)),
      onClose: (error) => {
        this.#open.delete(stream);
        this.#post(() => handlers.onClose(error));
      },
    });
    this.#open.add(stream);
    return stream;
  }

  resolve(
    host: string,
    port: number,
    family: 0 | 4 | 6,
    done: (error: Error | null, list: readonly SocketAddress[]) => void,
  ): { cancel(): boolean } {
    this.#checkOpen();
    let waiting = true;
    const once = (error: Error | null, list: readonly SocketAddress[]): void => {
      if (waiting) done(error, list);
      waiting = false;
    };
    const query = this.#streams.resolve(host, port, family, (error, list) => this.#post(() => once(error, list)));
    return {
      cancel: () => {
        const was = waiting;
        waiting = false;
        query.cancel();
        return was;
      },
    };
  }

  /** The loop is closed. @returns the streams that have not ended, for bytes that the system has not taken yet */
  close(): readonly Transport[] {
    this.#closed = true;
    const streams = [...this.#open];
    const unsent = streams.filter((stream) => stream.writeBufferSize > 0);
    for (const stream of streams) {
      if (unsent.includes(stream)) stream.shutdown();
      else stream.abort();
    }
    return unsent;
  }

  #checkOpen(): void {
    if (this.#closed) throw new LoopClosedError('transports');
  }

  /** An error goes on to the stream, which ends with it. */
  #call(fn: () => void): void {
    const thrown = this.#enter(fn);
    if (thrown !== undefined) throw thrown;
  }
}

function inside(handlers: TransportHandlers, call: (fn: () => void) => void): Omit<TransportHandlers, 'onClose'> {
  return {
    onSecuring: () => call(() => handlers.onSecuring?.()),
    onConnect: (info) => call(() => handlers.onConnect(info)),
    onData: (bytes) => call(() => handlers.onData(bytes)),
    onDrain: () => call(() => handlers.onDrain()),
    onEof: () => {
      let stay = false;
      call(() => {
        stay = handlers.onEof();
      });
      return stay;
    },
    onIdle: (silence) => call(() => handlers.onIdle(silence)),
    // it runs no code of the user's
    onCollect: () => handlers.onCollect?.(),
    onHandOver: () => call(() => handlers.onHandOver?.()),
  };
}

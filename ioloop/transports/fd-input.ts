import type { FdSocket } from '../fd-socket.ts';
import type { LoopServices } from '../poller.ts';
import { READ_BUDGET } from '../transport.ts';
import type { StreamLife } from './stream-life.ts';

export interface FdInputHost {
  readonly services: Pick<LoopServices, 'time'>;
  /** What sockets read into. */
  readonly scratch: Uint8Array;
}

/** What comes out of a socket that the loop itself waits for. */
export class FdInput {
  total = 0;
  paused = false;
  /** The peer's end has been read. */
  ended = false;
  /** Whether the loop is to tell of bytes. */
  wanted = true;
  readonly #host: FdInputHost;
  readonly #life: StreamLife;
  readonly #onData: (bytes: Uint8Array) => void;
  #last: number;
  /** What the last read gave: answers of one kind have one length, and who reads them can know the array again. */
  #view: Uint8Array = new Uint8Array(0);

  constructor(host: FdInputHost, life: StreamLife, onData: (bytes: Uint8Array) => void) {
    this.#host = host;
    this.#life = life;
    this.#onData = onData;
    this.#last = host.services.time();
  }

  /** Silence counts from now. */
  begin(): void {
    this.#last = this.#host.services.time();
  }

  /** When the last bytes came. While nobody reads the peer is not silent: what it sends waits in the system. */
  last(socket: FdSocket | null): number {
    return this.paused && socket?.readable === true ? this.#host.services.time() : this.#last;
  }

  resume(socket: FdSocket | null): void {
    this.#last = this.last(socket);
    this.paused = false;
    this.wanted = !this.ended;
  }

  /** Gives what is there to the handler. @returns 'eof' at the end, an error of the system's, null while it goes on */
  read(socket: FdSocket): 'eof' | Error | null {
    const { scratch, services } = this.#host;
    for (let budget = READ_BUDGET; budget > 0 && !this.paused; ) {
      let count: number;
      try {
        count = socket.receive(scratch);
      } catch (error) {
        // FdSocket throws errors
        return error as Error;
      }
      if (count === 0) {
        this.ended = true;
        this.wanted = false;
        return 'eof';
      }
      if (count < 0) return null;
      this.total += count;
      this.#last = services.time();
      if (!this.#life.call(this.#onData, this.#viewOf(scratch, count))) return null;
      // a short read has emptied the socket, and if not, it is readable in the next turn
      if (count < scratch.length) return null;
      budget -= count;
    }
    return null;
  }

  #viewOf(scratch: Uint8Array, count: number): Uint8Array {
    if (this.#view.length !== count) this.#view = scratch.subarray(0, count);
    return this.#view;
  }
}

/** A view of its bytes is valid for one handler only, so one for all streams of a loop is enough. */
export const SCRATCH_BYTES = 131_072;

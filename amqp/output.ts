import { PROTOCOL_HEADER } from './marshal.ts';
import { FRAME_HEAD_SIZE, FRAME_HEARTBEAT, FRAME_METHOD, Writer } from './writer.ts';

/** What a connection has to send, and whether its owner knows. */
export class Output {
  readonly writer: Writer = new Writer();
  /** For frames that are to go out later; empty between uses. */
  readonly scratch: Writer = new Writer();
  readonly #announce: () => void;
  #announced = false;
  #header: 'none' | 'due' | 'sent' = 'none';

  /** @param announce - called when there is output after there was none, and with each addition once it is much */
  constructor(announce: () => void) {
    this.#announce = announce;
  }

  /** Bytes that {@link take} would give. */
  get size(): number {
    return this.writer.size + (this.#header === 'due' ? PROTOCOL_HEADER.length : 0);
  }

  /** Bytes taken so far and to be taken. */
  get written(): number {
    return this.writer.written + (this.#header === 'none' ? 0 : PROTOCOL_HEADER.length);
  }

  /** The longest frame that may be written, its head and end included. */
  limit(frameMax: number): void {
    this.writer.frameMax = frameMax;
    this.scratch.frameMax = frameMax;
  }

  /** Puts the protocol header before everything. */
  writeHeader(): void {
    this.#header = 'due';
    this.wrote();
  }

  /** Sends a method that was encoded before, as a whole frame. */
  send(channel: number, frame: Uint8Array): void {
    this.writer.copyFrame(FRAME_METHOD, channel, frame, FRAME_HEAD_SIZE, frame.length - 1);
    this.wrote();
  }

  sendHeartbeat(): void {
    this.writer.copyFrame(FRAME_HEARTBEAT, 0, NOTHING, 0, 0);
    this.wrote();
  }

  /** Whole frames stand in the writer. @param awaited - somebody waits for the answer */
  wrote(awaited = false): void {
    if (this.#announced && this.writer.size < (awaited ? LOT_OF_CALLS : LOT)) return;
    this.#announced = true;
    this.#announce();
  }

  /** Gives all of it, as parts in order, which hold until the next write. */
  take(): Uint8Array[] {
    this.#announced = false;
    const parts = this.writer.take();
    if (this.#header !== 'due') return parts;
    this.#header = 'sent';
    return [PROTOCOL_HEADER, ...parts];
  }
}

/** Bytes from which on the owner is told again: so that it need not look how much has come together since. */
const LOT = 32_768;
/** The same while calls are added, about a segment of TCP: the peer can answer them while the owner goes on. */
const LOT_OF_CALLS = 1400;
const NOTHING = new Uint8Array(0);

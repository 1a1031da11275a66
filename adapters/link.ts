import { type AMQPError, type ConnectionMachine, HEARTBEAT_FRAME } from '../amqp/index.ts';
import type { IOLoop, TimeoutHandle, Transport, TransportHandlers } from '../ioloop/index.ts';
import { HELD_UP } from './connector.ts';
import { Outbox, type OutboxOptions } from './outbox.ts';
import type { FrameTrace } from './trace.ts';

export interface LinkOptions extends Omit<OutboxOptions, 'nextTurn'> {
  readonly trace: FrameTrace | null;
  /** The transport has room again. */
  drained(): void;
  /** Called once, when the stream is gone too. */
  gone(): void;
}

/** One protocol machine on one open stream: bytes in, bytes out, and the machine's clock. */
export class Link implements TransportHandlers {
  readonly outbox: Outbox;
  readonly #machine: ConnectionMachine;
  readonly #loop: IOLoop;
  readonly #transport: Transport;
  readonly #trace: FrameTrace | null;
  readonly #drained: () => void;
  readonly #gone: () => void;
  #timer: TimeoutHandle | null = null;
  /** When #timer fires; Infinity without one. */
  #timerAt = Number.POSITIVE_INFINITY;
  /** Why this side gave up the stream; it counts before what the stream says at its end. */
  #reason: AMQPError | null = null;
  #state: 'open' | 'ending' | 'gone' = 'open';
  /** Where this side has stopped reading: Infinity meanwhile, then when it went on. The peer's silence until then is ours. */
  #deafUntil = Number.NEGATIVE_INFINITY;
  /** The stream will ask for what the machine has to say. */
  #announced = false;
  /** The last reading of the clock: one for each message would cost a tenth of its price. */
  #now = 0;

  constructor(machine: ConnectionMachine, loop: IOLoop, transport: Transport, options: LinkOptions) {
    this.#machine = machine;
    this.#loop = loop;
    this.#transport = transport;
    this.#trace = options.trace;
    this.#drained = options.drained;
    this.#gone = options.gone;
    const nextTurn = (look: () => void): void => {
      loop.addCallback(() => {
        if (this.#state === 'open') look();
      });
    };
    this.outbox = new Outbox(transport, { ...options, nextTurn });
  }

  get isGone(): boolean {
    return this.#state === 'gone';
  }

  start(): void {
    this.#machine.start(this.#time());
    this.#schedule();
  }

  /** The machine has something to say. A stream that can wait for it gets it at the end of the turn, or when it is much. */
  send(): void {
    if (this.#state !== 'open' || this.#reason) return;
    if (this.#transport.announce === undefined || this.#announced) this.#write();
    else {
      this.#announced = true;
      this.#transport.announce();
    }
  }

  onCollect(): void {
    if (this.#state === 'open' && !this.#reason) this.#write();
  }

  #write(): void {
    this.#announced = false;
    const startsClocks = this.#machine.startsClocks;
    const parts = this.#machine.takeOutput(startsClocks ? this.#time() : this.#now);
    if (parts.length > 0) {
      this.#trace?.sent(parts);
      this.outbox.write(parts);
    }
    if (startsClocks) this.#schedule();
  }

  /** Heartbeats go out from here on even while the user's code keeps the loop from coming round. */
  keepAlive(heartbeat: number): void {
    if (heartbeat > 0) this.#transport.keepAlive(HEARTBEAT_FRAME, heartbeat * SAFETY_NET, 0);
  }

  /** Gives the stream up: the machine ends with this error, from the loop. */
  abandon(reason: AMQPError): void {
    if (this.#state !== 'open' || this.#reason) return;
    this.#reason = reason;
    this.#timer?.cancel();
    this.#transport.abort();
  }

  /** The machine has ended: its last words, then the end of the stream. */
  finish(): void {
    this.#timer?.cancel();
    if (this.#state !== 'open') return;
    if (!this.#reason) this.#write();
    this.#state = 'ending';
    if (this.#transport.state === 'open' && this.outbox.unsent > 0) {
      this.#transport.shutdown();
      this.#timer = this.#loop.callLater(LINGER, () => this.#transport.abort());
    } else {
      this.#transport.abort();
    }
  }

  /** What the broker sends waits at its side from here on; heartbeats go out all the same. */
  stopReading(): void {
    if (this.#state !== 'open' || this.#deafUntil === Number.POSITIVE_INFINITY) return;
    this.#deafUntil = Number.POSITIVE_INFINITY;
    this.#transport.pause();
  }

  goOnReading(): void {
    if (this.#deafUntil !== Number.POSITIVE_INFINITY) return;
    this.#deafUntil = this.#loop.time();
    this.#transport.resume();
  }

  onConnect(): void {}

  onData(bytes: Uint8Array): void {
    if (this.#state !== 'open' || this.#reason) return;
    this.#trace?.received(bytes);
    this.#machine.receive(bytes, this.#time());
    this.#schedule();
  }

  onDrain(): void {
    if (this.#state !== 'open') return;
    this.outbox.drained();
    this.#drained();
  }

  onHandOver(): void {
    if (this.#state === 'open') this.outbox.handedOver();
  }

  onIdle(): void {}

  /** The peer will send nothing more, so nothing that is asked will be answered. */
  onEof(): boolean {
    if (this.#state === 'open') this.#endMachine(null);
    return false;
  }

  onClose(error: Error | null): void {
    const wasOpen = this.#state === 'open';
    this.#state = 'gone';
    this.#timer?.cancel();
    if (wasOpen) this.#endMachine(error);
    this.#gone();
  }

  #endMachine(error: Error | null): void {
    const now = this.#time();
    if (this.#reason) this.#machine.abort(this.#reason, now);
    else this.#machine.lost(error, now);
  }

  #time(): number {
    this.#now = this.#loop.time();
    return this.#now;
  }

  /** Sees to it that the machine's next deadline is met. A timer that is early only looks again. */
  #schedule(): void {
    const next = this.#machine.nextTimeout();
    if (next >= this.#timerAt || this.#state !== 'open' || this.#reason) return;
    this.#timer?.cancel();
    this.#timerAt = next;
    this.#timer = this.#loop.callAt(next, () => this.#wake());
  }

  /** Of a host's two tasks, one may come before what it reads; between two of them it reads. */
  #wakeNext(): void {
    this.#timer = this.#loop.callLater(0, () => this.#wake());
  }

  #wake(): void {
    const now = this.#time();
    if (now - this.#timerAt > HELD_UP) {
      // the user's code has held the loop up: what came meanwhile is read before anybody is called silent
      this.#timerAt = now;
      this.#timer = this.#loop.callLater(0, () => this.#wakeNext());
      return;
    }
    this.#timerAt = Number.POSITIVE_INFINITY;
    const heard = Math.max(this.#transport.lastRead, Math.min(this.#deafUntil, now));
    this.#machine.handleTimeout(now, heard, this.#transport.lastWrite);
    this.#schedule();
  }
}

/** Of a heartbeat interval (s), the milliseconds without a write after which the socket's side sends one by itself. */
const SAFETY_NET = 600;
/** Milliseconds that the last words have to leave before the stream is cut. */
const LINGER = 1000;

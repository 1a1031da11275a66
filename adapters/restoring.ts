import {
  type AMQPError,
  ChannelClosedByBroker,
  type ChannelMachine,
  type ConnectionMachine,
  QUEUE_DECLARE,
  REPLY_TO,
  RpcTimeout,
} from '../amqp/index.ts';
import type { LastingChannel } from './lasting-channel.ts';
import type { Redo, Topology } from './topology.ts';

export interface RestoringNews {
  renamed(oldName: string, newName: string): void;
  /** Something could not be made again, and the rest goes on without it. */
  warn(text: string): void;
}

/** Called once. @param isFinal - another try would end like this one */
type Restored = (error: AMQPError | null, isFinal: boolean) => void;

/**
 * Makes all again on a new connection, in order: exchanges, queues and bindings on a channel of its own, so that a failure
 * closes none of the program's; then the channels and how they were set up; then the consumers.
 */
export class Restoring {
  readonly #machine: ConnectionMachine;
  readonly #topology: Topology;
  readonly #channels: readonly LastingChannel[];
  readonly #news: RestoringNews;

  constructor(
    machine: ConnectionMachine,
    topology: Topology,
    channels: readonly LastingChannel[],
    news: RestoringNews,
  ) {
    this.#machine = machine;
    this.#topology = topology;
    this.#channels = channels;
    this.#news = news;
  }

  start(done: Restored): void {
    this.#redo(this.#topology.redo(this.#news.renamed), (error, isFinal) => {
      if (error !== null) done(error, isFinal);
      else this.#look([...new Set(this.#channels.flatMap(({ consumed }) => consumed))], () => this.#returnAll(done));
    });
  }

  /** Makes the calls one after the other, since one may need the name that another gave. */
  #redo(calls: readonly Redo[], done: Restored): void {
    let next = 0;
    this.#onChannel(
      (channel, finish) => {
        const go = (): void => {
          const call = calls[next];
          if (call === undefined) {
            finish();
            return;
          }
          channel.call(call.id, call.fields, (error, reply) => {
            if (error !== null) return;
            next++;
            call.done?.(reply);
            go();
          });
        };
        go();
      },
      (error) => {
        if (error === null || next >= calls.length) done(null, false);
        else if (!(error instanceof ChannelClosedByBroker)) done(error, false);
        else if (error.replyCode === NOT_FOUND) {
          // others have deleted what it was bound to
          this.#news.warn(`not made again: ${error.message}`);
          this.#redo(calls.slice(next + 1), done);
        } else done(error, error.replyCode !== RESOURCE_LOCKED);
      },
      calls.length === 0,
    );
  }

  /** Queues that others have declared may be gone: to consume them would close the channel. */
  #look(queues: readonly string[], done: () => void): void {
    const foreign = queues.filter((queue) => queue !== REPLY_TO && !this.#topology.hasQueue(queue));
    let next = 0;
    this.#onChannel(
      (channel, finish) => {
        for (const queue of foreign) {
          channel.call(QUEUE_DECLARE, { queue, passive: true }, (error) => {
            if (error === null && ++next === foreign.length) finish();
          });
        }
      },
      (error) => {
        const queue = foreign[next];
        if (error === null || queue === undefined) {
          done();
          return;
        }
        if (error instanceof ChannelClosedByBroker && error.replyCode === NOT_FOUND) {
          for (const channel of this.#channels) channel.lose(queue);
        }
        this.#look(foreign.slice(next + 1), done);
      },
      foreign.length === 0,
    );
  }

  #returnAll(done: Restored): void {
    let left = this.#channels.length;
    if (left === 0) done(null, false);
    const tooSlow = (error: AMQPError | null): boolean => {
      if (!(error instanceof RpcTimeout)) return false;
      if (left > 0) done(error, false);
      left = 0;
      return true;
    };
    for (const channel of this.#channels) {
      channel.returnTo(this.#machine, (missing) => {
        if (tooSlow(missing)) return;
        channel.consumeAgain((error) => {
          if (!tooSlow(error) && --left === 0) done(null, false);
        });
      });
    }
  }

  /**
   * @param work - is given a channel of its own, to be closed by `finish`
   * @param done - called once that is closed: null when `finish` was what closed it
   */
  #onChannel(
    work: (channel: ChannelMachine, finish: () => void) => void,
    done: (error: AMQPError | null) => void,
    isNothing: boolean,
  ): void {
    if (isNothing) {
      done(null);
      return;
    }
    if (this.#machine.state !== 'open') return;
    let finished = false;
    const finish = (): void => {
      finished = true;
      channel.close(200, 'all is there again');
    };
    const channel = this.#machine.openChannel(this.#freeNumber(), {
      open: () => work(channel, finish),
      closed: (error) => done(finished ? null : error),
      returned: () => undefined,
      cancelled: () => undefined,
      flow: () => undefined,
      confirmed: () => undefined,
    });
  }

  /** One that none of the channels has; null: there is no such one, and any will do. */
  #freeNumber(): number | null {
    const taken = new Set(this.#channels.map(({ number }) => number));
    for (let number = this.#machine.channelMax; number > 0; number--) if (!taken.has(number)) return number;
    return null;
  }
}

const NOT_FOUND = 404;
/** An exclusive queue of the connection that was lost, which the broker has not noticed yet. */
const RESOURCE_LOCKED = 405;

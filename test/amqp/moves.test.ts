import { expect } from 'chai';
import {
  AMQPError,
  BASIC_ACK,
  BASIC_CANCEL,
  BASIC_CANCEL_OK,
  BASIC_CONSUME_OK,
  BASIC_GET_EMPTY,
  BASIC_NACK,
  BASIC_QOS,
  CHANNEL_CLOSE,
  CHANNEL_FLOW,
  type ChannelMachine,
  CONNECTION_BLOCKED,
  CONNECTION_CLOSE,
  encodeMethodFrame,
  METHODS,
  QUEUE_DECLARE,
} from '../../amqp/index.ts';
import { Random } from '../support/random.ts';
import { delivery, Peer, type Seen } from './peer.ts';

/** What must hold for whatever was begun: an end each, once, and nothing after the end of its channel. */
class Ledger {
  readonly open = new Map<string, number>();
  readonly faults: string[] = [];
  #next = 0;

  begin(what: string): () => void {
    const name = `${what} ${this.#next++}`;
    this.open.set(name, 0);
    return () => {
      const count = (this.open.get(name) ?? 0) + 1;
      this.open.set(name, count);
      if (count > 1) this.faults.push(`${name} ended ${count} times`);
    };
  }

  get unended(): string[] {
    return [...this.open].filter(([, count]) => count === 0).map(([name]) => name);
  }
}

/** One client and one server that do what comes to their minds, legal for the most part. */
class Game {
  readonly peer: Peer;
  readonly ledger = new Ledger();
  readonly #random: Random;
  readonly #channels: ChannelMachine[] = [];
  readonly #tags = new Map<number, number>();
  /** Channels whose confirm.select the server has seen, the last message of each, and the last that was confirmed. */
  readonly #confirming = new Set<ChannelMachine>();
  readonly #published = new Map<ChannelMachine, number>();
  readonly #confirmed = new Map<ChannelMachine, number>();
  /** What the server has seen and not answered. */
  #asked: Seen[] = [];

  constructor(seed: number) {
    this.#random = new Random(seed);
    this.peer = new Peer({ channelMax: 4, confirmTimeout: 3000 }).login({ heartbeat: 5, channelMax: 4 });
    if (seed % 3 === 0) this.peer.chunk = 1 + this.#random.below(20);
  }

  play(moves: number): void {
    for (let i = 0; i < moves && this.peer.machine.state !== 'closed'; i++) {
      const move = this.#random.below(20);
      if (move < 9) this.#clientMove();
      else if (move < 18) this.#answer();
      else this.#serverMove();
      this.#asked.push(...this.peer.take().filter(({ name }) => name !== 'heartbeat'));
    }
    this.peer.machine.lost(null, this.peer.now);
  }

  #clientMove(): void {
    const { machine } = this.peer;
    const live = this.#channels.filter(({ state }) => state === 'open');
    const channel = live[this.#random.below(live.length)];
    const move = this.#random.below(14);
    try {
      if (channel === undefined || move === 0) this.#openChannel();
      else if (move < 4) this.#publish(channel, move === 1);
      else if (move < 6) channel.call(QUEUE_DECLARE, { queue: '' }, this.ledger.begin('call'));
      else if (move === 6) channel.call(BASIC_QOS, { prefetchCount: 1 }, this.ledger.begin('call'), { timeout: 2000 });
      else if (move === 7) channel.consume({ queue: 'q', consumerTag: 'c' }, this.#onMessage(channel), null);
      else if (move === 8) channel.cancel('c', this.#random.boolean(), null);
      else if (move === 9) channel.get('q', false, this.ledger.begin('get'));
      else if (move === 10) channel.ack(this.#random.below(10), this.#random.boolean());
      else if (move === 11) channel.confirmSelect(false, this.ledger.begin('call'));
      else if (move === 12) channel.close(200, 'enough');
      else if (this.#random.below(10) === 0) machine.close(200, 'enough');
      else this.peer.wait(this.#random.below(1500));
    } catch (error) {
      const own = error instanceof AMQPError || error instanceof RangeError || error instanceof TypeError;
      if (!own) this.ledger.faults.push(`thrown: ${String(error)}`);
      this.#forgive();
    }
  }

  /** A call that threw is no call. */
  #forgive(): void {
    const last = [...this.ledger.open.keys()].at(-1);
    if (last !== undefined && !last.startsWith('channel') && this.ledger.open.get(last) === 0)
      this.ledger.open.delete(last);
  }

  #publish(channel: ChannelMachine, mandatory: boolean): void {
    const end = this.#confirming.has(channel) ? this.ledger.begin('message') : null;
    this.#published.set(channel, channel.publish('', 'q', 'x', null, mandatory, { end }));
  }

  #openChannel(): void {
    const state = { ended: false };
    let end: (() => void) | null = null;
    const channel = this.peer.machine.openChannel(null, {
      open: () => this.#alive(state, 'open'),
      closed: () => {
        this.#alive(state, 'closed');
        state.ended = true;
        end?.();
      },
      returned: () => this.#alive(state, 'returned'),
      cancelled: () => this.#alive(state, 'cancelled'),
      flow: () => this.#alive(state, 'flow'),
      confirmed: () => this.#alive(state, 'confirmed'),
      settled: (token) => {
        this.#alive(state, 'settled');
        (token as { end: (() => void) | null }).end?.();
      },
    });
    end = this.ledger.begin('channel');
    this.#channels.push(channel);
    this.#tags.set(channel.number, 0);
  }

  #alive(state: { readonly ended: boolean }, what: string): void {
    if (state.ended) this.ledger.faults.push(`${what} after the end of its channel`);
  }

  #onMessage(channel: ChannelMachine): () => void {
    return () => {
      if (channel.state !== 'open' || !channel.consumerTags.includes('c'))
        this.ledger.faults.push('a message after the end');
      if (this.#random.below(4) === 0) channel.close(200, 'in a handler');
    };
  }

  /** Answers the oldest thing that was asked. */
  #answer(): void {
    const asked = this.#asked.shift();
    if (asked === undefined) return;
    const { channel, name, fields } = asked;
    const reply = Object.values(METHODS).find((info) => info.name === name)?.replies[0];
    if (name === 'confirm.select')
      for (const one of this.#channels) if (one.number === channel) this.#confirming.add(one);
    if (reply === undefined || fields.nowait === true) return;
    if (name === 'basic.get') this.peer.method(channel, BASIC_GET_EMPTY, {});
    else if (name === 'basic.consume') this.peer.method(channel, BASIC_CONSUME_OK, fields);
    else if (name === 'basic.cancel') this.peer.method(channel, BASIC_CANCEL_OK, fields);
    else this.peer.method(channel, reply, { queue: 'named', messageCount: 0, consumerCount: 0, active: true });
  }

  /** Something that nobody asked for, legal nine times of ten. */
  #serverMove(): void {
    const live = this.#channels.filter(({ state }) => state === 'open');
    const channel = live[this.#random.below(live.length)];
    const move = this.#random.below(20);
    if (channel === undefined || move === 0) this.#illegalMove();
    else if (move < 7 && channel.consumerTags.includes('c')) this.#deliver(channel.number);
    else if (move < 15) this.#confirm(channel);
    else if (move === 15) this.peer.method(channel.number, CHANNEL_CLOSE, { replyCode: 406, replyText: 'no' });
    else if (move === 16) this.peer.method(channel.number, BASIC_CANCEL, { consumerTag: 'c', nowait: true });
    else if (move === 17) this.peer.method(channel.number, CHANNEL_FLOW, { active: this.#random.boolean() });
    else this.peer.bytes(encodeMethodFrame(0, CONNECTION_BLOCKED, {}));
  }

  #deliver(channel: number): void {
    const tag = (this.#tags.get(channel) ?? 0) + 1;
    this.#tags.set(channel, tag);
    this.peer.bytes(delivery(channel, 'c', tag, 'x'.repeat(this.#random.below(30))));
  }

  #confirm(channel: ChannelMachine): void {
    const [first, last] = [this.#confirmed.get(channel) ?? 0, this.#published.get(channel) ?? 0];
    if (last <= first) return;
    const deliveryTag = first + 1 + this.#random.below(last - first);
    this.#confirmed.set(channel, deliveryTag);
    const id = this.#random.boolean() ? BASIC_ACK : BASIC_NACK;
    this.peer.method(channel.number, id, { deliveryTag, multiple: true });
  }

  #illegalMove(): void {
    const channel = 1 + this.#random.below(4);
    const move = this.#random.below(40);
    if (move === 0) this.#deliver(channel);
    else if (move === 1) this.peer.method(channel, BASIC_ACK, { deliveryTag: this.#random.below(9) });
    else if (move === 2) this.peer.method(channel, BASIC_CANCEL_OK, { consumerTag: 'c' });
    else if (move === 3) this.peer.method(0, CONNECTION_CLOSE, { replyCode: 320, replyText: 'bye' });
    else if (move === 4) this.peer.bytes(this.#random.bytes(8));
  }
}

describe('a client and a server that move at random', () => {
  it('leave no call, message or channel without its one end, and nothing comes after it (G2, G3, G5)', () => {
    let ends = 0;
    for (let seed = 1; seed <= 600; seed++) {
      const game = new Game(seed);
      game.play(120);
      expect(game.ledger.faults, `seed ${seed}`).to.deep.equal([]);
      expect(game.ledger.unended, `seed ${seed}`).to.deep.equal([]);
      expect(
        game.peer.events.filter((what) => what === 'closed'),
        `seed ${seed}`,
      ).to.have.lengthOf(1);
      expect(game.peer.machine.nextTimeout(), `seed ${seed}`).to.equal(Number.POSITIVE_INFINITY);
      ends += game.ledger.open.size;
    }
    expect(ends).to.be.above(10_000);
  });
});

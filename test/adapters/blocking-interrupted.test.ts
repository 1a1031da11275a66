import { expect } from 'chai';
import { type BlockingChannel, KeyboardInterrupt } from '../../adapters/index.ts';
import { CONFIRM_SELECT_OK } from '../../amqp/index.ts';
import { withBroker, withPeer } from './blocking-world.ts';

type Made = ReturnType<typeof withBroker> & { channel: BlockingChannel };

describe('What a blocking call had asked when Ctrl-C left it', () => {
  describe('consume()', () => {
    for (const autoAck of [false, true]) {
      it(`keeps its consumer for the next one with equal arguments, autoAck ${autoAck}`, () => {
        const made = withQueue('a', 'b');
        const messages = made.channel.consume({ queue: 'q', autoAck });
        interrupted(made, () => messages.next());
        made.connection.sleep(5);
        expect(made.channel.getWaitingMessageCount()).to.equal(2);
        expect(String(messages.next().value?.body)).to.equal('a');
        const [next] = made.channel.consume({ queue: 'q', autoAck });
        expect(String(next?.body)).to.equal('b');
        expect(made.channel.queueDeclare({ queue: 'q', passive: true }).consumerCount).to.equal(1);
      });
    }

    it('is left though messages wait for it', () => {
      const made = withQueue('a', 'b');
      const messages = made.channel.consume({ queue: 'q' });
      messages.next();
      made.connection.sleep(5);
      cameBefore(made, () => messages.next());
      expect(String(messages.next().value?.body)).to.equal('b');
    });
  });

  it('basicConsume() keeps its consumer, whose tag is listed', () => {
    const made = withQueue('a');
    const seen: string[] = [];
    const begin = (): string =>
      made.channel.basicConsume({ queue: 'q', autoAck: true }, (_channel, _method, _properties, body) =>
        seen.push(`${body}`),
      );
    interrupted(made, begin);
    const [tag] = made.channel.consumerTags;
    made.connection.sleep(5);
    expect(seen).to.deep.equal(['a']);
    expect(made.channel.basicCancel({ consumerTag: tag ?? '' })).to.deep.equal([]);
    expect(made.channel.queueDeclare({ queue: 'q', passive: true }).consumerCount).to.equal(0);
  });

  describe('cancel()', () => {
    it('ends the consumer, and what it has not given goes back', () => {
      const made = withQueue('a', 'b', 'c');
      made.channel.consume({ queue: 'q' }).next();
      interrupted(made, () => made.channel.cancel());
      made.connection.sleep(5);
      expect(made.channel.getWaitingMessageCount()).to.equal(0);
      const { messageCount, consumerCount } = made.channel.queueDeclare({ queue: 'q', passive: true });
      expect([messageCount, consumerCount]).to.deep.equal([2, 0]);
      expect(made.channel.cancel()).to.equal(0);
    });

    it('has its result in the next one, where that comes before the answer', () => {
      const made = withQueue('a', 'b', 'c');
      const messages = made.channel.consume({ queue: 'q' });
      messages.next();
      interrupted(made, () => made.channel.cancel());
      expect(made.channel.cancel()).to.equal(2);
      expect(messages.next().done).to.equal(true);
    });

    it('is over before consume() begins another one', () => {
      const made = withQueue('a', 'b');
      made.channel.consume({ queue: 'q', consumerTag: 't' }).next();
      interrupted(made, () => made.channel.cancel());
      const { value } = made.channel.consume({ queue: 'q', consumerTag: 't', autoAck: true }).next();
      expect([String(value?.body), value?.method.redelivered]).to.deep.equal(['b', true]);
    });
  });

  describe('basicCancel()', () => {
    it('ends the consumer, and what no handler has seen goes back', () => {
      const made = withQueue('a', 'b');
      const consumerTag = made.channel.basicConsume({ queue: 'q' }, () => {});
      made.channel.basicQos();
      interrupted(made, () => made.channel.stopConsuming(consumerTag));
      expect(made.channel.consumerTags).to.deep.equal([consumerTag]);
      made.channel.basicQos();
      expect(made.channel.consumerTags).to.deep.equal([]);
      expect(made.channel.queueDeclare({ queue: 'q', passive: true }).messageCount).to.equal(2);
    });

    it('ends startConsuming() when the answer comes', () => {
      const made = withQueue();
      made.channel.basicConsume({ queue: 'q' }, () => {});
      interrupted(made, () => made.channel.stopConsuming());
      made.channel.startConsuming();
      expect(made.channel.consumerTags).to.deep.equal([]);
    });

    it('leaves messages of a consumer without acknowledgements to its handler', () => {
      const made = withQueue('a', 'b');
      const seen: string[] = [];
      const consumerTag = made.channel.basicConsume(
        { queue: 'q', autoAck: true },
        (_channel, _method, _properties, body) => seen.push(`${body}`),
      );
      interrupted(made, () => made.channel.basicCancel({ consumerTag }));
      made.channel.basicQos();
      expect(made.channel.consumerTags).to.deep.equal([]);
      made.connection.sleep(5);
      expect(seen).to.deep.equal(['a', 'b']);
    });

    it('has its result in the next one, where that comes before the answer', () => {
      const made = withQueue('a', 'b');
      const consumerTag = made.channel.basicConsume({ queue: 'q', autoAck: true }, () => {});
      interrupted(made, () => made.channel.basicCancel({ consumerTag }));
      const unseen = made.channel.basicCancel({ consumerTag });
      expect(unseen.map(({ body }) => String(body))).to.deep.equal(['a', 'b']);
      expect(made.log).to.deep.equal([]);
    });
  });

  it('basicGet() with autoAck keeps its message for the next one of that queue', () => {
    const made = withQueue('a', 'b');
    made.channel.queueDeclare({ queue: 'other' });
    interrupted(made, () => made.channel.basicGet({ queue: 'q', autoAck: true }));
    expect(made.channel.basicGet({ queue: 'other', autoAck: true })).to.equal(null);
    expect(String(made.channel.basicGet({ queue: 'q', autoAck: true })?.body)).to.equal('a');
    expect(String(made.channel.basicGet({ queue: 'q', autoAck: true })?.body)).to.equal('b');
    expect(made.channel.basicGet({ queue: 'q', autoAck: true })).to.equal(null);
  });

  for (const autoAck of [false, true]) {
    it(`basicGet() keeps a message that came in the same turn, autoAck ${autoAck}`, () => {
      const made = withQueue('a');
      withTheAnswer(made, () => made.channel.basicGet({ queue: 'q', autoAck }));
      expect(String(made.channel.basicGet({ queue: 'q', autoAck })?.body)).to.equal('a');
    });
  }

  it('channel() leaves none open that nobody has', () => {
    const made = withQueue();
    withTheAnswer(made, () => made.connection.channel());
    made.connection.sleep(5);
    expect(made.connection.channel().channelNumber).to.equal(2);
  });

  describe('confirmDelivery()', () => {
    it('holds the next basicPublish() until the broker confirms', () => {
      const made = withPeer();
      const channel = made.connection.channel();
      interrupted(made, () => channel.confirmDelivery({ window: 10 }));
      made.connection.ioloop.callLater(5, () => {
        expect(made.peer.names).not.to.include('basic.publish');
        made.peer.send(1, CONFIRM_SELECT_OK);
      });
      expect([channel.basicPublish('', 'q', 'a'), channel.basicPublish('', 'q', 'b')]).to.deep.equal([1, 2]);
    });

    it('is asked once, with the window of the last call', () => {
      const made = withQueue();
      interrupted(made, () => made.channel.confirmDelivery());
      made.channel.confirmDelivery({ window: 10 });
      expect(made.channel.basicPublish('', 'q', 'a')).to.equal(1);
      made.channel.waitForConfirms();
      expect(made.log).to.deep.equal([]);
    });
  });

  it('is nothing where Ctrl-C came while the script computed', () => {
    const made = withQueue();
    cameBefore(made, () => made.channel.queueDelete({ queue: 'q' }));
    expect(made.channel.queueDeclare({ queue: 'q', passive: true }).queue).to.equal('q');
    made.channel.confirmDelivery();
    cameBefore(made, () => made.channel.basicPublish('', 'q', 'a'));
    expect(made.channel.queueDeclare({ queue: 'q', passive: true }).messageCount).to.equal(0);
  });

  /** A channel with a queue `q` that holds these messages. */
  function withQueue(...bodies: string[]): Made {
    const made = withBroker();
    const channel = made.connection.channel();
    channel.queueDeclare({ queue: 'q' });
    for (const body of bodies) channel.basicPublish('', 'q', body);
    return { ...made, channel };
  }

  /** In the first turn of its wait: it has asked, and there is no answer. */
  function interrupted({ connection }: Pick<Made, 'connection'>, call: () => unknown): void {
    connection.ioloop.addCallback(() => {
      throw new KeyboardInterrupt();
    });
    expect(call).to.throw(KeyboardInterrupt);
  }

  /** In the turn that brings the answer. */
  function withTheAnswer({ connection }: Pick<Made, 'connection'>, call: () => unknown): void {
    const { ioloop } = connection;
    ioloop.stop = () =>
      void ioloop.addCallback(() => {
        throw new KeyboardInterrupt();
      });
    try {
      expect(call).to.throw(KeyboardInterrupt);
    } finally {
      Reflect.deleteProperty(ioloop, 'stop');
    }
  }

  /** Virtual time has no Ctrl-C: the loop says that one waits, and its next turn throws it. */
  function cameBefore({ connection }: Made, call: () => unknown): void {
    const { ioloop } = connection;
    Object.defineProperty(ioloop, 'interrupted', { configurable: true, value: true });
    try {
      interrupted({ connection }, call);
    } finally {
      Reflect.deleteProperty(ioloop, 'interrupted');
    }
  }
});

import { inspect } from 'node:util';
import { expect } from 'chai';
import sinon from 'sinon';
import {
  BasicProperties,
  Channel,
  ChannelClosedByBroker,
  ChannelClosedByClient,
  ChannelWrongStateError,
  ConnectionWrongStateError,
  DeliveryMode,
  DuplicateConsumerTag,
  DuplicateGetOkCallback,
  MethodNotImplemented,
  spec,
} from '../../adapters/index.ts';
import {
  BASIC_ACK,
  BASIC_CANCEL,
  BASIC_CANCEL_OK,
  BASIC_CONSUME_OK,
  BASIC_GET_EMPTY,
  BASIC_GET_OK,
  BASIC_NACK,
  BASIC_RETURN,
  CHANNEL_CLOSE,
  CHANNEL_CLOSE_OK,
  CHANNEL_FLOW,
  CHANNEL_OPEN_OK,
  CONFIRM_SELECT_OK,
  QUEUE_DECLARE_OK,
} from '../../amqp/index.ts';
import { caught, expectFault } from './caught.ts';
import { ChannelPeer } from './channel-peer.ts';

const text = (body: Uint8Array | null): string | null => body && Buffer.from(body).toString();

describe('a callback-style channel', () => {
  let host: ChannelPeer;
  let channel: Channel<ChannelPeer>;
  /** What callbacks got. */
  let got: unknown[][];
  const keep = (...args: unknown[]): void => void got.push(args);
  const answer = (id: number, fields: object): void => host.peer.method(channel.channelNumber, id, fields);
  const consumer = (tag = 'c', autoAck = false): string => {
    const consumerTag = channel.basicConsume({ queue: 'q', consumerTag: tag, autoAck }, keep);
    answer(BASIC_CONSUME_OK, { consumerTag });
    host.peer.seen.length = 0;
    return consumerTag;
  };

  beforeEach(() => {
    host = new ChannelPeer();
    channel = host.open();
    got = [];
  });

  describe('opening and closing', () => {
    it('is opening until the broker has agreed, and then calls back with itself', () => {
      const other = new Channel<ChannelPeer>(host, 7, keep);
      expect(other).to.include({ channelNumber: 7, isOpening: true, isOpen: false, isClosing: false, isClosed: false });
      expect(got).to.deep.equal([]);
      host.peer.method(7, CHANNEL_OPEN_OK, {});
      expect(other).to.include({ isOpening: false, isOpen: true });
      expect(got).to.deep.equal([[other]]);
    });

    it('takes the lowest free number for 0 and null', () => {
      expect(new Channel(host, 0, null).channelNumber).to.equal(2);
      expect(new Channel(host, null, null).channelNumber).to.equal(3);
    });

    it('belongs to its connection, and has no consumers at first', () => {
      expect(channel.connection).to.equal(host);
      expect(channel.consumerTags).to.deep.equal([]);
      expect(channel.flowActive).to.equal(true);
    });

    it('closes with the code and text that it is given, and by default 0 and Normal shutdown', () => {
      const other = host.open();
      channel.close();
      other.close({ replyCode: 200, replyText: 'bye' });
      const closes = host.sent().filter(({ name }) => name === 'channel.close');
      expect(closes.map(({ fields }) => [fields.replyCode, fields.replyText])).to.deep.equal([
        [0, 'Normal shutdown'],
        [200, 'bye'],
      ]);
    });

    it('is closing until the broker has answered, then calls the close callbacks with itself and why', () => {
      channel.addOnCloseCallback(keep);
      channel.close({ replyText: 'bye' });
      expect(host.sent().map(({ name, fields }) => [name, fields.replyCode, fields.replyText])).to.deep.equal([
        ['channel.close', 0, 'bye'],
      ]);
      expect(channel).to.include({ isOpen: false, isClosing: true, isClosed: false });
      answer(CHANNEL_CLOSE_OK, {});
      expect(channel).to.include({ isClosing: false, isClosed: true });
      expect(got).to.have.length(1);
      expect(got[0]?.[0]).to.equal(channel);
      expect(got[0]?.[1]).to.be.instanceOf(ChannelClosedByClient).and.include({ replyText: 'bye' });
    });

    it('tells a close by the broker with its code, and that it is closed already', () => {
      let closed: boolean | undefined;
      channel.addOnCloseCallback((_channel, error) => {
        closed = channel.isClosed;
        keep(error);
      });
      answer(CHANNEL_CLOSE, { replyCode: 404, replyText: 'NOT_FOUND', classId: 50, methodId: 10 });
      expect(closed).to.equal(true);
      expect(got[0]?.[0])
        .to.be.instanceOf(ChannelClosedByBroker)
        .and.include({ replyCode: 404, method: 'queue.declare' });
      expect(host.peer.seen.map(({ name }) => name)).to.deep.equal(['channel.close-ok']);
    });

    it('warns of a close by the broker that nobody listens to', () => {
      answer(CHANNEL_CLOSE, { replyCode: 404, replyText: 'NOT_FOUND', classId: 50, methodId: 10 });
      expect(host.logged).to.have.length(1);
      expect(host.logged[0]).to.match(/^warn: .*404/);
    });

    it('throws at a second close, and closes while opening without calling the open callback', () => {
      const opening = new Channel<ChannelPeer>(host, null, keep);
      opening.close();
      expect(caught(() => opening.close())).to.be.instanceOf(ChannelWrongStateError);
      host.peer.method(opening.channelNumber, CHANNEL_OPEN_OK, {});
      host.peer.method(opening.channelNumber, CHANNEL_CLOSE_OK, {});
      expect(opening.isClosed).to.equal(true);
      expect(got).to.deep.equal([]);
    });

    it('refuses a wrong code or text of a close, and stays open', () => {
      expectFault(() => channel.close({ replyCode: '0' as never }), TypeError, 'ARG_TYPE', 'replyCode');
      expectFault(() => channel.close({ replyCode: 65_536 }), RangeError, 'ARG_RANGE', 'replyCode');
      expectFault(() => channel.close({ replyText: 'x'.repeat(256) }), RangeError, 'TOO_LONG', 'replyText');
      expectFault(() => channel.close(keep as never), TypeError, 'ARG_TYPE', 'fields');
      expect(channel.isOpen).to.equal(true);
    });

    it('throws for every method on a channel of a lost connection, with the reason as cause', () => {
      host.peer.machine.lost(new Error('gone'), 0);
      const calls = [
        () => channel.basicPublish('', 'q', ''),
        () => channel.queueDeclare(),
        () => channel.basicGet({ queue: 'q' }, keep),
        () => channel.basicConsume({ queue: 'q' }, keep),
        () => channel.basicCancel({ consumerTag: 'c' }),
        () => channel.confirmDelivery(keep),
        () => channel.close(),
      ];
      for (const call of calls) {
        const error = caught(call);
        expect(error).to.be.instanceOf(ConnectionWrongStateError);
        expect(error.cause).to.have.property('name', 'StreamLostError');
      }
      for (const settle of [() => channel.basicAck(1), () => channel.basicNack(1), () => channel.basicReject(1)]) {
        expect(caught(settle)).to.be.instanceOf(ChannelWrongStateError);
        expect(caught(settle).cause).to.have.property('name', 'StreamLostError');
      }
    });
  });

  describe('callbacks for events', () => {
    for (const event of ['Close', 'Cancel', 'Return', 'Flow'] as const) {
      it(`adds and removes callbacks for ${event}, an identical one once with a warning`, () => {
        const invoke = (name: string, callback: unknown): unknown =>
          Reflect.apply(Reflect.get(channel, `${name}On${event}Callback`), channel, [callback]);
        const add = (callback: unknown): unknown => invoke('add', callback);
        const remove = (callback: unknown): unknown => invoke('remove', callback);
        expectFault(() => add('x'), TypeError, 'ARG_TYPE', 'callback');
        add(keep);
        expect(host.logged).to.deep.equal([]);
        add(keep);
        expect(host.logged).to.have.length(1);
        expect([remove(keep), remove(keep)]).to.deep.equal([true, false]);
      });
    }

    it('are called in order, and one that throws does not stop the next', () => {
      const error = new Error('mine');
      channel.addOnCloseCallback(() => {
        throw error;
      });
      channel.addOnCloseCallback(() => got.push(['second']));
      answer(CHANNEL_CLOSE, { replyCode: 404, replyText: '', classId: 0, methodId: 0 });
      expect(host.thrown).to.deep.equal([error]);
      expect(got).to.deep.equal([['second']]);
    });

    it('tell a cancel by the broker after the consumer is gone', () => {
      consumer('c');
      let tags: string[] | undefined;
      channel.addOnCancelCallback((...args) => {
        tags = channel.consumerTags;
        keep(...args);
      });
      answer(BASIC_CANCEL, { consumerTag: 'c', nowait: true });
      expect(got).to.deep.equal([[channel, { name: 'basic.cancel', consumerTag: 'c' }]]);
      expect(tags).to.deep.equal([]);
    });

    it('tell a returned message with its method, properties and body', () => {
      channel.addOnReturnCallback(keep);
      const method = { replyCode: 312, replyText: 'NO_ROUTE', exchange: 'e', routingKey: 'k' };
      host.content(channel, BASIC_RETURN, method, 'body', { messageId: 'm' });
      const [from, told, properties, body] = got[0] ?? [];
      expect(from).to.equal(channel);
      expect(told).to.deep.equal(method);
      expect(properties).to.be.instanceOf(BasicProperties).and.include({ messageId: 'm', type: null });
      expect(text(body as Uint8Array)).to.equal('body');
    });

    it('leave a returned message that nobody listens for to the debug log', () => {
      host.content(channel, BASIC_RETURN, { replyCode: 312, replyText: '', exchange: '', routingKey: '' }, '');
      expect(host.logged.map((line) => line.slice(0, 6))).to.deep.equal(['debug:']);
    });

    it('tell flow, which is answered, and a warning tells it when nobody listens', () => {
      answer(CHANNEL_FLOW, { active: false });
      expect(host.logged[0]).to.match(/^warn: .*flow/);
      expect(host.peer.seen.map(({ name, fields }) => [name, fields.active])).to.deep.equal([
        ['channel.flow-ok', false],
      ]);
      channel.addOnFlowCallback(keep);
      answer(CHANNEL_FLOW, { active: true });
      expect(got).to.deep.equal([[channel, { name: 'channel.flow', active: true }]]);
      expect(channel.flowActive).to.equal(true);
    });

    it('are dropped once the channel has closed', () => {
      channel.addOnReturnCallback(keep);
      channel.addOnCloseCallback(keep);
      host.peer.machine.lost(null, 0);
      expect(channel.removeOnReturnCallback(keep)).to.equal(false);
      expect(channel.removeOnCloseCallback(keep)).to.equal(false);
    });
  });

  describe('hooks on methods', () => {
    it('hear of a method by name or number, once or always, after its own callback', () => {
      const reply = { queue: 'a', messageCount: 0, consumerCount: 0 };
      channel.addCallback(keep, ['queue.declare-ok']);
      const always = sinon.spy();
      channel.addCallback(always, [QUEUE_DECLARE_OK, 'basic.get-empty'], false);
      for (let i = 0; i < 2; i++) {
        channel.queueDeclare({}, () => got.push(['reply']));
        answer(QUEUE_DECLARE_OK, reply);
      }
      channel.basicGet({ queue: 'q' }, () => undefined);
      answer(BASIC_GET_EMPTY, {});
      expect(got).to.deep.equal([['reply'], [channel, { name: 'queue.declare-ok', ...reply }], ['reply']]);
      expect(always.args.map(([, method]) => method.name)).to.deep.equal([
        'queue.declare-ok',
        'queue.declare-ok',
        'basic.get-empty',
      ]);
    });

    it('hear of channel.close too, after the close callbacks', () => {
      channel.addOnCloseCallback(() => got.push(['closed']));
      channel.addCallback((_channel, { name, replyCode }) => got.push([name, replyCode]), ['channel.close']);
      answer(CHANNEL_CLOSE, { replyCode: 404, replyText: '', classId: 0, methodId: 0 });
      expect(got).to.deep.equal([['closed'], ['channel.close', 404]]);
    });

    it('are removed from one method or from everywhere', () => {
      channel.addCallback(keep, ['queue.declare-ok', 'basic.get-empty'], false);
      expect(channel.removeCallback(keep, ['basic.get-empty'])).to.equal(true);
      expect(channel.removeCallback(keep, ['basic.get-empty'])).to.equal(false);
      expect(channel.removeCallback(keep)).to.equal(true);
      expect(channel.removeCallback(keep)).to.equal(false);
    });

    it('refuse what is no function, no list, or no method', () => {
      expectFault(() => channel.addCallback('x' as never, []), TypeError, 'ARG_TYPE', 'callback');
      expectFault(() => channel.addCallback(keep, 'basic.get-empty' as never), TypeError, 'ARG_TYPE', 'replies');
      expectFault(() => channel.addCallback(keep, [{} as never]), TypeError, 'ARG_TYPE', 'replies');
      expectFault(() => channel.addCallback(keep, ['basic.nothing']), RangeError, 'ARG_RANGE', 'replies');
      expectFault(() => channel.addCallback(keep, [5]), RangeError, 'ARG_RANGE', 'replies');
    });
  });

  describe('basicPublish', () => {
    it('sends method, header and body, and asks for room first', () => {
      channel.basicPublish('e', 'k', 'héllo', { deliveryMode: DeliveryMode.Persistent }, { mandatory: true });
      const [method, , body] = host.sent();
      expect(method?.fields).to.deep.include({ exchange: 'e', routingKey: 'k', mandatory: true });
      expect(text(body?.payload ?? null)).to.equal('héllo');
      expect(host.reserved).to.have.length(1);
      expect(host.reserved[0]).to.be.at.least(5);
    });

    it('returns nothing without confirms', () => {
      expect(channel.basicPublish('', 'q', Uint8Array.of(1))).to.equal(undefined);
    });

    it('takes properties of any field that is absent, null or undefined as absent', () => {
      channel.basicPublish('', 'q', '', { type: undefined, appId: null });
      channel.basicPublish('', 'q', '', null);
      channel.basicPublish('', 'q', '', new BasicProperties());
      expect(
        host
          .sent()
          .filter(({ name }) => name === 'header')
          .map(({ payload }) => payload.length),
      ).to.deep.equal([14, 14, 14]);
    });

    it('refuses wrong arguments before a byte leaves', () => {
      const publish = (...args: unknown[]): unknown => Reflect.apply(channel.basicPublish, channel, args);
      expectFault(() => publish(5, 'k', ''), TypeError, 'ARG_TYPE', 'exchange');
      expectFault(() => publish('', null, ''), TypeError, 'ARG_TYPE', 'routingKey');
      for (const body of [undefined, null, 5, {}, [1], new ArrayBuffer(1)]) {
        expectFault(() => publish('', 'k', body), TypeError, 'ARG_TYPE', 'body');
      }
      expectFault(() => publish('', 'k', '', 'x'), TypeError, 'ARG_TYPE', 'properties');
      expectFault(() => publish('', 'k', '', { delivery_mode: 2 }), TypeError, 'ARG_UNKNOWN_FIELD', 'delivery_mode');
      expectFault(() => publish('', 'k', '', { deliveryMode: '2' }), TypeError, 'ARG_TYPE', 'deliveryMode');
      expectFault(() => publish('', 'k', '', { priority: 256 }), RangeError, 'ARG_RANGE', 'priority');
      expectFault(() => publish('', 'k', '', null, { immediate: true }), TypeError, 'ARG_UNKNOWN_FIELD', 'immediate');
      expectFault(() => publish('', 'k', '', null, { mandatory: 1 }), TypeError, 'ARG_TYPE', 'mandatory');
      expectFault(() => publish('', 'k', '', null, true), TypeError, 'ARG_TYPE', 'options');
      expectFault(() => publish('x'.repeat(256), 'k', ''), RangeError, 'TOO_LONG', 'exchange');
      expectFault(() => publish('', 'k'.repeat(256), ''), RangeError, 'TOO_LONG', 'routingKey');
      expect(host.sent()).to.deep.equal([]);
    });

    it('sends nothing when there is no room', () => {
      sinon.stub(host, 'reserve').throws(new RangeError('full'));
      expect(() => channel.basicPublish('', 'q', 'x')).to.throw('full');
      expect(host.sent()).to.deep.equal([]);
    });
  });

  describe('acknowledgements', () => {
    beforeEach(() => {
      consumer();
      for (let deliveryTag = 1; deliveryTag <= 4; deliveryTag++)
        host.deliver(channel, { consumerTag: 'c', deliveryTag }, '');
    });

    it("are sent with pika's defaults", () => {
      channel.basicAck(1);
      channel.basicNack(2);
      channel.basicReject(3);
      channel.basicAck(0, { multiple: true });
      expect(host.sent().map(({ name, fields }) => [name, fields])).to.deep.equal([
        ['basic.ack', { deliveryTag: 1, multiple: false }],
        ['basic.nack', { deliveryTag: 2, multiple: false, requeue: true }],
        ['basic.reject', { deliveryTag: 3, requeue: true }],
        ['basic.ack', { deliveryTag: 0, multiple: true }],
      ]);
    });

    it('take a bigint, and their options', () => {
      channel.basicNack(2n, { multiple: true, requeue: false });
      channel.basicReject(3, { requeue: false });
      expect(host.sent().map(({ fields }) => fields)).to.deep.equal([
        { deliveryTag: 2, multiple: true, requeue: false },
        { deliveryTag: 3, requeue: false },
      ]);
    });

    it('refuse a tag that was never delivered, or is settled', () => {
      channel.basicAck(1);
      for (const call of [
        () => channel.basicAck(1),
        () => channel.basicAck(9),
        () => channel.basicNack(1),
        () => channel.basicReject(9n),
        () => channel.basicAck(),
      ]) {
        expect(caught(call)).to.be.instanceOf(RangeError).and.include({ code: 'UNKNOWN_DELIVERY_TAG' });
      }
    });

    it('refuse wrong arguments before a byte leaves', () => {
      for (const name of ['basicAck', 'basicNack', 'basicReject'] as const) {
        const call = (...args: unknown[]): unknown => Reflect.apply(channel[name], channel, args);
        expectFault(() => call('1'), TypeError, 'ARG_TYPE', 'deliveryTag');
        expectFault(() => call(null), TypeError, 'ARG_TYPE', 'deliveryTag');
        for (const tag of [-1, 1.5, Number.NaN, 2 ** 53, -1n, 2n ** 64n]) {
          expectFault(() => call(tag), RangeError, 'ARG_RANGE', 'deliveryTag');
        }
        expectFault(() => call(1, { nope: true }), TypeError, 'ARG_UNKNOWN_FIELD', 'nope');
        expectFault(() => call(1, true), TypeError, 'ARG_TYPE', 'options');
      }
      expectFault(() => channel.basicAck(1, { multiple: 1 as never }), TypeError, 'ARG_TYPE', 'multiple');
      expectFault(() => channel.basicReject(1, { requeue: 0 as never }), TypeError, 'ARG_TYPE', 'requeue');
      expectFault(() => channel.basicReject(undefined as never), TypeError, 'ARG_TYPE', 'deliveryTag');
      expect(host.sent()).to.deep.equal([]);
    });
  });

  describe('consumers', () => {
    it('give the tag at once and call back when the broker has agreed', () => {
      const consumerTag = channel.basicConsume(
        { queue: 'q', autoAck: true, exclusive: true, arguments: { a: 1 } },
        keep,
        keep,
      );
      expect(consumerTag).to.match(/^ctag1\.[0-9a-f]{32}$/);
      expect(channel.consumerTags).to.deep.equal([consumerTag]);
      const [seen] = host.sent();
      expect(seen?.fields).to.include({ queue: 'q', noAck: true, exclusive: true, nowait: false, consumerTag });
      answer(BASIC_CONSUME_OK, { consumerTag });
      expect(got).to.deep.equal([[{ consumerTag }]]);
    });

    it('get each message with the channel, its method, all properties and its body', () => {
      consumer('c');
      host.deliver(channel, { consumerTag: 'c', deliveryTag: 5, exchange: 'e', routingKey: 'k' }, 'hello');
      const [from, method, properties, body] = got[0] ?? [];
      expect(from).to.equal(channel);
      expect(method).to.deep.include({
        consumerTag: 'c',
        deliveryTag: 5,
        redelivered: false,
        exchange: 'e',
        routingKey: 'k',
      });
      expect(Object.values(properties as object)).to.deep.equal(new Array(14).fill(null));
      expect(text(body as Uint8Array)).to.equal('hello');
    });

    it('get the next message after one whose handler threw', () => {
      const error = new Error('mine');
      channel.basicConsume({ queue: 'q', consumerTag: 'c' }, (_channel, { deliveryTag }) => {
        got.push([deliveryTag]);
        if (deliveryTag === 1) throw error;
      });
      answer(BASIC_CONSUME_OK, { consumerTag: 'c' });
      host.deliver(channel, { consumerTag: 'c', deliveryTag: 1 }, '');
      host.deliver(channel, { consumerTag: 'c', deliveryTag: 2 }, '');
      expect(got).to.deep.equal([[1], [2]]);
      expect(host.thrown).to.deep.equal([error]);
      expect(channel.isOpen).to.equal(true);
    });

    it('refuse wrong arguments and a tag that is taken', () => {
      consumer('c');
      const consume = (...args: unknown[]): unknown => Reflect.apply(channel.basicConsume, channel, args);
      expectFault(() => consume({ queue: 5 }, keep), TypeError, 'ARG_TYPE', 'queue');
      expectFault(() => consume({}, keep), TypeError, 'ARG_TYPE', 'queue');
      expectFault(() => consume({ queue: 'q', noAck: true }, keep), TypeError, 'ARG_UNKNOWN_FIELD', 'noAck');
      expectFault(() => consume({ queue: 'q' }), TypeError, 'ARG_TYPE', 'onMessage');
      expectFault(() => consume({ queue: 'q' }, keep, 5), TypeError, 'ARG_TYPE', 'callback');
      expect(caught(() => consume({ queue: 'q', consumerTag: 'c' }, keep))).to.be.instanceOf(DuplicateConsumerTag);
      expect(host.sent()).to.deep.equal([]);
    });

    it('end with basicCancel, whose callback is matched by tag', () => {
      consumer('a');
      consumer('b');
      channel.basicCancel({ consumerTag: 'a' }, (reply) => got.push(['a', reply]));
      channel.basicCancel({ consumerTag: 'b' }, (reply) => got.push(['b', reply]));
      expect(channel.consumerTags).to.have.members(['a', 'b']);
      answer(BASIC_CANCEL_OK, { consumerTag: 'a' });
      answer(BASIC_CANCEL_OK, { consumerTag: 'b' });
      expect(got).to.deep.equal([
        ['a', { consumerTag: 'a' }],
        ['b', { consumerTag: 'b' }],
      ]);
      expect(channel.consumerTags).to.deep.equal([]);
    });

    it('end at once with nowait, and a callback with it is refused', () => {
      consumer('a');
      expectFault(() => channel.basicCancel({ consumerTag: 'a', nowait: true }, keep), TypeError, 'ARG_TYPE', 'nowait');
      channel.basicCancel({ consumerTag: 'a', nowait: true });
      expect(host.sent().map(({ fields }) => fields)).to.deep.equal([{ consumerTag: 'a', nowait: true }]);
      expect(channel.consumerTags).to.deep.equal([]);
    });

    it('tell in a warning that a tag is unknown or being cancelled, and send nothing', () => {
      consumer('a');
      channel.basicCancel({ consumerTag: 'a' });
      host.sent();
      channel.basicCancel({ consumerTag: 'a' }, keep);
      channel.basicCancel({ consumerTag: 'x' }, keep);
      expect(host.logged).to.have.length(2);
      expect(host.logged[1]).to.match(/^warn: .*"x"/);
      expect(host.sent()).to.deep.equal([]);
      expectFault(() => channel.basicCancel({} as never), TypeError, 'ARG_TYPE', 'consumerTag');
    });
  });

  describe('basicGet', () => {
    it('calls back with the message', () => {
      channel.basicGet({ queue: 'q', autoAck: true }, keep);
      expect(host.sent()[0]?.fields).to.deep.equal({ queue: 'q', noAck: true });
      const method = { deliveryTag: 1, redelivered: false, exchange: '', routingKey: 'q', messageCount: 3 };
      host.content(channel, BASIC_GET_OK, method, 'x');
      expect(got[0]?.slice(0, 2)).to.deep.equal([channel, method]);
      expect(text(got[0]?.[3] as Uint8Array)).to.equal('x');
    });

    it('calls back with nulls when the queue is empty', () => {
      channel.basicGet({ queue: 'q' }, keep);
      answer(BASIC_GET_EMPTY, {});
      expect(got).to.deep.equal([[channel, null, null, null]]);
    });

    it('goes out past calls that wait for a reply, and only one at a time', () => {
      channel.queueDeclare({ queue: 'q' });
      channel.basicGet({ queue: 'q' }, keep);
      expect(host.sent().map(({ name }) => name)).to.deep.equal(['queue.declare', 'basic.get']);
      expect(caught(() => channel.basicGet({ queue: 'q' }, keep))).to.be.instanceOf(DuplicateGetOkCallback);
      answer(BASIC_GET_EMPTY, {});
      channel.basicGet({ queue: 'q' }, keep);
    });

    it('refuses wrong arguments, and a missing callback', () => {
      expectFault(() => channel.basicGet({ queue: 5 as never }, keep), TypeError, 'ARG_TYPE', 'queue');
      expectFault(() => Reflect.apply(channel.basicGet, channel, [{ queue: 'q' }]), TypeError, 'ARG_TYPE', 'onMessage');
      expect(host.sent()).to.deep.equal([]);
    });
  });

  describe('confirms', () => {
    it('number messages from 1 on, and pass on each confirm as it came', () => {
      const agreed = sinon.spy();
      channel.confirmDelivery(keep, agreed);
      const sequence = [1, 2, 3].map(() => channel.basicPublish('', 'q', ''));
      answer(CONFIRM_SELECT_OK, {});
      answer(BASIC_ACK, { deliveryTag: 2, multiple: true });
      answer(BASIC_NACK, { deliveryTag: 3, multiple: false, requeue: false });
      expect(sequence).to.deep.equal([1, 2, 3]);
      expect(agreed.args).to.deep.equal([[]]);
      expect(got).to.deep.equal([
        [{ name: 'basic.ack', deliveryTag: 2, multiple: true }],
        [{ name: 'basic.nack', deliveryTag: 3, multiple: false }],
      ]);
    });

    it('go to the callback that was given last', () => {
      channel.confirmDelivery(() => got.push(['first']));
      channel.confirmDelivery(() => got.push(['second']));
      channel.basicPublish('', 'q', '');
      answer(CONFIRM_SELECT_OK, {});
      answer(CONFIRM_SELECT_OK, {});
      answer(BASIC_ACK, { deliveryTag: 1, multiple: false });
      expect(got).to.deep.equal([['second']]);
    });

    it('need no callback, and refuse one that is no function', () => {
      expectFault(() => channel.confirmDelivery(5 as never), TypeError, 'ARG_TYPE', 'onAckOrNack');
      expectFault(() => channel.confirmDelivery(keep, 5 as never), TypeError, 'ARG_TYPE', 'callback');
      channel.confirmDelivery();
      expect(host.sent().map(({ name }) => name)).to.deep.equal(['confirm.select']);
    });

    it('throw MethodNotImplemented on a broker that does not have them', () => {
      for (const capabilities of [{}, { publisher_confirms: true }, { 'basic.nack': true }]) {
        const other = new ChannelPeer(capabilities);
        const poor = other.open();
        expect(caught(() => poor.confirmDelivery(keep))).to.be.instanceOf(MethodNotImplemented);
        expect(other.sent()).to.deep.equal([]);
      }
    });
  });

  it('shows its number, state and consumers when it is inspected', () => {
    consumer('c');
    expect(inspect(channel)).to.equal("Channel { channelNumber: 1, state: 'open', consumerTags: [ 'c' ] }");
  });

  it('lets sinon stub any method, on one channel only', () => {
    const other = host.open();
    for (const name of ['basicPublish', 'queueDeclare', 'basicAck', 'basicConsume', 'close'] as const) {
      const stub = sinon.stub(channel, name);
      Reflect.apply(channel[name], channel, []);
      expect(stub.calledOnce).to.equal(true);
      expect(channel[name]).not.to.equal(other[name]);
      stub.restore();
      expect(channel[name]).to.equal(other[name]);
    }
  });
});

describe('the constants of the protocol', () => {
  it('are those of AMQP 0-9-1', () => {
    expect(spec).to.include({ PORT: 5672, FRAME_END: 206, FRAME_HEADER_SIZE: 7, FRAME_END_SIZE: 1, NO_ROUTE: 312 });
    expect(DeliveryMode).to.deep.equal({ Transient: 1, Persistent: 2 });
  });
});

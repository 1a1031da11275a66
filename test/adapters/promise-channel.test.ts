import { expect } from 'chai';
import {
  ChannelClosedByBroker,
  ChannelClosedByClient,
  ChannelWrongStateError,
  ConsumerCancelled,
  DuplicateConsumerTag,
  DuplicateGetOkCallback,
  MethodNotImplemented,
  type PromiseChannel,
  type ReturnedMessage,
  RpcTimeout,
} from '../../adapters/index.ts';
import {
  BASIC_CANCEL,
  BASIC_GET_EMPTY,
  BASIC_GET_OK,
  CHANNEL_FLOW,
  encodeContentFrames,
  QUEUE_DECLARE_OK,
  TX_SELECT_OK,
} from '../../amqp/index.ts';
import { brokerWorld, type PromiseWorld, peerWorld, rejection } from './promise-world.ts';

/** Runs a script with an open channel, in a world of its own. */
function withChannel<W extends PromiseWorld>(
  world: W,
  script: (channel: PromiseChannel, world: W) => Promise<void>,
): void {
  world.run(async () => {
    const connection = await world.connect();
    await script(await connection.channel(), world);
    await connection.close();
  });
}

describe('A channel in promises', () => {
  it('answers each method with the fields of its reply', () => {
    withChannel(brokerWorld(), async (channel) => {
      expect(await channel.exchangeDeclare({ exchange: 'x', exchangeType: 'fanout' })).to.equal(undefined);
      expect(await channel.queueDeclare({ queue: 'q' })).to.deep.include({ queue: 'q', messageCount: 0 });
      expect(await channel.queueBind({ queue: 'q', exchange: 'x' })).to.equal(undefined);
      await channel.basicPublish('x', '', 'one');
      await channel.basicPublish('x', '', 'two');
      expect(await channel.queuePurge({ queue: 'q' })).to.deep.equal({ messageCount: 2 });
      expect(await channel.flow({ active: true })).to.deep.equal({ active: true });
      expect(await channel.basicQos({ prefetchCount: 1 })).to.equal(undefined);
      expect(await channel.queueDelete({ queue: 'q', nowait: true })).to.equal(undefined);
      expect(await channel.txSelect()).to.equal(undefined);
    });
  });

  it('rejects for mistakes, and throws none; the channel stays open', () => {
    withChannel(brokerWorld(), async (channel) => {
      const mistakes: [promise: Promise<unknown>, code: string][] = [
        [channel.queueDeclare({ quewe: 'x' } as object), 'ARG_UNKNOWN_FIELD'],
        [channel.queueDeclare({}, { timeout: 0 }), 'ARG_RANGE'],
        [channel.txSelect({ sgnal: 1 } as object), 'ARG_UNKNOWN_FIELD'],
        [channel.basicGet({} as { queue: string }), 'ARG_TYPE'],
        [channel.basicCancel({} as { consumerTag: string }), 'ARG_TYPE'],
        [channel.basicConsume({ queue: 'q' }, 7 as never), 'ARG_TYPE'],
        [channel.confirmDelivery({ window: 1 } as object), 'ARG_UNKNOWN_FIELD'],
        [channel.waitForConfirms(7 as never), 'ARG_TYPE'],
        [channel.close({ replyCode: -1 }), 'ARG_RANGE'],
        [channel.basicPublish('', 'q', 7 as never), 'ARG_TYPE'],
        [channel.basicPublish('', 'q', 'x', { headers: { bad: () => 1 } } as object), 'UNENCODABLE'],
        [channel.basicPublish('', 'q', 'x', null, { mandatry: true } as object), 'ARG_UNKNOWN_FIELD'],
      ];
      const errors = await Promise.all(mistakes.map(([promise]) => rejection(promise)));
      expect(errors.map(({ code }) => code)).to.deep.equal(mistakes.map(([, code]) => code));
      expect(channel.isOpen).to.equal(true);
    });
  });

  it('rejects with what the broker closed it for, and then with that as the cause', () => {
    withChannel(brokerWorld(), async (channel) => {
      const pending = [channel.queueDeclare({ queue: 'q', passive: true }), channel.queueDeclare({ queue: 'r' })];
      const [first, second] = await Promise.all(pending.map(rejection));
      expect(first).to.be.instanceOf(ChannelClosedByBroker).with.property('replyCode', 404);
      expect(second).to.equal(first);
      const later = await rejection(channel.queueDeclare());
      expect(later).to.be.instanceOf(ChannelWrongStateError).with.property('cause', first);
      expect(await channel.closed).to.equal(first);
      expect(() => channel.basicAck(1)).to.throw(ChannelWrongStateError);
      await channel.close();
    });
  });

  it('stays open when a call is called off, and drops the late reply', () => {
    withChannel(peerWorld(), async (channel, { peer, pass }) => {
      const controller = new AbortController();
      const declared = channel.queueDeclare({ queue: 'a' }, { signal: controller.signal });
      const next = channel.queueDeclare({ queue: 'b' });
      await pass();
      controller.abort('enough');
      expect(await declared.catch((reason: unknown) => reason)).to.equal('enough');
      peer.send(1, QUEUE_DECLARE_OK, { queue: 'a', messageCount: 1, consumerCount: 0 });
      await pass();
      peer.send(1, QUEUE_DECLARE_OK, { queue: 'b', messageCount: 2, consumerCount: 0 });
      expect(await next).to.deep.include({ queue: 'b', messageCount: 2 });
      const before = channel.txSelect({ signal: AbortSignal.abort('before') });
      expect(await before.catch((reason: unknown) => reason)).to.equal('before');
      expect(peer.names).not.to.include('tx.select');
    });
  });

  it('closes when the time of a call is over', () => {
    withChannel(peerWorld(), async (channel, { loop, pass }) => {
      const begun = loop.time();
      const error = await rejection(channel.txSelect({ timeout: 40 }));
      expect(error).to.be.instanceOf(RpcTimeout).with.property('method', 'tx.select');
      expect(loop.time() - begun).to.be.closeTo(40, 1);
      await pass();
      expect(await channel.closed).to.equal(error);
    });
  });

  it('leaves nothing behind at a signal that goes on', () => {
    withChannel(brokerWorld(), async (channel) => {
      const { signal } = new AbortController();
      const listeners = new Set<unknown>();
      signal.addEventListener = (_name: string, fn: unknown) => void listeners.add(fn);
      signal.removeEventListener = (_name: string, fn: unknown) => void listeners.delete(fn);
      await channel.queueDeclare({ queue: 'q' }, { signal });
      await channel.basicPublish('', 'q', 'x', null, { signal });
      await channel.basicGet({ queue: 'q' }, { signal });
      await channel.confirmDelivery({ signal, timeout: 50 });
      await channel.basicPublish('', 'q', 'x', null, { signal, timeout: 50 });
      expect(listeners).to.have.property('size', 0);
    });
  });

  it('fetches messages that acknowledge themselves, and null from an empty queue', () => {
    withChannel(brokerWorld(), async (channel) => {
      await channel.queueDeclare({ queue: 'q' });
      await channel.basicPublish('', 'q', 'one', { contentType: 'text/plain' });
      const message = await channel.basicGet({ queue: 'q' });
      expect(message?.method).to.deep.include({ deliveryTag: 1, redelivered: false, routingKey: 'q', messageCount: 0 });
      expect(message?.properties.contentType).to.equal('text/plain');
      message?.ack();
      expect(() => message?.ack())
        .to.throw(RangeError)
        .with.property('code', 'UNKNOWN_DELIVERY_TAG');
      expect(await channel.basicGet({ queue: 'q' })).to.equal(null);
      const [, second] = [channel.basicGet({ queue: 'q' }), channel.basicGet({ queue: 'q' })];
      expect(await rejection(second)).to.be.instanceOf(DuplicateGetOkCallback);
    });
  });

  it('gives back what comes for a basicGet that was called off, and asks the next one behind it', () => {
    withChannel(peerWorld(), async (channel, { peer, pass }) => {
      const controller = new AbortController();
      const { signal } = controller;
      const got = channel.basicGet({ queue: 'q' }, { signal });
      await pass();
      controller.abort('enough');
      expect(await got.catch((reason: unknown) => reason)).to.equal('enough');
      const next = channel.basicGet({ queue: 'q' });
      await pass();
      expect(peer.names.filter((name) => name === 'basic.get')).to.have.length(1);
      const fields = { deliveryTag: 1, redelivered: false, exchange: '', routingKey: 'q', messageCount: 0 };
      for (const bytes of [encodeContentFrames(1, BASIC_GET_OK, fields, {}, 'x', 4096)]) peer.transport?.write(bytes);
      await pass();
      expect(peer.names.slice(-2)).to.deep.equal(['basic.reject', 'basic.get']);
      peer.send(1, BASIC_GET_EMPTY, { clusterId: '' });
      expect(await next).to.equal(null);
    });
  });

  it('keeps what comes too late and counts as acknowledged for the next basicGet', () => {
    withChannel(peerWorld(), async (channel, { peer, pass }) => {
      const controller = new AbortController();
      const got = channel.basicGet({ queue: 'q', autoAck: true }, { signal: controller.signal });
      await pass();
      controller.abort('enough');
      await got.catch(() => undefined);
      const fields = { deliveryTag: 1, redelivered: false, exchange: '', routingKey: 'q', messageCount: 0 };
      peer.transport?.write(encodeContentFrames(1, BASIC_GET_OK, fields, {}, 'x', 4096));
      await pass();
      expect(String((await channel.basicGet({ queue: 'q', autoAck: true }))?.body)).to.equal('x');
    });
  });

  it('calls a handler with each message, and reports what it throws or rejects with', () => {
    withChannel(brokerWorld(), async (channel, { errors, pass }) => {
      await channel.queueDeclare({ queue: 'q' });
      const bodies: string[] = [];
      const { consumerTag } = await channel.basicConsume({ queue: 'q' }, (it, { deliveryTag }, _properties, body) => {
        expect(it).to.equal(channel);
        bodies.push(new TextDecoder().decode(body));
        it.basicAck(deliveryTag);
        if (deliveryTag === 1) throw new Error('at once');
        return Promise.reject(new Error('later'));
      });
      expect(channel.consumerTags).to.deep.equal([consumerTag]);
      const again = channel.basicConsume({ queue: 'q', consumerTag }, () => undefined);
      expect(await rejection(again)).to.be.instanceOf(DuplicateConsumerTag);
      await channel.basicPublish('', 'q', 'one');
      await channel.basicPublish('', 'q', 'two');
      await pass(10);
      expect(bodies).to.deep.equal(['one', 'two']);
      expect(errors.map(({ message }) => message)).to.deep.equal(['at once', 'later']);
      expect(await channel.basicCancel({ consumerTag })).to.deep.equal({ consumerTag });
      expect(channel.consumerTags).to.deep.equal([]);
    });
  });

  it('warns of a cancel for an unknown tag, and resolves it', () => {
    withChannel(brokerWorld(), async (channel, { log }) => {
      expect(await channel.basicCancel({ consumerTag: 'x' })).to.deep.equal({ consumerTag: 'x' });
      expect(log.join()).to.include('no active consumer "x"');
    });
  });

  it("tells of the broker's cancel: a callback where there is one, else onError", () => {
    withChannel(brokerWorld(), async (channel, { errors, pass }) => {
      await channel.queueDeclare({ queue: 'q' });
      await channel.basicConsume({ queue: 'q', consumerTag: 'a' }, () => undefined);
      await channel.queueDelete({ queue: 'q' });
      await pass();
      expect(errors).to.have.length(1);
      expect(errors[0]).to.be.instanceOf(ConsumerCancelled).with.property('consumerTag', 'a');
      const cancelled: string[] = [];
      channel.addOnCancelCallback((_channel, { consumerTag }) => cancelled.push(consumerTag));
      await channel.queueDeclare({ queue: 'q' });
      await channel.basicConsume({ queue: 'q', consumerTag: 'b' }, () => undefined);
      await channel.queueDelete({ queue: 'q' });
      await pass();
      expect(cancelled).to.deep.equal(['b']);
      expect(errors).to.have.length(1);
    });
  });

  it("tells onError of the broker's close where no call, callback or promise tells of it", () => {
    withChannel(brokerWorld(), async (channel, { errors, pass }) => {
      await channel.basicPublish('missing', '', 'x');
      await pass(10);
      expect(channel.isClosed).to.equal(true);
      expect(errors.map(({ name }) => name)).to.deep.equal(['ChannelClosedByBroker']);
      const told = await channel.connection.channel();
      const closes: string[] = [];
      told.addOnCloseCallback((_channel, { name }) => closes.push(name));
      await told.basicPublish('missing', '', 'x');
      await pass(10);
      expect(closes).to.deep.equal(['ChannelClosedByBroker']);
      expect(errors).to.have.length(1);
    });
  });

  it('hands returned messages to its onReturn, else the one of the connection, else warns once', () => {
    withChannel(brokerWorld(), async (channel, { log, pass }) => {
      const got: [who: string, message: ReturnedMessage][] = [];
      const publish = async (): Promise<void> => {
        await channel.basicPublish('', 'nowhere', 'x', { messageId: '7' }, { mandatory: true });
        await pass();
      };
      await publish();
      await publish();
      expect(log.filter((line) => line.includes('NO_ROUTE'))).to.have.length(1);
      channel.connection.onReturn = (message) => got.push(['connection', message]);
      await publish();
      channel.onReturn = (message) => got.push(['channel', message]);
      await publish();
      expect(got.map(([who]) => who)).to.deep.equal(['connection', 'channel']);
      expect(got[0]?.[1].method).to.deep.include({ replyCode: 312, routingKey: 'nowhere' });
      expect(got[0]?.[1].properties.messageId).to.equal('7');
      expect(() => {
        channel.onReturn = 7 as never;
      }).to.throw(TypeError);
    });
  });

  it('has the callbacks of the callback style', () => {
    withChannel(peerWorld(), async (channel, { peer, pass }) => {
      const seen: unknown[] = [];
      channel.addOnFlowCallback((it, { active }) => seen.push(it === channel, active));
      channel.addCallback((_channel, { name }) => seen.push(name), ['tx.select-ok']);
      channel.addOnCloseCallback((it, error) => seen.push(it === channel, error.name));
      peer.send(1, CHANNEL_FLOW, { active: false });
      const selected = channel.txSelect();
      await pass();
      peer.send(1, TX_SELECT_OK);
      await selected;
      peer.send(1, BASIC_CANCEL, { consumerTag: 'unknown', nowait: true });
      await channel.close();
      expect(seen).to.deep.equal([true, false, 'tx.select-ok', true, 'ChannelClosedByClient']);
    });
  });

  it('refuses confirms that the broker does not have', () => {
    withChannel(brokerWorld(), async (channel) => {
      delete channel.connection.serverCapabilities['basic.nack'];
      expect(await rejection(channel.confirmDelivery())).to.be.instanceOf(MethodNotImplemented);
    });
  });

  describe('close()', () => {
    it('gives one promise to all callers, and says why it is closed', () => {
      withChannel(brokerWorld(), async (channel) => {
        const first = channel.close({ replyCode: 200, replyText: 'done' });
        expect(channel.close()).to.equal(first);
        await first;
        expect(await channel.closed)
          .to.be.instanceOf(ChannelClosedByClient)
          .with.property('replyText', 'done');
      });
    });

    it('lets handlers that run finish, and gives them nothing more', () => {
      withChannel(brokerWorld(), async (channel, { pass, loop }) => {
        await channel.queueDeclare({ queue: 'q' });
        const steps: string[] = [];
        await channel.basicConsume({ queue: 'q' }, async (it, { deliveryTag }) => {
          steps.push(`begin ${deliveryTag}`);
          await pass(100);
          it.basicAck(deliveryTag);
          steps.push(`end ${deliveryTag}`);
        });
        await channel.basicPublish('', 'q', 'x');
        await pass(10);
        const begun = loop.time();
        const closed = channel.close();
        const other = await channel.connection.channel();
        await other.basicPublish('', 'q', 'y');
        await closed;
        expect(loop.time() - begun).to.be.closeTo(90, 5);
        expect(steps).to.deep.equal(['begin 1', 'end 1']);
        expect(await other.queueDeclare({ queue: 'q', passive: true })).to.deep.include({ messageCount: 1 });
      });
    });

    it('waits for no handler beyond its time', () => {
      withChannel(brokerWorld(), async (channel, { loop }) => {
        await channel.queueDeclare({ queue: 'q' });
        await channel.basicConsume({ queue: 'q' }, () => new Promise(() => undefined));
        await channel.basicPublish('', 'q', 'x');
        await channel.queueDeclare({ queue: 'q', passive: true });
        const begun = loop.time();
        await channel.close({}, { timeout: 100 });
        expect(loop.time() - begun).to.be.within(50, 100);
      });
    });

    it('warns where it went on without a handler or a loop, which may have waited for itself', () => {
      withChannel(brokerWorld(), async (channel, { log, pass }) => {
        await channel.queueDeclare({ queue: 'q' });
        await channel.basicConsume({ queue: 'q' }, async (it) => {
          await pass();
          await it.close({}, { timeout: 100 });
        });
        await channel.basicPublish('', 'q', 'x');
        await channel.closed;
        expect(log.filter((text) => text.includes('waits for itself'))).to.have.length(1);
        const other = await channel.connection.channel();
        for await (const _message of other.consume({ queue: 'q' })) {
          await pass();
          await channel.connection.close({}, { timeout: 100 });
        }
        expect(log.filter((text) => text.includes('for 1 of its handlers and loops'))).to.have.length(2);
      });
    });

    it('waits for the same as the close of its connection does, whichever comes first', () => {
      for (const first of ['channel', 'connection'] as const) {
        withChannel(brokerWorld(), async (channel, { loop, log, pass }) => {
          await channel.queueDeclare({ queue: 'q' });
          const acked: number[] = [];
          await channel.basicConsume({ queue: 'q' }, async (it, { deliveryTag }) => {
            await pass(100);
            it.basicAck(deliveryTag);
            acked.push(Number(deliveryTag));
          });
          await channel.basicPublish('', 'q', 'x');
          await pass(10);
          const begun = loop.time();
          const both = { channel: () => channel.close(), connection: () => channel.connection.close() };
          const closed = both[first]();
          await pass(10);
          await Promise.all([both.channel(), both.connection(), closed]);
          expect(loop.time() - begun).to.be.closeTo(90, 5);
          expect(acked).to.deep.equal([1]);
          expect(log).to.deep.equal([]);
        });
      }
    });
  });
});

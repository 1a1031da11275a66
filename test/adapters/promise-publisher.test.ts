import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import sinon from 'sinon';
import {
  ChannelClosedByBroker,
  ChannelClosedByClient,
  ChannelWrongStateError,
  type ConnectionFields,
  ConnectionWrongStateError,
  NackError,
  type PromiseChannel,
  PublishUnknownError,
  RpcTimeout,
  StreamLostError,
  UnroutableError,
} from '../../adapters/index.ts';
import {
  BASIC_ACK,
  BASIC_NACK,
  BASIC_RETURN,
  CHANNEL_CLOSE,
  CHANNEL_FLOW,
  CONFIRM_SELECT_OK,
  CONNECTION_BLOCKED,
  CONNECTION_UNBLOCKED,
  encodeContentFrames,
} from '../../amqp/index.ts';
import { brokerWorld, type PromiseWorld, peerWorld, rejection } from './promise-world.ts';
import type { ScriptedPeer } from './scripted-peer.ts';

const MIB = 1024 * 1024;

interface Scene extends PromiseWorld {
  readonly peer: ScriptedPeer;
  readonly channel: PromiseChannel;
  /** How many whole messages have come to the peer. */
  came(): number;
}

/** Runs a script with an open channel to a peer that does what it is told. */
function withPeer(
  script: (scene: Scene) => Promise<unknown>,
  fields: ConnectionFields & { confirm?: boolean } = {},
): void {
  const { confirm = false, ...parameters } = fields;
  const world = peerWorld();
  const { peer } = world;
  world.run(async () => {
    const connection = await world.connect({ closeTimeout: 1_000, ...parameters });
    const channel = await connection.channel();
    if (confirm) {
      const selected = channel.confirmDelivery();
      await world.pass();
      peer.send(1, CONFIRM_SELECT_OK);
      await selected;
    }
    const came = (): number => peer.names.filter((name) => name === 'basic.publish').length;
    await script({ ...world, channel, came });
    peer.transport?.resume();
    await connection.close();
  });
}

/** What has become of a promise by now. */
async function stateOf(promise: Promise<unknown>): Promise<'pending' | 'fulfilled' | 'rejected'> {
  const settled = promise.then(
    () => 'fulfilled' as const,
    () => 'rejected' as const,
  );
  return await Promise.race([settled, Promise.resolve('pending' as const).then((state) => state)]);
}

describe('Publishing in promises', () => {
  describe('without confirms', () => {
    it('resolves to undefined at once while there is room, with one promise for all', () => {
      withPeer(async ({ channel, came, pass }) => {
        const first = channel.basicPublish('', 'q', 'a');
        expect(channel.basicPublish('', 'q', 'b')).to.equal(first);
        expect(await first).to.equal(undefined);
        await pass();
        expect(came()).to.equal(2);
      });
    });

    it('waits for room, in order, and holds no more than the limit for who awaits', () => {
      withPeer(
        async ({ channel, peer, pass, came }) => {
          const body = new Uint8Array(100_000);
          peer.transport?.pause();
          let sent = 0;
          const all = (async () => {
            for (; sent < 60; sent++) await channel.basicPublish('', `key ${sent}`, body);
          })();
          await pass(100);
          const held = sent;
          expect(held * body.length).to.be.below(4 * MIB);
          await pass(100);
          expect(sent).to.equal(held);
          peer.transport?.resume();
          await all;
          await pass(100);
          expect(came()).to.equal(60);
          const keys = peer.seen.filter(([, name]) => name === 'basic.publish').map(([, , fields]) => fields);
          expect(keys.map((fields) => Reflect.get(fields ?? {}, 'routingKey'))).to.deep.equal(
            keys.map((_, index) => `key ${index}`),
          );
        },
        { outboundLimit: MIB },
      );
    });

    it('rejects what nobody awaits beyond four times the limit, and only that', () => {
      withPeer(
        async ({ channel, peer, pass, came, errors }) => {
          const body = new Uint8Array(100_000);
          peer.transport?.pause();
          const promises = Array.from({ length: 100 }, () => channel.basicPublish('', 'q', body));
          const ends = Promise.allSettled(promises);
          peer.transport?.resume();
          const refused = (await ends).filter((end) => end.status === 'rejected');
          expect(refused.length).to.be.within(30, 70);
          for (const { reason } of refused)
            expect(reason).to.be.instanceOf(RangeError).with.property('code', 'OUTBOUND_FULL');
          await pass(100);
          expect(came()).to.equal(100 - refused.length);
          expect(errors).to.deep.equal([]);
        },
        { outboundLimit: MIB },
      );
    });

    it('waits while the broker is blocked, or has stopped the flow', () => {
      withPeer(async ({ channel, peer, pass, came }) => {
        const held: [stop: () => void, go: () => void][] = [
          [() => peer.send(0, CONNECTION_BLOCKED, { reason: 'memory' }), () => peer.send(0, CONNECTION_UNBLOCKED)],
          [() => peer.send(1, CHANNEL_FLOW, { active: false }), () => peer.send(1, CHANNEL_FLOW, { active: true })],
        ];
        for (const [index, [stop, go]] of held.entries()) {
          stop();
          await pass();
          const waiting = [channel.basicPublish('', 'q', 'a'), channel.basicPublish('', 'q', 'b')];
          await pass(100);
          expect(came()).to.equal(index * 2);
          go();
          await Promise.all(waiting);
          await pass();
          expect(came()).to.equal(index * 2 + 2);
        }
      });
    });

    it("copies a small body that waits: its bytes are the caller's again", () => {
      const { run, connect, broker, pass } = brokerWorld();
      run(async () => {
        const connection = await connect();
        const channel = await connection.channel();
        await channel.queueDeclare({ queue: 'q' });
        broker.block('memory');
        await pass();
        const body = new TextEncoder().encode('before');
        const waiting = channel.basicPublish('', 'q', body);
        body.fill(0);
        broker.block(null);
        await waiting;
        expect(String((await channel.basicGet({ queue: 'q' }))?.body)).to.equal('before');
        await connection.close();
      });
    });

    it('sends nothing that was called off while it waited, and closes when the time of one is over', () => {
      withPeer(async ({ channel, peer, pass, came }) => {
        peer.send(1, CHANNEL_FLOW, { active: false });
        await pass();
        const controller = new AbortController();
        const off = channel.basicPublish('', 'q', 'a', null, { signal: controller.signal });
        const kept = channel.basicPublish('', 'q', 'b');
        controller.abort('enough');
        expect(await off.catch((reason: unknown) => reason)).to.equal('enough');
        peer.send(1, CHANNEL_FLOW, { active: true });
        await kept;
        await pass();
        expect(came()).to.equal(1);
        peer.send(1, CHANNEL_FLOW, { active: false });
        await pass();
        const late = channel.basicPublish('', 'q', 'c', null, { timeout: 30 });
        const behind = channel.basicPublish('', 'q', 'd');
        const [error, other] = await Promise.all([rejection(late), rejection(behind)]);
        expect(error).to.be.instanceOf(RpcTimeout).with.property('method', 'basic.publish');
        expect(other).to.equal(error);
        expect(channel.isClosed).to.equal(true);
      });
    });

    it('ends what waits with what ends the channel or the connection', () => {
      withPeer(async ({ channel, peer, pass }) => {
        peer.send(1, CHANNEL_FLOW, { active: false });
        await pass();
        const waiting = rejection(channel.basicPublish('', 'q', 'a'));
        peer.transport?.abort();
        expect(await waiting).to.be.instanceOf(StreamLostError);
        expect(await rejection(channel.basicPublish('', 'q', 'b'))).to.be.instanceOf(ConnectionWrongStateError);
      });
    });
  });

  describe('with confirms', () => {
    it('resolves to the sequence number at the confirm that covers it, many of them pipelined', () => {
      withPeer(
        async ({ channel, peer, pass }) => {
          const promises = Array.from({ length: 5 }, () => channel.basicPublish('', 'q', 'x'));
          await pass();
          peer.send(1, BASIC_ACK, { deliveryTag: 2, multiple: false });
          await pass();
          expect(await Promise.all(promises.map(stateOf))).to.deep.equal([
            'pending',
            'fulfilled',
            'pending',
            'pending',
            'pending',
          ]);
          peer.send(1, BASIC_ACK, { deliveryTag: 4, multiple: true });
          await pass();
          expect(await stateOf(promises[4] ?? Promise.reject())).to.equal('pending');
          peer.send(1, BASIC_ACK, { deliveryTag: 5, multiple: false });
          expect(await Promise.all(promises)).to.deep.equal([1, 2, 3, 4, 5]);
        },
        { confirm: true },
      );
    });

    it('rejects with NackError, UnroutableError, or NackError for both, with the message', () => {
      withPeer(
        async ({ channel, peer, pass }) => {
          const publish = (key: string): Promise<Error> =>
            rejection(channel.basicPublish('', key, 'body', { messageId: key }, { mandatory: true }));
          const [nacked, returned, both] = [publish('a'), publish('b'), publish('c')];
          await pass();
          const back = (key: string): void => {
            const fields = { replyCode: 312, replyText: 'NO_ROUTE', exchange: '', routingKey: key };
            peer.transport?.write(encodeContentFrames(1, BASIC_RETURN, fields, { messageId: key }, 'body', 4096));
          };
          peer.send(1, BASIC_NACK, { deliveryTag: 1, multiple: false, requeue: false });
          back('b');
          peer.send(1, BASIC_ACK, { deliveryTag: 2, multiple: false });
          back('c');
          peer.send(1, BASIC_NACK, { deliveryTag: 3, multiple: false, requeue: false });
          const [first, second, third] = await Promise.all([nacked, returned, both]);
          expect(first).to.be.instanceOf(NackError).with.property('tag', 1);
          expect((first as NackError).messages).to.deep.equal([
            { method: { exchange: '', routingKey: 'a' }, properties: { messageId: 'a' }, body: 'body' },
          ]);
          expect(second).to.be.instanceOf(UnroutableError).with.property('tag', 2);
          expect((second as UnroutableError).messages[0]?.method).to.deep.include({ replyCode: 312, routingKey: 'b' });
          expect(third).to.be.instanceOf(NackError);
          expect((third as NackError).messages[0]?.method).to.deep.include({ replyCode: 312, routingKey: 'c' });
        },
        { confirm: true },
      );
    });

    it("holds the caller's own body and properties in the error, also of what had to wait", () => {
      const { run, connect, broker, pass } = brokerWorld();
      run(async () => {
        const connection = await connect();
        const channel = await connection.channel({ confirm: true });
        const body = new TextEncoder().encode('small enough to be copied');
        const properties = { headers: { a: 1 } };
        const refused = (): Promise<Error> =>
          rejection(channel.basicPublish('', 'nowhere', body, properties, { mandatory: true }));
        const atOnce = refused();
        broker.block('memory');
        await pass();
        const waiting = refused();
        broker.block(null);
        for (const error of await Promise.all([atOnce, waiting])) {
          expect(error).to.be.instanceOf(UnroutableError);
          const [message] = (error as UnroutableError).messages;
          expect(message?.body).to.equal(body);
          expect(message?.properties).to.equal(properties);
          expect(message?.method).to.deep.include({ routingKey: 'nowhere', replyCode: 312, replyText: 'NO_ROUTE' });
        }
        await connection.close();
      });
    });

    it('rejects with PublishUnknownError when the channel or connection ends before, with why', () => {
      withPeer(
        async ({ channel, peer, pass }) => {
          const promises = [channel.basicPublish('no', 'q', 'x'), channel.basicPublish('', 'q', 'y')];
          const ends = Promise.all(promises.map(rejection));
          await pass();
          const why = { replyCode: 404, replyText: 'NOT_FOUND', classId: 60, methodId: 40 };
          peer.send(1, CHANNEL_CLOSE, why);
          for (const [index, error] of (await ends).entries()) {
            expect(error)
              .to.be.instanceOf(PublishUnknownError)
              .with.property('tag', index + 1);
            expect(error.cause).to.be.instanceOf(ChannelClosedByBroker).with.property('replyCode', 404);
          }
        },
        { confirm: true },
      );
    });

    it('closes the channel when no confirm comes within confirmTimeout', () => {
      withPeer(
        async ({ channel, loop }) => {
          const begun = loop.time();
          const error = await rejection(channel.basicPublish('', 'q', 'x'));
          expect(error).to.be.instanceOf(PublishUnknownError);
          expect(error.cause).to.be.instanceOf(ChannelClosedByClient);
          expect(loop.time() - begun).to.be.closeTo(200, 1);
          expect(channel.isClosed).to.equal(true);
        },
        { confirm: true, confirmTimeout: 200 },
      );
    });

    it('tells onError, and no unhandledRejection, of a verdict that nobody awaited', async () => {
      const unhandled = sinon.spy();
      process.on('unhandledRejection', unhandled);
      try {
        withPeer(
          async ({ channel, peer, pass, errors }) => {
            void channel.basicPublish('', 'a', 'x');
            const awaited = rejection(channel.basicPublish('', 'b', 'y'));
            await pass();
            peer.send(1, BASIC_NACK, { deliveryTag: 2, multiple: true, requeue: false });
            expect(await awaited).to.be.instanceOf(NackError);
            await pass();
            expect(errors).to.have.length(1);
            expect(errors[0]).to.be.instanceOf(NackError).with.property('tag', 1);
          },
          { confirm: true },
        );
        await new Promise((resolve) => setImmediate(resolve));
        expect(unhandled.callCount).to.equal(0);
      } finally {
        process.off('unhandledRejection', unhandled);
      }
    });

    it('rejects once with what cannot be sent, and counts no message for it', () => {
      withPeer(
        async ({ channel, peer, pass }) => {
          const bad = { headers: { bad: Symbol('no') } } as object;
          expect((await rejection(channel.basicPublish('', 'q', 'x', bad))).name).to.be.a('string');
          const good = channel.basicPublish('', 'q', 'x');
          await pass();
          peer.send(1, BASIC_ACK, { deliveryTag: 1, multiple: false });
          expect(await good).to.equal(1);
        },
        { confirm: true },
      );
    });

    it('keeps nothing of a limit for what cannot be sent, and sends nothing that was called off before', () => {
      const { run, connect, pass, errors } = brokerWorld();
      run(async () => {
        const connection = await connect();
        for (const confirm of [true, false]) {
          const channel = await connection.channel({ confirm });
          const { queue } = await channel.queueDeclare({ exclusive: true });
          const { signal } = new AbortController();
          const bad = { headers: { bad: Symbol('no') } } as object;
          await rejection(channel.basicPublish('', queue, 'x', bad, { signal, timeout: 50 }));
          expect(getEventListeners(signal, 'abort')).to.have.length(0);
          await pass(100);
          expect(channel.isOpen).to.equal(true);
          const off = channel.basicPublish('', queue, 'x', null, { signal: AbortSignal.abort('enough') });
          expect(await off.catch((reason: unknown) => reason)).to.equal('enough');
          expect(await channel.basicGet({ queue })).to.equal(null);
        }
        await connection.close();
      });
      expect(errors).to.deep.equal([]);
    });

    it('waits at maxUnconfirmed, and goes on in order', () => {
      withPeer(
        async ({ channel, peer, pass, came }) => {
          const promises = Array.from({ length: 5 }, () => channel.basicPublish('', 'q', 'x'));
          await pass();
          expect(came()).to.equal(2);
          peer.send(1, BASIC_ACK, { deliveryTag: 2, multiple: true });
          await pass();
          expect(came()).to.equal(4);
          peer.send(1, BASIC_ACK, { deliveryTag: 3, multiple: false });
          peer.send(1, BASIC_ACK, { deliveryTag: 4, multiple: false });
          await pass();
          peer.send(1, BASIC_ACK, { deliveryTag: 5, multiple: false });
          expect(await Promise.all(promises)).to.deep.equal([1, 2, 3, 4, 5]);
        },
        { confirm: true, maxUnconfirmed: 2 },
      );
    });

    it('gives a number to what was published while confirm.select was under way', () => {
      withPeer(async ({ channel, peer, pass, came }) => {
        const first = channel.confirmDelivery();
        expect(channel.confirmDelivery()).to.equal(first);
        const published = channel.basicPublish('', 'q', 'x');
        await pass();
        expect(came()).to.equal(0);
        peer.send(1, CONFIRM_SELECT_OK);
        await first;
        await pass();
        peer.send(1, BASIC_ACK, { deliveryTag: 1, multiple: false });
        expect(await published).to.equal(1);
        await channel.confirmDelivery();
        expect(peer.names.filter((name) => name === 'confirm.select')).to.have.length(1);
      });
    });

    it('waitForConfirms() resolves when every message has its verdict', () => {
      withPeer(
        async ({ channel, peer, pass }) => {
          await channel.waitForConfirms();
          const refused = rejection(channel.basicPublish('', 'q', 'x'));
          const waiting = channel.waitForConfirms();
          await pass();
          expect(await stateOf(waiting)).to.equal('pending');
          peer.send(1, BASIC_NACK, { deliveryTag: 1, multiple: false, requeue: false });
          await waiting;
          expect(await refused).to.be.instanceOf(NackError);
        },
        { confirm: true },
      );
    });

    it('waitForConfirms() rejects when the channel ends before, and once it has', () => {
      withPeer(
        async ({ channel, peer, pass, errors }) => {
          const published = rejection(channel.basicPublish('', 'q', 'x'));
          const waiting = rejection(channel.waitForConfirms());
          await pass();
          peer.send(1, CHANNEL_CLOSE, { replyCode: 404, replyText: 'NOT_FOUND', classId: 60, methodId: 40 });
          const error = await waiting;
          expect(error).to.be.instanceOf(ChannelClosedByBroker);
          expect(await published).to.be.instanceOf(PublishUnknownError);
          const late = await rejection(channel.waitForConfirms());
          expect(late).to.be.instanceOf(ChannelWrongStateError).with.property('cause', error);
          expect(errors).to.deep.equal([]);
        },
        { confirm: true },
      );
    });

    it('close() waits for the verdicts within its time, of the channel and of the connection', () => {
      withPeer(
        async ({ channel, peer, pass }) => {
          const settled = channel.basicPublish('', 'q', 'x');
          await pass();
          const closed = channel.connection.close();
          await pass(100);
          expect(channel.isOpen).to.equal(true);
          expect((await rejection(channel.connection.channel())).name).to.equal('ConnectionWrongStateError');
          peer.send(1, BASIC_ACK, { deliveryTag: 1, multiple: false });
          expect(await settled).to.equal(1);
          await closed;
        },
        { confirm: true },
      );
      withPeer(
        async ({ channel, loop }) => {
          const unknown = rejection(channel.basicPublish('', 'q', 'x'));
          const begun = loop.time();
          await channel.close({}, { timeout: 100 });
          expect(loop.time() - begun).to.be.within(50, 100);
          expect(await unknown).to.be.instanceOf(PublishUnknownError);
        },
        { confirm: true },
      );
    });
  });

  it('settles each of many publishers on one connection', () => {
    const { run, connect } = brokerWorld();
    run(async () => {
      const connection = await connect();
      const setup = await connection.channel();
      await setup.queueDeclare({ queue: 'q' });
      await Promise.all(
        Array.from({ length: 10 }, async () => {
          const channel = await connection.channel({ confirm: true });
          for (let i = 1; i <= 20; i++) expect(await channel.basicPublish('', 'q', 'x')).to.equal(i);
          await channel.close();
        }),
      );
      expect(await setup.queueDeclare({ queue: 'q', passive: true })).to.deep.include({ messageCount: 200 });
      await connection.close();
    });
  });
});

import { expect } from 'chai';
import { AMQPConnectionWorkflowFailed, type PromiseChannel } from '../../adapters/index.ts';
import {
  ChannelClosedByBroker,
  ChannelWrongStateError,
  ConsumerCancelled,
  PlainCredentials,
  PublishUnknownError,
  RpcTimeout,
  UnroutableError,
} from '../../amqp/index.ts';
import { rejection } from './promise-world.ts';
import { RECOVERY, runRecovery } from './recovery-world.ts';

const AGAIN = { recovery: { ...RECOVERY, resend: true } };

describe('A channel that comes back', () => {
  describe('and its messages', () => {
    it('sends again, in order and under their numbers, what had no verdict, where that is asked for', () =>
      runRecovery(async ({ connection, cut }) => {
        const channel = await connection.channel({ confirm: true });
        await channel.queueDeclare({ queue: 'q' });
        await channel.basicPublish('', 'q', '1');
        const bytes = Buffer.from('2');
        const before = [channel.basicPublish('', 'q', bytes), channel.basicPublish('', 'q', '3')];
        bytes.fill('x');
        cut();
        const after = channel.basicPublish('', 'q', '4');
        expect(await Promise.all([...before, after])).to.deep.equal([2, 3, 4]);
        expect(await bodiesOf(channel)).to.deep.equal(['1', '2', '3', '4']);
      }, AGAIN));

    it('sends again over several losses, and tells each what becomes of it', () =>
      runRecovery(async ({ connection, cut, recovered, broker }) => {
        const channel = await connection.channel({ confirm: true });
        await channel.queueDeclare({ queue: 'q' });
        const routed = channel.basicPublish('', 'q', 'taken');
        const lost = channel.basicPublish('', 'nowhere', 'returned', null, { mandatory: true });
        cut();
        connection.once('recovering', () => broker.sessions.forEach((session) => void session.close('again')));
        await recovered();
        expect(await routed).to.equal(1);
        const returned = await rejection(lost);
        expect(returned).to.be.instanceOf(UnroutableError);
        expect((returned as UnroutableError).tag).to.equal(2);
        expect((returned as UnroutableError).messages[0]?.body).to.equal('returned');
      }, AGAIN));

    it('tells what was to be sent again as unknown, once, when it ends before', () =>
      runRecovery(async ({ connection, cut, listener, pass }) => {
        const channel = await connection.channel({ confirm: true });
        const lost = channel.basicPublish('', 'q', 'lost');
        listener.close();
        cut();
        await pass(1);
        const held = channel.basicPublish('', 'q', 'held');
        await connection.close();
        expect(await rejection(lost)).to.be.instanceOf(PublishUnknownError);
        expect(await rejection(held)).to.have.property('name', 'ConnectionClosedByClient');
      }, AGAIN));

    it('sends nothing again that the end of its channel has left unknown', () =>
      runRecovery(async ({ connection }) => {
        const channel = await connection.channel({ confirm: true });
        const lost = [channel.basicPublish('missing', '', '1'), channel.basicPublish('', 'q', '2')];
        for (const message of lost) expect(await rejection(message)).to.be.instanceOf(PublishUnknownError);
        expect(await channel.basicPublish('', 'q', '3')).to.equal(3);
      }, AGAIN));

    it('keeps what is published meanwhile up to a bound, and refuses the rest', () =>
      runRecovery(
        async ({ connection, cut, pass }) => {
          const channel = await connection.channel({ confirm: true });
          await channel.queueDeclare({ queue: 'q' });
          cut();
          await pass(1);
          const body = Buffer.alloc(600);
          const kept = Array.from({ length: 4 }, () => channel.basicPublish('', 'q', body));
          expect(await rejection(channel.basicPublish('', 'q', body))).to.have.property('code', 'OUTBOUND_FULL');
          expect(await Promise.all(kept)).to.deep.equal([1, 2, 3, 4]);
        },
        AGAIN,
        { outboundLimit: 1024 },
      ));

    it('counts messages from the confirm.select that waits with them', () =>
      runRecovery(async ({ connection, cut, pass }) => {
        const channel = await connection.channel();
        cut();
        await pass(1);
        const selected = channel.confirmDelivery();
        const numbers = [channel.basicPublish('', 'q', '1'), channel.basicPublish('', 'q', '2')];
        await selected;
        expect(await Promise.all(numbers)).to.deep.equal([1, 2]);
      }));
  });

  describe('and its consumers', () => {
    it('drops what a loop had not taken, since that comes again, and keeps what needs no acknowledgement', () =>
      runRecovery(async ({ connection, cut, recovered, pass }) => {
        const channel = await connection.channel();
        await channel.queueDeclare({ queue: 'acked' });
        await channel.queueDeclare({ queue: 'free' });
        for (const queue of ['acked', 'free'])
          for (const body of ['1', '2']) await channel.basicPublish('', queue, body);
        const acked = channel.consume({ queue: 'acked' });
        const free = channel.consume({ queue: 'free', autoAck: true });
        const first = [await acked.next(), await free.next()].map(({ value }) => `${value?.body}`);
        await pass(1);
        cut();
        await recovered();
        const next = [await acked.next(), await acked.next(), await free.next()];
        expect(first).to.deep.equal(['1', '1']);
        expect(next.map(({ value }) => `${value?.body} ${value?.method.redelivered}`)).to.deep.equal([
          '1 true',
          '2 true',
          '2 false',
        ]);
      }));

    it('has late acknowledgements of a loop return false, and tells onError once for each loss', () =>
      runRecovery(async ({ connection, cut, recovered, errors }) => {
        const channel = await connection.channel();
        await channel.queueDeclare({ queue: 'q' });
        for (const body of ['1', '2', '3']) await channel.basicPublish('', 'q', body);
        const loop = channel.consume({ queue: 'q' });
        const messages = [await loop.next(), await loop.next(), await loop.next()].map(({ value }) => value);
        cut();
        await recovered();
        expect(messages.map((message) => message?.ack())).to.deep.equal([false, false, false]);
        expect(messages[0]?.nack()).to.equal(false);
        expect(errors.map((error) => error.constructor)).to.deep.equal([ChannelWrongStateError]);
        expect(() => channel.basicAck(messages[0]?.method.deliveryTag)).to.throw(ChannelWrongStateError);
        const again = (await loop.next()).value;
        expect([again?.method.deliveryTag, again?.ack()]).to.deep.equal([4, undefined]);
      }));

    it('begins each with the prefetch that it had', () =>
      runRecovery(async ({ connection, cut, recovered, pass }) => {
        const channel = await connection.channel();
        for (const queue of ['a', 'b']) await channel.queueDeclare({ queue });
        const got: Record<string, number> = { a: 0, b: 0 };
        for (const [queue, prefetchCount] of [
          ['a', 1],
          ['b', 3],
        ] as const) {
          await channel.basicQos({ prefetchCount });
          await channel.basicConsume({ queue }, () => void got[queue]!++);
        }
        cut();
        await recovered();
        for (const queue of ['a', 'b']) for (let i = 0; i < 5; i++) await channel.basicPublish('', queue, '');
        await pass(10);
        expect(got).to.deep.equal({ a: 1, b: 3 });
      }));

    it('leaves out one that was cancelled before, during or after the loss', () =>
      runRecovery(async ({ connection, cut, recovered, pass }) => {
        const channel = await connection.channel();
        await channel.queueDeclare({ queue: 'q' });
        const tags = ['before', 'during', 'after', 'left'];
        for (const consumerTag of tags) await channel.basicConsume({ queue: 'q', consumerTag }, () => undefined);
        const loop = channel.consume({ queue: 'q' });
        const waiting = loop.next();
        await pass(1);
        await channel.basicCancel({ consumerTag: 'before' });
        const during = channel.basicCancel({ consumerTag: 'during' });
        cut();
        await during;
        await channel.basicCancel({ consumerTag: 'after' });
        await loop.return();
        await recovered();
        expect((await waiting).done).to.equal(true);
        expect(channel.consumerTags).to.deep.equal(['left']);
      }));

    it('leaves out the queue that went with the last of them', () =>
      runRecovery(async ({ connection, cut, recovered }) => {
        const channel = await connection.channel();
        for (const queue of ['gone', 'kept']) {
          await channel.queueDeclare({ queue, autoDelete: true });
          await channel.basicConsume({ queue, consumerTag: queue }, () => undefined);
        }
        const other = await connection.channel();
        await other.basicConsume({ queue: 'kept' }, () => undefined);
        await channel.close();
        cut();
        await recovered();
        expect((await other.queueDeclare({ queue: 'kept', passive: true })).consumerCount).to.equal(1);
        const error = await rejection(other.queueDeclare({ queue: 'gone', passive: true }));
        expect(error).to.be.instanceOf(ChannelClosedByBroker).and.to.have.property('replyCode', 404);
      }));

    it('ends those whose queue others have deleted meanwhile', () =>
      runRecovery(async ({ connection, connect, broker, recovered, errors }) => {
        const other = await connect();
        const owner = await other.channel();
        await owner.queueDeclare({ queue: 'theirs' });
        const channel = await connection.channel();
        await channel.queueDeclare({ queue: 'ours' });
        await channel.basicConsume({ queue: 'ours', consumerTag: 'ours' }, () => undefined);
        const loop = channel.consume({ queue: 'theirs' });
        const ended = rejection(loop.next());
        await channel.queueDeclare({ queue: 'theirs', passive: true });
        connection.once('lost', () => void owner.queueDelete({ queue: 'theirs' }));
        broker.sessions[0]?.close('the node stops');
        await recovered();
        expect(await ended).to.be.instanceOf(ConsumerCancelled);
        expect([channel.consumerTags, errors]).to.deep.equal([['ours'], []]);
        await other.close();
      }));

    it('waits for an exclusive queue that somebody else has for now', () =>
      runRecovery(async ({ connection, connect, cut, recovered, pass, told }) => {
        const channel = await connection.channel();
        await channel.queueDeclare({ queue: 'q' });
        const bodies: string[] = [];
        await channel.basicConsume({ queue: 'q', exclusive: true }, (_channel, _method, _properties, body) => {
          bodies.push(`${body}`);
        });
        cut();
        const other = await connect();
        const rival = await other.channel();
        await rival.basicConsume({ queue: 'q', exclusive: true, consumerTag: 'rival' }, () => undefined);
        await recovered();
        expect([connection.isOpen, channel.isOpen]).to.deep.equal([true, false]);
        await rival.basicCancel({ consumerTag: 'rival' });
        await pass(1000);
        await channel.basicPublish('', 'q', 'mine');
        await pass(10);
        expect([channel.isOpen, bodies]).to.deep.equal([true, ['mine']]);
        expect(told.filter((text) => text.startsWith('lost'))).to.have.length(1);
        await other.close();
      }));
  });

  describe('and what was asked of it', () => {
    it('waits within its limit, and may be called off', () =>
      runRecovery(async ({ connection, cut, listener, pass }) => {
        const channel = await connection.channel();
        listener.close();
        cut();
        await pass(1);
        const late = rejection(channel.queueDeclare({ queue: 'q' }, { timeout: 500 }));
        const off = new AbortController();
        const called = rejection(channel.queueDeclare({ queue: 'q' }, { signal: off.signal }));
        off.abort(new Error('enough'));
        expect((await called).message).to.equal('enough');
        expect(await late).to.be.instanceOf(RpcTimeout);
      }));

    it('is closed for good by what another attempt would not change', () =>
      runRecovery(async ({ connection, connect, cut, told }) => {
        const channel = await connection.channel();
        await channel.queueDeclare({ queue: 'q' });
        cut();
        const another = await connect();
        const rival = await another.channel();
        await rival.queueDelete({ queue: 'q' });
        await rival.queueDeclare({ queue: 'q', durable: true });
        const reason = await connection.closed;
        expect(reason).to.be.instanceOf(ChannelClosedByBroker).and.to.have.property('replyCode', 406);
        expect(told.at(-1)).to.equal('recoveryFailed ChannelClosedByBroker');
        await another.close();
      }));

    it('goes on though listeners throw, who are told of to onError', () =>
      runRecovery(async ({ connection, cut, recovered, errors }) => {
        for (const name of ['lost', 'recovering', 'recovered'] as const) {
          connection.on(name, () => {
            throw new Error(`a listener of ${name}`);
          });
        }
        cut();
        await recovered();
        expect(connection.isOpen).to.equal(true);
        expect(errors.map(({ message }) => message)).to.deep.equal([
          'a listener of lost',
          'a listener of recovering',
          'a listener of recovered',
        ]);
      }));
  });
});

describe('Credentials of a connection that comes back', () => {
  const named = (password: string): PlainCredentials => new PlainCredentials('guest', password);

  it('are asked for again at each connect, and given by a promise as well', () => {
    let asked = 0;
    runRecovery(
      async ({ connection, cut, recovered }) => {
        cut();
        await recovered();
        cut();
        await recovered();
        expect([connection.isOpen, asked]).to.deep.equal([true, 3]);
      },
      {},
      {
        credentials: async () => {
          asked++;
          return named('guest');
        },
      },
    );
  });

  it('that fail to come are a failed attempt, whose reason is kept', () => {
    let asked = 0;
    runRecovery(
      async ({ connection, cut, recovered, told, errors }) => {
        cut();
        await recovered();
        expect(told).to.include('recovering 2 200');
        expect([connection.isOpen, errors]).to.deep.equal([true, []]);
      },
      {},
      {
        credentials: async () => {
          if (++asked === 2 || asked === 3) throw new Error('the token server is down'); // localhost has two addresses
          return named('guest');
        },
      },
    );
  });

  it('are asked for once more when they were refused, and no more than that', () => {
    const passwords = ['guest', 'expired', 'guest', 'expired', 'revoked', 'guest'];
    runRecovery(
      async ({ connection, cut, recovered }) => {
        cut();
        await recovered();
        cut();
        const reason = await connection.closed;
        expect(reason).to.be.instanceOf(AMQPConnectionWorkflowFailed);
        expect(`${reason.message} ${reason.stack}`).not.to.match(/expired|revoked/);
        expect(passwords).to.deep.equal(['guest']);
      },
      {},
      { credentials: () => named(passwords.shift() ?? '') },
    );
  });
});

async function bodiesOf(channel: PromiseChannel): Promise<string[]> {
  const bodies: string[] = [];
  for (;;) {
    const message = await channel.basicGet({ queue: 'q', autoAck: true });
    if (message === null) return bodies;
    bodies.push(`${message.body}`);
  }
}

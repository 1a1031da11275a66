import { expect } from 'chai';
import { type AMQPError, type Channel, ChannelClosedByBroker, type SelectConnection } from '../../adapters/index.ts';
import type { Broker } from '../support/describe-broker.ts';
import { type AdapterUnderTest, withChannel } from './adapter-under-test.ts';

type Act = (channel: Channel<SelectConnection>, end: () => void) => void;

/** Rows A15 to A32: what a channel does. */
export function channelRows(adapter: AdapterUnderTest, broker: Broker): void {
  const on = (act: Act): Promise<{ channel: AMQPError; connection: AMQPError }> => withChannel(adapter, broker, act);
  const ordinary = async (act: Act): Promise<void> => {
    const { channel, connection } = await on(act);
    expect([channel.name, connection.name]).to.deep.equal(['ChannelClosedByClient', 'ConnectionClosedByClient']);
  };
  /** The channel is closed by the broker with this code; what comes then is `after`. */
  const refused = async (code: number, act: Act, after: Act = (_channel, end) => end()): Promise<void> => {
    const { channel } = await on((own, end) => {
      own.addOnCloseCallback(() => own.connection.channel((next) => after(next, end)));
      act(own, end);
    });
    expect(channel).to.be.instanceOf(ChannelClosedByBroker).and.include({ replyCode: code });
  };
  const never = (): never => {
    throw new Error('a refused call was answered');
  };

  describe('calls', () => {
    it('turns confirms on and calls back (A15)', () =>
      ordinary((channel, end) => channel.confirmDelivery(() => undefined, end)));

    it('answers declares around one without a reply, and a passive one finds its queue (A16)', () =>
      ordinary((channel, end) => {
        const names = ['a', 'b', 'c'].map((name) => broker.unique(name));
        const [first, silent, third] = names as [string, string, string];
        const order: string[] = [];
        channel.queueDeclare({ queue: first, exclusive: true }, ({ queue }) => order.push(queue));
        channel.queueDeclare({ queue: silent, exclusive: true, nowait: true });
        channel.queueDeclare({ queue: third, exclusive: true }, ({ queue }) => order.push(queue));
        channel.queueDeclare({ queue: silent, passive: true }, ({ queue }) => {
          expect([...order, queue]).to.deep.equal([first, third, silent]);
          end();
        });
      }));

    it('cancels from the first handler while a hundred messages arrive, then deletes the queue (A17)', () =>
      ordinary((channel, end) => {
        channel.queueDeclare({ exclusive: true }, ({ queue }) => {
          for (let i = 0; i < 100; i++) channel.basicPublish('', queue, `message ${i}`);
          const consumerTag = channel.basicConsume({ queue, autoAck: true }, (_channel, { deliveryTag }) => {
            if (deliveryTag !== 1) return;
            channel.basicCancel({ consumerTag }, (reply) => {
              expect(reply).to.deep.equal({ consumerTag });
              channel.queueDelete({ queue }, end);
            });
          });
        });
      }));

    it('declares an exchange and deletes it (A18)', () =>
      ordinary((channel, end) => {
        const exchange = broker.unique('exchange');
        channel.exchangeDeclare({ exchange, exchangeType: 'direct', autoDelete: true }, () =>
          channel.exchangeDelete({ exchange }, end),
        );
      }));

    it('loses the channel when an exchange is declared again with another type; a new one can delete it (A19)', () => {
      const exchange = broker.unique('exchange');
      return refused(
        406,
        (channel) =>
          channel.exchangeDeclare({ exchange, exchangeType: 'direct', durable: true }, () =>
            channel.exchangeDeclare({ exchange, exchangeType: 'topic', durable: true }, never),
          ),
        (next, end) => next.exchangeDelete({ exchange }, end),
      );
    });

    it('closes once when 99 passive declares of missing exchanges are followed by close() (A20)', () =>
      refused(404, (channel) => {
        for (let i = 0; i < 99; i++)
          channel.exchangeDeclare({ exchange: broker.unique('absent'), passive: true }, never);
        channel.close();
      }));

    it('answers the calls before close(), then calls the close callback (A21)', async () => {
      const order: string[] = [];
      await ordinary((channel, end) => {
        const queue = broker.unique('queue');
        channel.addOnCloseCallback(() => {
          order.push('closed');
          end();
        });
        channel.queueDeclare({ queue, exclusive: true }, () => order.push('declared'));
        channel.queueDelete({ queue }, () => order.push('deleted'));
        channel.close();
      });
      expect(order).to.deep.equal(['declared', 'deleted', 'closed']);
    });

    it('has the broker name a queue, and deletes it by that name (A22)', () =>
      ordinary((channel, end) => {
        channel.queueDeclare({ queue: '', exclusive: true }, ({ queue }) => {
          expect(queue).to.match(/^amq\.gen-/);
          channel.queueDelete({ queue }, ({ messageCount }) => {
            expect(messageCount).to.equal(0);
            end();
          });
        });
      }));

    it('gets the name back of a queue that it named, and deletes it (A23)', () =>
      ordinary((channel, end) => {
        const name = broker.unique('queue');
        channel.queueDeclare({ queue: name, exclusive: true }, (reply) => {
          expect(reply).to.deep.equal({ queue: name, messageCount: 0, consumerCount: 0 });
          channel.queueDelete({ queue: name }, end);
        });
      }));

    it('loses the channel when a queue is declared again with other flags (A24)', () =>
      refused(406, (channel) => {
        const queue = broker.unique('queue');
        channel.queueDeclare({ queue, exclusive: true, autoDelete: true }, () =>
          channel.queueDeclare({ queue, exclusive: true, autoDelete: false }, never),
        );
      }));

    it('turns transactions on (A25)', () => ordinary((channel, end) => channel.txSelect(end)));

    it('commits a transaction (A26)', () => ordinary((channel, end) => channel.txSelect(() => channel.txCommit(end))));

    it('rolls a transaction back (A27)', () =>
      ordinary((channel, end) => channel.txSelect(() => channel.txRollback(end))));

    it('loses the channel by a commit without transactions (A28)', () =>
      refused(406, (channel) => channel.txCommit(never)));

    it('loses the channel by a rollback without transactions (A29)', () =>
      refused(406, (channel) => channel.txRollback(never)));
  });

  describe('messages', () => {
    const roundTrip = (sent: string): Promise<void> =>
      ordinary((channel, end) => {
        channel.queueDeclare({ exclusive: true }, ({ queue }) => {
          const consumerTag = channel.basicConsume({ queue }, (_channel, { deliveryTag }, _properties, body) => {
            expect(body.length).to.equal(sent.length);
            expect(Buffer.from(sent).equals(body)).to.equal(true);
            channel.basicAck(deliveryTag);
            channel.basicCancel({ consumerTag }, end);
          });
          channel.basicPublish('', queue, sent);
        });
      });

    it('publishes, consumes the same body, acknowledges it and cancels (A30)', () => roundTrip('hello, broker'));

    it('does the same with a body of 15.6 MB (A31)', function () {
      this.timeout(60_000);
      return roundTrip(Array.from({ length: 2_097_152 }, (_, i) => String(i)).join('\n'));
    });

    it('publishes, fetches the same body with basicGet, and acknowledges it (A32)', () =>
      ordinary((channel, end) => {
        channel.queueDeclare({ exclusive: true }, ({ queue }) => {
          channel.basicPublish('', queue, 'fetched', { contentType: 'text/plain' });
          // RabbitMQ takes what comes on one channel in order, so the message is in its queue by then
          channel.basicGet({ queue }, (_channel, method, properties, body) => {
            expect(method).to.include({
              deliveryTag: 1,
              exchange: '',
              routingKey: queue,
              messageCount: 0,
              redelivered: false,
            });
            expect(properties?.contentType).to.equal('text/plain');
            expect(String(body && Buffer.from(body))).to.equal('fetched');
            channel.basicAck(method?.deliveryTag);
            channel.queueDelete({ queue }, ({ messageCount }) => {
              expect(messageCount).to.equal(0);
              end();
            });
          });
        });
      }));
  });
}

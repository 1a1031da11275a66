import { expect } from 'chai';
import { type Channel, SelectConnection } from '../../adapters/index.ts';
import { describeNode } from '../support/describe-broker.ts';
import { describeOnPollers, KINDS_OF_POLLERS } from '../support/real-pollers.ts';

const MIB = 1024 * 1024;
const logger = { warn: () => {}, error: () => {} };

describeNode('Backpressure', (node, broker) =>
  describeOnPollers(() => {
    it('ends in OUTBOUND_FULL while an alarm keeps the broker from reading; what was taken arrives when it is over', async () => {
      const queue = broker.unique('backpressure');
      const channels: Channel<SelectConnection>[] = [];
      const connection = new SelectConnection(
        { host: broker.host, port: broker.port, heartbeat: 2, logger },
        (opened) => {
          channels.push(
            opened.channel((ready) => ready.queueDeclare({ queue, exclusive: true }, () => opened.ioloop.stop())),
          );
        },
      );
      connection.ioloop.start();
      const channel = channels[0] ?? expect.fail('no channel');

      let told = 0;
      connection.addBackpressureCallback(() => told++);
      await node.memoryAlarm(true);
      let taken = 0;
      let refusal: unknown;
      try {
        const publish = (): void => {
          try {
            for (let i = 0; i < 4; i++, taken++) channel.basicPublish('', queue, numbered(taken));
            connection.ioloop.addCallback(publish);
          } catch (error) {
            refusal = error;
            // long enough that only heartbeats keep the connection
            connection.ioloop.callLater(6_000, () => connection.ioloop.stop());
          }
        };
        publish();
        connection.ioloop.start();
      } finally {
        await node.memoryAlarm(false);
      }
      expect(refusal).to.be.instanceOf(RangeError).and.include({ code: 'OUTBOUND_FULL' });
      expect(taken).to.be.within(60, 90);
      expect(told).to.be.above(0);
      expect(connection.isOpen).to.equal(true);

      const arrived: number[] = [];
      channel.basicConsume({ queue, autoAck: true }, (_channel, _method, _properties, body) => {
        arrived.push(Buffer.from(body).readUInt32BE());
        if (arrived.length === taken) connection.close();
      });
      connection.ioloop.start();
      connection.ioloop.close();
      expect(arrived).to.deep.equal(Array.from({ length: taken }, (_, i) => i));
    }).timeout(60_000);
  }, KINDS_OF_POLLERS),
);

/** A body of 1 MiB that begins with its number; from 64 KiB on a body belongs to the library until it is written. */
function numbered(number: number): Buffer {
  const body = Buffer.alloc(MIB);
  body.writeUInt32BE(number);
  return body;
}

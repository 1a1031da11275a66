import { expect } from 'chai';
import { SelectConnection, URLParameters } from '../../adapters/index.ts';
import { describeBroker } from '../support/describe-broker.ts';
import { describeOnPollers, KINDS_OF_POLLERS } from '../support/real-pollers.ts';

describeBroker('Heartbeats', (broker) =>
  describeOnPollers(() => {
    it('go out while a handler computes for 9 s, so that a heartbeat of 2 s keeps the connection', function () {
      this.timeout(60_000);
      const heard: string[] = [];
      const params = new URLParameters(broker.url);
      params.heartbeat = 2;
      const connection = new SelectConnection(params, {
        onOpen: (opened) =>
          opened.channel((channel) => {
            channel.queueDeclare({ queue: '', exclusive: true }, ({ queue }) => {
              channel.basicConsume({ queue, autoAck: true }, (_channel, method, _properties, body) => {
                heard.push(String(body));
                if (method.deliveryTag === 1) {
                  compute(9_000);
                  channel.basicPublish('', queue, 'after');
                } else {
                  opened.close();
                }
              });
              channel.basicPublish('', queue, 'before');
            });
          }),
        onClose: (_connection, error) => heard.push(error.name),
      });
      connection.ioloop.start();
      connection.ioloop.close();
      expect(connection.params.heartbeat).to.equal(2);
      expect(heard).to.deep.equal(['before', 'after', 'ConnectionClosedByClient']);
    });
  }, KINDS_OF_POLLERS),
);

/** Keeps the thread busy for so many milliseconds, as a program does that works. */
function compute(duration: number): void {
  const end = performance.now() + duration;
  while (performance.now() < end);
}

import { expect } from 'chai';
import { SelectConnection } from '../../adapters/index.ts';
import { IOLoop } from '../../ioloop/index.ts';
import { MemoryBroker, serveInMemory } from './index.ts';

const DAY = 86_400_000; // ms

describe('serveInMemory', () => {
  it('lets a program publish and consume without a socket', () => {
    const loop = new IOLoop({ poller: 'virtual', makeCurrent: false });
    serveInMemory(new MemoryBroker(), loop);
    const bodies: string[] = [];
    const connection = new SelectConnection(null, {
      ioloop: loop,
      stopIoloopOnClose: true,
      onOpen: () => {
        connection.channel((channel) => {
          channel.queueDeclare({ queue: 'q' });
          channel.basicConsume({ queue: 'q' }, (_channel, method, _properties, body) => {
            bodies.push(body.toString());
            channel.basicAck(method.deliveryTag);
            if (bodies.length === 3) connection.close();
          });
          for (const body of ['one', 'two', 'three']) channel.basicPublish('', 'q', body);
        });
      },
    });
    loop.start();
    expect(bodies).to.deep.equal(['one', 'two', 'three']);
    loop.close();
  });

  it('beats from both sides for a day that passes at once', () => {
    const loop = new IOLoop({ poller: 'virtual', makeCurrent: false });
    const broker = new MemoryBroker({ heartbeat: 60 });
    serveInMemory(broker, loop, { host: '10.0.0.1', port: 5672 });
    const connection = new SelectConnection('amqp://10.0.0.1/%2F', { ioloop: loop, stopIoloopOnClose: true });
    let openAfterADay = false;
    let beats = 0;
    loop.callLater(DAY, () => {
      openAfterADay = connection.isOpen && broker.sessions.length === 1;
      beats = connection.framesReceived;
      connection.close();
    });
    loop.start();
    expect(openAfterADay).to.equal(true);
    expect(beats).to.be.greaterThan(DAY / 60_000); // at least one an interval
    loop.close();
  });

  it('is a TypeError on a loop with sockets of the system', () => {
    const loop = new IOLoop({ makeCurrent: false });
    expect(() => serveInMemory(new MemoryBroker(), loop)).to.throw(TypeError, 'virtual poller');
    loop.close();
  });
});

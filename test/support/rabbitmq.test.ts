import { connect } from 'node:net';
import { expect } from 'chai';
import { describeBroker, describeNode } from './describe-broker.ts';

const PROTOCOL_HEADER = Buffer.from('AMQP\0\0\x09\x01', 'latin1');

describeBroker('the broker of the tests', (broker) => {
  it('answers the protocol header with connection.start', async () => {
    const { type, method } = await firstFrame(broker.host, broker.port);
    expect({ type, method }).to.deep.equal({ type: 1, method: 0x000a_000a });
  });
});

describeNode('RabbitNode', (node) => {
  it('gives out what rabbitmqctl lists', async () => {
    expect(await node.list('list_users')).to.deep.include({ user: 'guest', tags: ['administrator'] });
  });

  it('passes on what rabbitmqctl complains about', async () => {
    const error = await node.ctl('delete_user', 'nobody').catch((thrown: Error) => thrown);
    expect(String(error)).to.contain('nobody');
  });

  it('keeps its port over a crash and a start', async function () {
    this.timeout(60_000);
    const { amqp } = node.ports;
    await node.kill();
    expect(await firstFrame('127.0.0.1', amqp).catch((error: NodeJS.ErrnoException) => error.code)).to.equal(
      'ECONNREFUSED',
    );
    await node.start();
    expect(node.ports.amqp).to.equal(amqp);
    expect((await firstFrame('127.0.0.1', amqp)).type).to.equal(1);
  });
});

function firstFrame(host: string, port: number): Promise<{ type: number; method: number }> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port }, () => socket.write(PROTOCOL_HEADER));
    socket.once('error', reject);
    socket.once('data', (bytes) => {
      socket.destroy();
      resolve({ type: bytes.readUInt8(0), method: bytes.readUInt32BE(7) });
    });
  });
}

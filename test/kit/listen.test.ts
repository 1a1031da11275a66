import { expect } from 'chai';
import * as amqp from '../../amqp/index.ts';
import { open, tcpClient } from '../support/wire-client.ts';
import { listen, MemoryBroker, startBackgroundBroker } from './index.ts';

describe('listen', () => {
  it('serves a broker on a free port, and tells clients 320 when it closes', async () => {
    const server = await listen(new MemoryBroker());
    const client = await tcpClient('127.0.0.1', server.port);
    await open(client);
    expect(server.url).to.equal(`amqp://guest:guest@127.0.0.1:${server.port}/%2F`);
    const closed = server.close();
    await client.until(() => client.ended);
    expect(client.events.at(-1)?.fields).to.include({ replyCode: 320 });
    await closed;
  });

  it('forgets a client whose socket is gone', async () => {
    const broker = new MemoryBroker();
    const server = await listen(broker);
    const client = await tcpClient('127.0.0.1', server.port);
    await open(client);
    expect(broker.sessions.length).to.equal(1);
    await client[Symbol.asyncDispose]();
    const next = await tcpClient('127.0.0.1', server.port);
    await open(next);
    expect(broker.sessions.length).to.equal(1);
    await next[Symbol.asyncDispose]();
    await server.close();
  });

  it('holds deliveries back while a client does not read, and loses none', async () => {
    const server = await listen(new MemoryBroker());
    const client = await tcpClient('127.0.0.1', server.port);
    await open(client);
    client.send(1, amqp.QUEUE_DECLARE, { queue: 'q' });
    client.send(1, amqp.BASIC_CONSUME, { queue: 'q', noAck: true });
    const body = 'x'.repeat(100_000);
    for (let i = 0; i < 300; i++) client.publish(1, { routingKey: 'q' }, body);
    const deliveries = (): number => client.events.filter(({ name }) => name === 'basic.deliver').length;
    await client.until(() => deliveries() === 300);
    await client[Symbol.asyncDispose]();
    await server.close();
  });
});

describe('startBackgroundBroker', () => {
  it('gives a broker that is reachable as soon as it returns', async () => {
    const broker = startBackgroundBroker({ users: { guest: 'guest' } });
    const client = await tcpClient('127.0.0.1', broker.port);
    await open(client);
    await client[Symbol.asyncDispose]();
    broker.stop();
  });
});

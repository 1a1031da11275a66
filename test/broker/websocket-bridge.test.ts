import { expect } from 'chai';
import * as amqp from '../../amqp/index.ts';
import { BridgeWorld, type Page, until } from '../adapters/bridge-world.ts';
import { type Broker, describeBroker } from '../support/describe-broker.ts';
import { describeMemoryBroker } from '../support/describe-memory-broker.ts';
import { open, WireClient } from '../support/wire-client.ts';

function suite(broker: Broker): void {
  let world: BridgeWorld;
  beforeEach(() => {
    world = new BridgeWorld();
  });
  afterEach(() => world.dispose());

  /** A client whose bytes go through the bridge, in messages of at most `size`. */
  async function clientOf(url: string, size: number): Promise<{ page: Page; client: WireClient }> {
    const page = world.page(url);
    const client = new WireClient((bytes) => {
      for (let at = 0; at < bytes.length; at += size) page.ws.send(bytes.subarray(at, at + size));
    });
    page.ws.on('message', (bytes: Buffer) => client.receive(bytes));
    await page.opened;
    return { page, client };
  }

  for (const [what, size] of [
    ['whole', 1 << 20],
    ['in messages of 100 bytes, wherever frames end', 100],
  ] as const) {
    it(`passes a publish, a delivery and a close ${what}`, async () => {
      const bridge = await world.bridge(() => undefined, {
        targets: { main: { host: broker.host, port: broker.port } },
      });
      const { page, client } = await clientOf(bridge.url, size);
      const queue = broker.unique('bridged');
      const body = 'x'.repeat(50_000);
      await open(client);
      client.send(1, amqp.QUEUE_DECLARE, { queue, exclusive: true });
      client.send(1, amqp.BASIC_CONSUME, { queue, noAck: true });
      client.publish(1, { exchange: '', routingKey: queue }, body);
      await client.until(() => client.events.some((event) => event.body === body));
      client.send(0, amqp.CONNECTION_CLOSE, { replyCode: 200, replyText: 'bye', classId: 0, methodId: 0 });
      await client.until(() => client.events.at(-1)?.name === 'connection.close-ok');
      page.ws.close(1000);
      expect(await page.closed).to.have.property('code', 1000);
      await until(() => bridge.connections === 0);
    });
  }

  it('passes what the broker says to what is no AMQP of its version', async () => {
    const bridge = await world.bridge(() => undefined, { targets: { main: { host: broker.host, port: broker.port } } });
    const page = world.page(bridge.url);
    await page.opened;
    let answer = '';
    page.ws.on('message', (bytes: Buffer) => {
      answer += bytes.toString('latin1');
    });
    page.ws.send(Buffer.from('AMQP\0\x09\x09\x09'));
    const { code } = await page.closed;
    expect(code, 'RabbitMQ resets such a connection').to.be.oneOf([1000, 4502]);
    expect(answer).to.equal('AMQP\0\0\x09\x01');
  });
}

describeBroker('WebSocketBridge', suite);
describeMemoryBroker('WebSocketBridge to the broker in memory', suite);

import { expect } from 'chai';
import { BridgeWorld, echo } from './bridge-world.ts';

describe('WebSocketBridge', () => {
  let world: BridgeWorld;
  beforeEach(() => {
    world = new BridgeWorld();
  });
  afterEach(() => world.dispose());

  it('carries bytes both ways, whatever messages they come in', async () => {
    const bridge = await world.bridge(echo);
    const page = world.page(bridge.url);
    await page.opened;
    for (let i = 0; i < 100; i++) page.ws.send(Buffer.alloc(i * 1000, i));
    await page.until(4_950_000);
    expect([bridge.connections, bridge.bytesInFlight]).to.deep.equal([1, 0]);
    page.ws.close(1000);
    expect(await page.closed).to.deep.equal({ code: 1000, reason: '' });
  });

  for (const [what, query, protocol, origin, code, reason] of [
    ['a target that is not listed', '?target=other', 'amqp', undefined, 4403, 'the target "other" is not allowed'],
    ['a name of every object', '?target=__proto__', 'amqp', undefined, 4403, 'the target "__proto__" is not allowed'],
    ['two targets', '?target=main&target=main', 'amqp', undefined, 4400, 'the URL must be like /?target=name'],
    ['no subprotocol', '', null, undefined, 4400, 'the subprotocol must be "amqp"'],
    ['another subprotocol', '', 'mqtt', undefined, 4400, 'the subprotocol must be "amqp"'],
    ['another path', 'other', 'amqp', undefined, 4400, 'there is no bridge at this path'],
    [
      'a page, where no origin is listed',
      '',
      'amqp',
      'https://a.example',
      4403,
      'the origin "https://a.example" is not allowed',
    ],
  ] as const) {
    it(`refuses ${what} with ${code}, and reaches no broker`, async () => {
      const bridge = await world.bridge(echo);
      const page = world.page(bridge.url + query, protocol, origin === undefined ? {} : { origin });
      expect(await page.closed).to.deep.equal({ code, reason });
      expect(world.reached).to.deep.equal([]);
    });
  }
});

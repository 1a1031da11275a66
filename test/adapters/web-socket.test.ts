import { inspect } from 'node:util';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import {
  BrowserHost,
  ConnectionParameters,
  connect,
  type HostLoop,
  URLParameters,
  WebSocketError,
} from '../../adapters/index.ts';
import { LibuvHost, type WebSocketClass } from '../../ioloop/index.ts';
import { type BrokerServer, listen, MemoryBroker } from '../kit/index.ts';
import { BridgeWorld, sender } from './bridge-world.ts';

const OF_WS = WebSocket as unknown as WebSocketClass; // its events are classes of its own, of which two fields are read

describe('A connection over a WebSocket', () => {
  let world: BridgeWorld;
  let broker: BrokerServer;
  let webSocket: string;
  before(async () => {
    world = new BridgeWorld();
    broker = await listen(new MemoryBroker());
    const bridge = await world.bridge(sender(0), { targets: { main: { host: '127.0.0.1', port: broker.port } } });
    webSocket = bridge.url;
  });
  after(async () => {
    await world.dispose();
    await broker.close();
  });

  const hosts: readonly [string, () => HostLoop][] = [
    ["Node's own loop", () => new LibuvHost()],
    ["a browser's loop", () => new BrowserHost({ webSocket: OF_WS })],
  ];
  for (const [name, makeHost] of hosts) {
    describe(`on ${name}`, () => {
      it('carries messages of all sizes both ways', async () => {
        const connection = await connect({ webSocket }, { host: makeHost() });
        const channel = await connection.channel({ confirm: true });
        await channel.queueDeclare({ queue: 'sizes', exclusive: true });
        for (const size of [0, 1, 70_000, 3_000_000]) {
          const body = Buffer.alloc(size, size % 7);
          await channel.basicPublish('', 'sizes', body);
          const message = await channel.basicGet({ queue: 'sizes', autoAck: true });
          expect(body.equals(message?.body ?? Buffer.alloc(1)), String(size)).to.equal(true);
        }
        await connection.close();
      });

      it('tells the reason of a bridge that turns it away as a failure to connect', async () => {
        const failure = await connect({ webSocket: `${webSocket}?target=other` }, { host: makeHost() }).then(
          () => null,
          (error: Error) => error,
        );
        expect(failure?.cause)
          .to.be.instanceOf(WebSocketError)
          .and.to.include({ code: 'BRIDGE_REFUSED', closeCode: 4403 });
        expect(failure?.message).to.match(/ \(ws:\/\/127\.0\.0\.1:\d+\/\?…\)$/);
        expect(failure?.message)
          .to.include('no connection to the broker')
          .and.to.include('list the origin or the target');
      });

      it('tries the next place after it', async () => {
        const wrong = { webSocket: `${webSocket}?target=other` };
        const connection = await connect([wrong, { webSocket }], { host: makeHost() });
        expect(connection.params.webSocket).to.equal(webSocket);
        await connection.close();
      });
    });
  }

  it('is refused what belongs to TCP, when it is given and when it is assigned', () => {
    for (const other of [{ sslOptions: true }, { tcpOptions: {} }, { socketPath: '/run/x' }] as const) {
      const [field] = Object.keys(other);
      expect(() => new ConnectionParameters({ webSocket, ...other })).to.throw(RangeError, `${field}`);
      expect(() => Object.assign(new ConnectionParameters(other), { webSocket }), field).to.throw(
        RangeError,
        'webSocket',
      );
      expect(() => Object.assign(new ConnectionParameters({ webSocket }), other), field).to.throw(
        RangeError,
        `${field}`,
      );
    }
    expect(() => Object.assign(new URLParameters('amqps://localhost'), { webSocket })).to.throw(
      RangeError,
      'sslOptions',
    );
    expect(new ConnectionParameters({ webSocket, sslOptions: null }).webSocket).to.equal(webSocket);
  });

  it('shows nothing of the query, where tokens are', () => {
    const parameters = new ConnectionParameters({ webSocket: 'wss://bridge/amqp?token=secret' });
    for (const text of [String(parameters), JSON.stringify(parameters), inspect(parameters)]) {
      expect(text).to.include('wss://bridge/amqp?…').and.not.to.include('secret');
    }
    const mistake = (): unknown => new ConnectionParameters({ webSocket: 'ftp://bridge?secret' });
    expect(mistake).to.throw(RangeError, /^(?!.*secret)/);
  });
});

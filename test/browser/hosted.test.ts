import { connect as connectTo, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { connect, WebSocketBridge } from '../../adapters/index.ts';
import type { ModuleCalls } from '../support/chromium.ts';
import { describeBridged } from '../support/describe-bridged.ts';
import type * as hosted from './hosted-page.ts';

const MODULE = new URL('./hosted-page.js', import.meta.url);
const MIB = 1 << 20;

describeBridged('connections in a window', (chromium, broker) => {
  const quiet = { warn: () => undefined, error: () => undefined };
  const closing: (() => unknown)[] = [];
  afterEach(() => Promise.all(closing.splice(0).map((close) => close())));

  /** Most pages are served without any header for isolation: nothing here needs shared memory. */
  const inWindow = async (): Promise<ModuleCalls<typeof hosted>> =>
    (await chromium.openPlain()).module<typeof hosted>(MODULE);

  async function bridgeTo(port: number, options: object = {}): Promise<{ url: string; close: () => Promise<void> }> {
    const targets = { broker: { host: broker.host, port } };
    const bridge = new WebSocketBridge({ targets, port: 0, origins: [chromium.origin], logger: quiet, ...options });
    closing.push(() => bridge.close());
    const { url } = await bridge.listen();
    return { url, close: () => bridge.close() };
  }

  /** Goes to the broker. @returns its port, and what cuts all connections through it, or has them stand still */
  async function proxy(): Promise<{ port: number; cut: () => void; stall: () => void }> {
    const sockets: Socket[] = [];
    const server: Server = createServer((client) => {
      const socket = connectTo(broker.port, broker.host);
      sockets.push(client, socket);
      for (const end of [client, socket]) end.on('error', () => undefined); // 'close' follows
      client.pipe(socket).pipe(client);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const cut = (): void => {
      for (const socket of sockets) socket.resetAndDestroy();
    };
    const stall = (): void => {
      for (const socket of sockets) socket.unpipe().pause();
    };
    closing.push(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    return { port: (server.address() as { port: number }).port, cut, stall };
  }

  /** A queue with so many messages of a size. */
  async function filled(count: number, size: number): Promise<string> {
    const queue = broker.unique('hosted');
    const connection = await connect(broker.url, { logger: quiet });
    closing.push(() => connection.close());
    const channel = await connection.channel({ confirm: true });
    await channel.queueDeclare({ queue, exclusive: false, autoDelete: true });
    await Promise.all(Array.from({ length: count }, () => channel.basicPublish('', queue, new Uint8Array(size))));
    return queue;
  }

  it('publish with confirms and consume with acks', async () => {
    const page = await inWindow();
    const [bodies, left] = await page.call('publishesAndConsumes', broker.webSocket, broker.unique('hosted'), 200);
    expect(bodies).to.deep.equal(Array.from({ length: 200 }, (_, i) => `message ${i}`));
    expect(left).to.equal(0);
  });

  it('answer requests', async () => {
    const page = await inWindow();
    const answers = await page.call('asks', broker.webSocket, broker.unique('hosted'), ['one', 'two', 'three']);
    expect(answers).to.deep.equal(['ONE', 'TWO', 'THREE']);
  });

  it('carry bodies larger than any message of the bridge, and give Uint8Arrays', async () => {
    const page = await inWindow();
    const [type, same] = await page.call('sendsLarge', broker.webSocket, broker.unique('hosted'), 5 * MIB);
    expect([type, same]).to.deep.equal(['Uint8Array', 5 * MIB]);
  });

  it('hold what the prefetch allows while a message is worked on', async () => {
    const queue = await filled(100, 100_000);
    const page = await inWindow();
    const [held, read] = await page.call('readsSlowly', { webSocket: broker.webSocket }, queue, false, 100);
    expect(held).to.be.within(100_000, 1_500_000);
    expect(read).to.equal(100);
  });

  it('hold a broker back that asks for no acks, while a message is worked on', async () => {
    const queue = await filled(300, 100_000);
    const page = await inWindow();
    const [held, read] = await page.call('readsSlowly', { webSocket: broker.webSocket }, queue, true, 300);
    expect(held).to.be.within(100_000, 20 * MIB);
    expect(read).to.equal(300);
  });

  it('let a publisher wait while the broker takes nothing', async () => {
    const { port, stall } = await proxy();
    const { url } = await bridgeTo(port);
    const page = await inWindow();
    await page.call('opens', url);
    stall();
    const mebibytes = await page.call('publishesUntilFull', 1000);
    // the client's limit of 16, and what lies between it and the broker
    expect(mebibytes).to.be.within(1, 48);
  });

  it('call back in callback style, on the loop of the window', async () => {
    const page = await inWindow();
    const told = await page.call('callsBack', broker.webSocket, broker.unique('hosted'));
    expect(told).to.deep.equal(['open', 'hello', 'ConnectionClosedByClient']);
  });

  it('leave nothing at the bridge when they are closed', async () => {
    const page = await inWindow();
    await page.call('asks', broker.webSocket, broker.unique('hosted'), []);
    while (broker.bridge.connections > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  });

  it('are kept by heartbeats while nobody says anything', async function () {
    this.timeout(30_000);
    const page = await inWindow();
    expect(await page.call('idles', broker.webSocket, 6500)).to.equal(true);
  });

  describe('say why there is none:', () => {
    it('a password that is wrong', async () => {
      const { name } = await (await inWindow()).call('fails', { webSocket: broker.webSocket }, 'guest');
      expect(name).to.equal('ProbableAuthenticationError');
    });

    it('an origin that the bridge refuses', async () => {
      const { url } = await bridgeTo(broker.port, { origins: ['https://elsewhere.example'] });
      const { name, cause } = await (await inWindow()).call('fails', { webSocket: url });
      expect([name, cause?.name, cause?.code]).to.deep.equal([
        'AMQPConnectionError',
        'WebSocketError',
        'BRIDGE_REFUSED',
      ]);
      expect(cause?.message).to.include('is not allowed').and.to.include('list the origin');
    });

    it('a target that the bridge does not have', async () => {
      const { cause } = await (await inWindow()).call('fails', { webSocket: `${broker.webSocket}?target=other` });
      expect(cause?.code).to.equal('BRIDGE_REFUSED');
      expect(cause?.message).to.include('"other"').and.not.to.include('?target');
    });

    it('a broker that does not listen', async () => {
      const { url } = await bridgeTo(1);
      const { cause } = await (await inWindow()).call('fails', { webSocket: url });
      expect(cause?.code).to.equal('BRIDGE_TARGET_UNREACHABLE');
      expect(cause?.message).to.include('ECONNREFUSED');
    });

    it('a bridge that does not listen', async () => {
      const { cause } = await (await inWindow()).call('fails', { webSocket: 'ws://127.0.0.1:1/' });
      expect(cause?.code).to.equal('WS_FAILED');
    });

    it('parameters without a bridge', async () => {
      const { message } = await (await inWindow()).call('fails', { host: 'localhost' });
      expect(message).to.include('the parameter webSocket');
    });
  });

  describe('say why they are gone:', () => {
    it('the broker', async () => {
      const { port, cut } = await proxy();
      const { url } = await bridgeTo(port);
      const page = await inWindow();
      await page.call('opens', url);
      cut();
      const { name, cause } = await page.call('ends');
      expect([name, cause?.code]).to.deep.equal(['StreamLostError', 'BRIDGE_TARGET_UNREACHABLE']);
    });

    it('the bridge', async () => {
      const { url, close } = await bridgeTo(broker.port);
      const page = await inWindow();
      await page.call('opens', url);
      await close();
      const { name, cause } = await page.call('ends');
      expect([name, cause?.code]).to.deep.equal(['StreamLostError', 'BRIDGE_CLOSING']);
    });
  });
});

describeBridged('the loop of a window', (chromium, broker) => {
  it('runs callbacks and timers, without being started', async () => {
    const page = (await chromium.openPlain()).module<typeof hosted>(MODULE);
    expect(await page.call('turns')).to.deep.equal(['callback', 'later', 'tick', 'tick']);
  });

  it('cannot be started, and says what can', async () => {
    for (const opened of [await chromium.openPlain(), await chromium.open()]) {
      const errors = await opened.module<typeof hosted>(MODULE).call('blocks', broker.webSocket);
      expect(errors.slice(0, 4)).to.satisfy((all: string[]) =>
        all.every((text) => text.startsWith('NotBlockingError')),
      );
      expect(errors[0]).to.include('use a worker').and.to.include('IOLoop.fromHost()');
      expect(errors[4]).to.match(/^UnsupportedError.*'browser'/);
    }
  });
});

import { createServer, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import type { WebSocketBridge, WebSocketBridgeOptions } from '../../adapters/index.ts';
import { BridgeWorld, echo, portOf, sender, stalled, until } from './bridge-world.ts';

/** A WebSocket request as it is on the wire (RFC 6455 §4.1). */
const REQUEST = `GET / HTTP/1.1
Host: bridge
Connection: Upgrade
Upgrade: websocket
Sec-WebSocket-Version: 13
Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==
Sec-WebSocket-Protocol: amqp

`.replaceAll('\n', '\r\n');

describe('a hostile peer of a WebSocketBridge', () => {
  let world: BridgeWorld;
  let server: Server;
  beforeEach(async () => {
    world = new BridgeWorld();
    server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    server.close();
    server.closeAllConnections();
    await world.dispose();
  });

  function bridgeWith(options: Partial<WebSocketBridgeOptions> = {}): ReturnType<BridgeWorld['bridge']> {
    return world.bridge(echo, { server, closeTimeout: 50, ...options });
  }

  /** Nothing is left of the peer on any side, and the next one is served. */
  async function isWellAgain(bridge: WebSocketBridge & { readonly url: string }): Promise<void> {
    await until(() => bridge.connections === 0);
    await until(() => new Promise((resolve) => server.getConnections((_error, count) => resolve(count === 0))));
    await until(() => world.reached.every(({ closed }) => closed));
    expect(bridge.bytesInFlight).to.equal(0);
    const page = world.page(bridge.url);
    await page.opened;
    page.ws.send(Buffer.alloc(9));
    await page.until(9);
  }

  /** Sends bytes to the bridge's port. */
  async function raw(bytes: string | Uint8Array): Promise<Socket> {
    const socket = connect(portOf(server), '127.0.0.1');
    socket.on('error', () => undefined); // 'close' follows
    await new Promise<void>((resolve) => socket.write(bytes, () => resolve()));
    return socket;
  }

  for (const [what, bytes] of [
    ['garbage', Buffer.alloc(100, 0xfe)],
    ['AMQP in place of HTTP', 'AMQP\0\0\x09\x01'],
    ['a key that is none', REQUEST.replace('AAAAAAAAAAAAAAAAAAAAAA==', 'A')],
    ['another version of WebSockets', REQUEST.replace('Version: 13', 'Version: 7')],
    ['another method', REQUEST.replace('GET', 'POST')],
    ['an upgrade to something else', REQUEST.replace('websocket', 'h2c')],
    ['a list of protocols that is none', REQUEST.replace('Protocol: amqp', 'Protocol: a,,b')],
    ['an address that is none', REQUEST.replace('GET / ', 'GET //[ ')],
    ['a request for a proxy', REQUEST.replace('GET / ', 'GET http://elsewhere/ ')],
    ['a frame without a mask', Buffer.concat([Buffer.from(REQUEST), Buffer.of(0x82, 1, 1)])],
    ['a frame of no kind', Buffer.concat([Buffer.from(REQUEST), Buffer.of(0x8f, 0x80, 0, 0, 0, 0)])],
    ['compression that nobody agreed on', Buffer.concat([Buffer.from(REQUEST), Buffer.of(0xc2, 0x80, 0, 0, 0, 0)])],
  ] as const) {
    it(`that sends ${what} is gone, and nobody else notices`, async () => {
      const bridge = await bridgeWith();
      const socket = await raw(bytes);
      socket.resume();
      await new Promise((resolve) => socket.once('close', resolve));
      await isWellAgain(bridge);
    });
  }

  it('that sends a message beyond the limit is closed with 1009', async () => {
    const bridge = await bridgeWith({ maxBytesInFlight: 100_000 });
    const page = world.page(bridge.url);
    await page.opened;
    page.ws.send(Buffer.alloc(100_001));
    expect(await page.closed).to.have.property('code', 1009);
    await isWellAgain(bridge);
  });

  it('that sends a message beyond the limit in pieces is closed with 1009', async () => {
    const bridge = await bridgeWith({ maxBytesInFlight: 100_000 });
    const page = world.page(bridge.url);
    await page.opened;
    for (let i = 0; i < 11; i++) page.ws.send(Buffer.alloc(10_000), { fin: false });
    expect(await page.closed).to.have.property('code', 1009);
    await isWellAgain(bridge);
  });

  describe('resets its connection', () => {
    it('in the middle of its request', async () => {
      const bridge = await bridgeWith();
      const socket = await raw(REQUEST.slice(0, 60));
      socket.resetAndDestroy();
      await isWellAgain(bridge);
    });

    it('while it is asked who it is, and no broker is reached', async () => {
      const answers: ((is: boolean) => void)[] = [];
      const bridge = await bridgeWith({
        authenticate: () => new Promise((resolve) => void answers.push(resolve)),
      });
      const page = world.page(bridge.url);
      await until(() => answers.length === 1 && page.socket !== null);
      page.reset();
      await until(() => bridge.connections === 0);
      answers[0]?.(true);
      const next = isWellAgain(bridge);
      await until(() => answers.length === 2);
      answers[1]?.(true);
      await next;
      expect(world.reached).to.have.length(1);
    });

    it('while its broker is being connected', async () => {
      const port = await world.target(sender(0));
      const targets = { main: `amqps://127.0.0.1:${port}`, other: `amqp://127.0.0.1:${await world.target(echo)}` };
      const bridge = await bridgeWith({ targets });
      const page = world.page(`${bridge.url}?target=main`);
      await until(() => world.reached.length === 1 && page.socket !== null);
      page.reset();
      await isWellAgain(Object.assign(bridge, { url: `${bridge.url}?target=other` }));
    });

    it('while it sends, and is sent to', async () => {
      const bridge = await bridgeWith();
      const page = world.page(bridge.url);
      await page.opened;
      for (let i = 0; i < 50; i++) page.ws.send(Buffer.alloc(100_000));
      await page.until(1_000_000);
      page.reset();
      await isWellAgain(bridge);
    });

    it('while it is told that it goes', async () => {
      const bridge = await bridgeWith();
      const page = world.page(`${bridge.url}?target=none`);
      await page.opened;
      page.reset();
      await isWellAgain(bridge);
    });
  });

  it('that does not answer a close is cut off', async () => {
    const bridge = await bridgeWith();
    const socket = await raw(REQUEST.replace('GET / ', 'GET /?target=none '));
    await new Promise((resolve) => socket.resume().once('close', resolve));
    await isWellAgain(bridge);
  });

  it('whose broker takes nothing is cut off with what it has sent', async () => {
    const port = await world.target(stalled);
    const targets = { main: `amqp://127.0.0.1:${port}`, other: `amqp://127.0.0.1:${await world.target(echo)}` };
    // nothing is read from a page that is held back: a ping finds out
    const bridge = await bridgeWith({ targets, pingInterval: 20 });
    const page = world.page(`${bridge.url}?target=main`);
    await page.opened;
    for (let i = 0; i < 200; i++) page.ws.send(Buffer.alloc(100_000));
    await until(() => bridge.bytesInFlight > 0);
    page.reset();
    await until(() => bridge.connections === 0);
    world.reached[0]?.destroy();
    await isWellAgain(Object.assign(bridge, { url: `${bridge.url}?target=other` }));
  });

  it('that floods with connections gets no more than the limit', async () => {
    const bridge = await bridgeWith({ maxConnections: 10 });
    const pages = Array.from({ length: 200 }, () => world.page(bridge.url));
    const ends: number[] = [];
    for (const { closed } of pages) void closed.then(({ code }) => ends.push(code));
    await until(() => ends.length === 190);
    expect(ends.filter((code) => code !== 4429 && code !== 1006)).to.deep.equal([]);
    expect([bridge.connections, world.reached.length]).to.deep.equal([10, 10]);
    for (const { ws } of pages) ws.terminate();
    await isWellAgain(bridge);
  });

  it('that floods, and never goes when it is told to, gets no WebSocket any more', async () => {
    const bridge = await bridgeWith({ maxConnections: 1, closeTimeout: 60_000 });
    const answers: string[] = [];
    const sockets = await Promise.all(Array.from({ length: 150 }, () => raw(REQUEST)));
    for (const socket of sockets) socket.once('data', (bytes) => answers.push(String(bytes).slice(9, 12)));
    await until(() => answers.length === 150);
    expect(answers.filter((status) => status === '101')).to.have.length(101);
    expect(answers.filter((status) => status === '503')).to.have.length(49);
    for (const socket of sockets) socket.destroy();
    await isWellAgain(bridge);
  });
});

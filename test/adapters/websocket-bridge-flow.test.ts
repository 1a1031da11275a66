import type { Socket } from 'node:net';
import { expect } from 'chai';
import { BridgeWorld, echo, sender, settled, stalled, until } from './bridge-world.ts';

const LIMIT = 256 * 1024;
const ONE_READ = 64 * 1024; // what comes in one piece from a socket, and is seen before its pause counts
const MEGABYTE = Buffer.alloc(1 << 18, 1);
const MUCH = 256; // messages of that size: more than all buffers of the system between the two ends

describe('the backpressure of a WebSocketBridge', () => {
  let world: BridgeWorld;
  beforeEach(() => {
    world = new BridgeWorld();
  });
  afterEach(() => world.dispose());

  it('holds a page back while the broker reads nothing, at the limit, and loses no byte', async () => {
    let received = 0;
    const bridge = await world.bridge(stalled, { maxBytesInFlight: LIMIT });
    const page = world.page(bridge.url);
    await page.opened;
    for (let i = 0; i < MUCH; i++) page.ws.send(MEGABYTE);
    await until(() => bridge.bytesInFlight >= LIMIT);
    const most = await settled(() => bridge.bytesInFlight);
    expect(most).to.be.within(LIMIT, 2 * LIMIT + ONE_READ); // one message may come on top
    expect(page.ws.bufferedAmount, 'waits in the page').to.be.above(0);
    const [socket] = world.reached as [Socket];
    socket.on('data', ({ length }) => {
      received += length;
    });
    await until(() => received === MUCH * MEGABYTE.length);
    expect(bridge.bytesInFlight).to.equal(0);
  });

  it('holds the broker back while the page reads nothing, at the limit, and loses no byte', async () => {
    const bridge = await world.bridge(sender(MUCH * MEGABYTE.length), { maxBytesInFlight: LIMIT });
    const page = world.page(bridge.url);
    await page.opened;
    page.ws.pause();
    await until(() => bridge.bytesInFlight >= LIMIT);
    const most = await settled(() => bridge.bytesInFlight);
    expect(most).to.be.within(LIMIT, LIMIT + 2 * ONE_READ);
    expect(world.reached[0]?.writableLength, 'waits at the broker').to.be.above(0);
    page.ws.resume();
    await page.until(MUCH * MEGABYTE.length);
  });

  it('sends no more than the limit to a page that says what it has read, until it has', async () => {
    const total = 16 * MEGABYTE.length;
    const bridge = await world.bridge(sender(total), { maxBytesInFlight: LIMIT });
    const page = world.page(bridge.url, 'amqp.credit');
    await until(() => page.received > 0);
    expect(await settled(() => page.received)).to.be.within(LIMIT / 2, LIMIT + 2 * ONE_READ);
    page.ws.on('message', ({ length }: Buffer) => page.ws.send(String(length)));
    page.ws.send(String(page.received));
    await page.until(total);
    await until(() => bridge.bytesInFlight === 0);
  });

  for (const text of ['1', '0', '-8', '8.5', 'all', '999999999999', '9'.repeat(400)]) {
    it(`refuses a page with 4400 that says "${text.slice(0, 20)}" of eight bytes`, async () => {
      const bridge = await world.bridge(sender(8));
      const page = world.page(bridge.url, 'amqp.credit');
      await page.until(8);
      page.ws.send(text);
      expect(await page.closed).to.deep.equal({ code: 4400, reason: 'nobody can have read so many bytes' });
    });
  }

  it('counts messages as well as bytes, also before there is a broker', async () => {
    const bridge = await world.bridge(echo, {
      authenticate: () => new Promise(() => undefined),
      maxBytesInFlight: LIMIT,
    });
    const page = world.page(bridge.url);
    await page.opened;
    const one = Buffer.alloc(1);
    for (let i = 0; i < 50_000; i++) page.ws.send(one);
    await until(() => bridge.bytesInFlight >= LIMIT);
    const frames = Math.ceil((2 * ONE_READ) / 7); // of one byte each
    expect(await settled(() => bridge.bytesInFlight)).to.be.below(LIMIT + 257 * frames);
  });

  it('carries thousands of single bytes', async () => {
    const bridge = await world.bridge(echo);
    const page = world.page(bridge.url);
    await page.opened;
    const one = Buffer.alloc(1);
    for (let i = 0; i < 20_000; i++) page.ws.send(one);
    await page.until(20_000);
  });
});

describe('the pings of a WebSocketBridge', () => {
  let world: BridgeWorld;
  beforeEach(() => {
    world = new BridgeWorld();
  });
  afterEach(() => world.dispose());

  it('end a connection whose page is gone without a word', async () => {
    const bridge = await world.bridge(sender(0), { pingInterval: 20 });
    const page = world.page(bridge.url, 'amqp', { autoPong: false });
    await page.opened;
    await page.closed;
    await until(() => bridge.connections === 0 && world.reached.every(({ closed }) => closed));
  });

  it('end one whose page takes nothing any more', async () => {
    const bridge = await world.bridge(sender(64 << 20), { pingInterval: 100 });
    const page = world.page(bridge.url);
    await page.opened;
    page.ws.pause();
    await until(() => world.lines.some((line) => line.includes('no answer to a ping')));
    await until(() => bridge.connections === 0);
  });

  it('leave one alone whose page has not read what it got, and end it when it is gone', async () => {
    const bridge = await world.bridge(sender(8 << 20), { pingInterval: 20, maxBytesInFlight: LIMIT });
    const page = world.page(bridge.url, 'amqp.credit');
    let pings = 0;
    page.ws.on('ping', () => pings++);
    await until(() => pings > 10);
    expect(bridge.connections).to.equal(1);
    page.ws.pause();
    await until(() => bridge.connections === 0);
  });

  it('leave one alone whose page answers, or waits for a broker that is full', async () => {
    const bridge = await world.bridge(stalled, { pingInterval: 20, maxBytesInFlight: 1024 });
    const [quiet, full] = [world.page(bridge.url), world.page(bridge.url)];
    await Promise.all([quiet.opened, full.opened]);
    for (let i = 0; i < MUCH; i++) full.ws.send(MEGABYTE.subarray(0, 1024));
    let pings = 0;
    quiet.ws.on('ping', () => pings++);
    await until(() => pings > 10);
    expect(bridge.connections).to.equal(2);
  });
});

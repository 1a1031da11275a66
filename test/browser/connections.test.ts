import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { WebSocket, WebSocketServer } from 'ws';
import type { ModuleCalls } from '../support/chromium.ts';
import { describeBridged } from '../support/describe-bridged.ts';
import * as page from './connections-page.ts';

const CONNECTIONS = new URL('./connections-page.js', import.meta.url);
const FAULTY = '/build/test/browser/faulty-io-worker-page.js';

describeBridged('connections that block a worker', (chromium, broker) => {
  const inWorker = async (): Promise<ModuleCalls<typeof page>> =>
    (await chromium.open()).workerModule<typeof page>(CONNECTIONS);

  it('live on callbacks until start() returns', async () => {
    expect(await (await inWorker()).call('selects', { webSocket: broker.webSocket })).to.deep.equal([
      'worker',
      'open',
      'first',
      'second',
      'ConnectionClosedByClient',
      'returned',
    ]);
  });

  it('declare, publish with confirms, get, consume with acks, and close, from top to bottom', async () => {
    const found = await (await inWorker()).call('blocks', { webSocket: broker.webSocket });
    expect(found).to.deep.equal({
      got: 'message 0',
      consumed: Array.from({ length: 19 }, (_, i) => `message ${i + 1}`),
      messageCount: 0,
      closed: true,
    });
  });

  it('carry a body of 1 MiB both ways', async () => {
    expect(await (await inWorker()).call('carries', { webSocket: broker.webSocket }, 1 << 20)).to.equal(true);
  });

  it('open one after the other and two at a time, with one preparation', async function () {
    this.timeout(30_000);
    expect(await (await inWorker()).call('opensAgain', { webSocket: broker.webSocket })).to.equal(6);
  });

  it('are told that the broker refuses the login', async () => {
    const [error] = await (await inWorker()).call('failsToLogIn', { webSocket: broker.webSocket });
    expect(error).to.match(/^ProbableAuthenticationError /);
  });

  it('are told that the bridge refuses the target', async () => {
    const fields = { webSocket: `${broker.webSocket}?target=nobody` };
    const errors = await (await inWorker()).call('failsToOpen', fields);
    expect(errors.at(-1)).to.equal('WebSocketError BRIDGE_REFUSED');
  });

  it('give up a call whose time is over', async () => {
    const relay = await Relay.listen(broker.webSocket, chromium.origin);
    try {
      const told = await (await inWorker()).call('timesOut', { webSocket: relay.url });
      expect(told).to.deep.equal(['RpcTimeout RPC_TIMEOUT', 'in time']);
    } finally {
      relay.close();
    }
  });

  it('stay alive while the worker computes for longer than the heartbeat allows', async function () {
    this.timeout(60_000);
    const fields = { webSocket: broker.webSocket, heartbeat: 1 };
    expect(await (await inWorker()).call('outlives', fields, 5000)).to.equal('still here');
  });

  it('take a flood that came while the worker computed', async function () {
    this.timeout(60_000);
    const fields = { webSocket: broker.webSocket };
    expect(await (await inWorker()).call('takesFlood', fields, 24, 1000)).to.equal(24);
  });

  it('are told that their I/O worker has died', async function () {
    this.timeout(60_000);
    const errors = await (await inWorker()).call(
      'losesItsWorker',
      { webSocket: broker.webSocket, heartbeat: 0 },
      `${FAULTY}?close`,
    );
    expect(errors[0]).to.match(/^StreamLostError/);
    expect(errors.at(-1)).to.equal('IOLoopError IO_THREAD_LOST');
  });

  it('make a thousand round trips', async function () {
    this.timeout(60_000);
    const times = await (await inWorker()).call('roundTrips', { webSocket: broker.webSocket }, 1000);
    expect(times).to.have.length(1000);
    expect(times.every((time) => time > 0)).to.equal(true);
  });
});

/** Stands between a page and the bridge, and keeps the broker's answers to itself when it has seen HOLD. */
class Relay {
  static async listen(to: string, origin: string): Promise<Relay> {
    const relay = new Relay(to, origin);
    await once(relay.#server, 'listening');
    return relay;
  }

  readonly #server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'amqp' });

  private constructor(to: string, origin: string) {
    this.#server.on('connection', (near) => {
      const far = new WebSocket(to, 'amqp', { origin });
      const early: Buffer[] = [];
      let held = false;
      near.on('message', (data: Buffer) => {
        if (data.includes(page.HOLD)) held = true;
        if (far.readyState === WebSocket.OPEN) far.send(data);
        else early.push(data);
      });
      far.on('open', () => {
        for (const data of early) far.send(data);
      });
      far.on('message', (data) => {
        if (!held) near.send(data);
      });
      far.on('close', () => near.terminate());
      near.on('close', () => far.terminate());
    });
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  close(): void {
    for (const socket of this.#server.clients) socket.terminate();
    this.#server.close();
  }
}

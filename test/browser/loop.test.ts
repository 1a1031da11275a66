import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { type WebSocket, WebSocketServer } from 'ws';
import type { ChromiumPage, ErrorInPage, ModuleCalls } from '../support/chromium.ts';
import { describeChromium } from '../support/describe-chromium.ts';
import type * as loops from './loop-page.ts';

const LOOPS = new URL('./loop-page.js', import.meta.url);
const FAULTY = '/build/test/browser/faulty-io-worker-page.js';

describeChromium('a loop that blocks a worker', (chromium) => {
  let server: WebSocketServer;
  let url = '';
  /** What the server does with a WebSocket. */
  let serve: (socket: WebSocket) => void = () => undefined;
  before(async () => {
    server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'amqp' });
    server.on('connection', (socket) => serve(socket));
    await once(server, 'listening');
    url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  after(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });

  const inWorker = async (page?: ChromiumPage): Promise<ModuleCalls<typeof loops>> =>
    (page ?? (await chromium.open())).workerModule<typeof loops>(LOOPS);
  const echo = (socket: WebSocket): void => void socket.on('message', (data) => socket.send(data));
  const failure = (calls: Promise<unknown>): Promise<ErrorInPage> =>
    calls.then(
      () => expect.fail('nothing was thrown'),
      (error) => error as ErrorInPage,
    );

  it('runs timers and callbacks as every other loop', async () => {
    expect(await (await inWorker()).call('runsTimers')).to.deep.equal([
      'callback',
      '0',
      'callback of 10',
      '20 after 20',
    ]);
  });

  it('says that promises wait until it returns', async () => {
    const { warnings, code, settled } = await (await inWorker()).call('awaits');
    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.match(/^PIKALOOP_MICROTASKS: nothing runs here but the loop/);
    expect({ code, settled }).to.deep.equal({ code: 'MICROTASK_DEADLOCK', settled: false });
  });

  it('carries bytes unharmed both ways, above the high-water mark and around every ring', async function () {
    this.timeout(60_000);
    serve = echo;
    expect(await (await inWorker()).call('echoes', url, 12_000_000)).to.deep.equal({
      received: 12_000_000,
      wrong: -1,
      told: ['closed'],
    });
  });

  it('holds the sender back while it computes, and gets all in the end', async function () {
    this.timeout(60_000);
    const total = 24 << 20;
    let most = 0;
    serve = (socket) => {
      let sent = 0;
      const send = (): void => {
        if (sent === total) return;
        sent += PIECE;
        socket.send(Buffer.alloc(PIECE), send);
      };
      socket.once('message', () => {
        socket.send(Buffer.of(1));
        setTimeout(send, 50);
        // in the middle of its computing
        setTimeout(() => {
          most = sent;
        }, 1500);
      });
    };
    expect(await (await inWorker()).call('computesFirst', url, 2500, total + 1)).to.equal(total + 1);
    expect(most, 'what had left by then').to.be.above(0).and.below(total);
  });

  it('has its keep-alive sent while it computes', async function () {
    this.timeout(60_000);
    const beats: number[] = [];
    serve = (socket) => {
      socket.on('message', (data: Buffer) => {
        if (data[0] === 1) socket.send(Buffer.of(1));
        else beats.push(...data);
      });
    };
    await (await inWorker()).call('keepsAlive', url, 100, 2500);
    // 25 would be prompt
    expect(beats.length).to.be.at.least(3);
    expect(new Set(beats)).to.deep.equal(new Set([8]));
  });

  it('tells why a WebSocket has closed, by the code of the bridge', async () => {
    serve = (socket) => void socket.close(4502, 'ECONNREFUSED');
    const [told] = await (await inWorker()).call('endsOf', url);
    expect(told).to.match(/^WebSocketError BRIDGE_TARGET_UNREACHABLE: .*ECONNREFUSED/);
  });

  it('tells that nobody listens', async () => {
    const [told] = await (await inWorker()).call('endsOf', 'ws://127.0.0.1:1/');
    expect(told).to.match(/^WebSocketError WS_FAILED: /);
  });

  for (const fault of ['throw', 'close', 'hang']) {
    it(`ends its streams when its I/O worker goes down (${fault}), and goes on with the next one`, async function () {
      this.timeout(60_000);
      serve = echo;
      const { told, again } = await (await inWorker()).call('losesItsWorker', `${FAULTY}?${fault}`, url);
      expect(told).to.have.length(1);
      expect(told[0]).to.match(/^IOLoopError IO_THREAD_LOST: /);
      if (fault === 'throw') expect(told[0]).to.include('planted in the I/O worker');
      expect(again).to.deep.equal(['closed']);
    });
  }

  it('is called from another worker while it waits', async function () {
    this.timeout(30_000);
    const heard = await (await inWorker()).call('isCalled', 3);
    expect(heard).to.deep.equal([...[0, 1, 2].map((i) => [i, { text: 'plain' }]), false]);
  });

  it('refuses a stream before prepareToBlock(), and says what to await', async () => {
    const error = await failure((await inWorker()).call('createsUnprepared'));
    expect(error).to.include({ name: 'IOLoopError', code: 'IO_WORKER_NOT_READY' });
    expect(error.message).to.include('await prepareToBlock()');
  });

  it('tells a script of the I/O worker that cannot be loaded', async () => {
    const error = await failure((await inWorker()).call('prepares', '/build/no-such-worker.js'));
    expect(error).to.include({ name: 'IOLoopError', code: 'IO_WORKER_START' });
  });

  it('names the two headers where the page is not isolated', async () => {
    const calls = await inWorker(await chromium.openPlain());
    for (const [call, name] of [
      ['starts', 'NotBlockingError'],
      ['prepares', 'UnsupportedError'],
    ] as const) {
      const error = await failure(calls.call(call));
      expect(error.name).to.equal(name);
      expect(error.message)
        .to.include('Cross-Origin-Opener-Policy: same-origin')
        .and.include('Cross-Origin-Embedder-Policy: require-corp');
    }
  });

  it('is refused in a window, which is told what to use instead', async () => {
    const calls = (await chromium.open()).module<typeof loops>(LOOPS);
    for (const call of ['starts', 'prepares'] as const) {
      const error = await failure(calls.call(call));
      expect(error).to.include({ name: 'NotBlockingError', code: 'NOT_BLOCKING' });
      expect(error.message).to.include('worker').and.include('fromHost()');
    }
  });
});

const PIECE = 1 << 16;

import { createServer, get } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { createServer as createTlsServer } from 'node:tls';
import { expect } from 'chai';
import { WebSocketServer } from 'ws';
import { Authority } from '../support/certificates.ts';
import { BridgeWorld, echo, portOf, sender, stalled, until } from './bridge-world.ts';

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

  it('lets pages of the listed origins in, and programs, which have none', async () => {
    const bridge = await world.bridge(echo, { origins: ['https://a.example', 'http://localhost:3000'] });
    for (const options of [{ origin: 'https://a.example' }, { origin: 'http://localhost:3000' }, {}]) {
      await world.page(bridge.url, 'amqp', options).opened;
    }
    const { code } = await world.page(bridge.url, 'amqp', { origin: 'https://a.example.evil' }).closed;
    expect(code).to.equal(4403);
  });

  it('asks a function about every origin, a missing one too, and refuses when it throws', async () => {
    const asked: (string | undefined)[] = [];
    const origins = (origin: string | undefined): boolean => {
      asked.push(origin);
      if (origin === undefined) throw new Error('no origin');
      return origin === 'https://a.example';
    };
    const bridge = await world.bridge(echo, { origins });
    const page = world.page(bridge.url, 'amqp', { origin: 'https://a.example' });
    await until(() => world.reached.length === 1);
    page.ws.close();
    expect((await world.page(bridge.url).closed).code).to.equal(4403);
    expect(asked).to.deep.equal(['https://a.example', undefined]);
  });

  it('reaches the target that the URL names, and asks for a name when there are several', async () => {
    const [a, b] = [await world.target(stalled), await world.target((socket) => void socket.write('this is b'))];
    const bridge = await world.bridge(echo, {
      targets: { a: `amqp://127.0.0.1:${a}`, b: { host: '127.0.0.1', port: b } },
    });
    await world.page(`${bridge.url}?target=b`).until(9);
    const { code, reason } = await world.page(bridge.url).closed;
    expect([code, reason]).to.deep.equal([4400, 'there are several targets: name one, ?target=name']);
  });

  describe('asks whom it lets in', () => {
    it('with the request and the name of the target', async () => {
      const seen: unknown[] = [];
      const bridge = await world.bridge(echo, {
        authenticate: async (request, target) => {
          seen.push(
            request.headers.cookie,
            new URL(request.url ?? '', 'ws://bridge').searchParams.get('token'),
            target,
          );
          return true;
        },
      });
      const page = world.page(`${bridge.url}?token=t0ken`, 'amqp', { headers: { cookie: 'session=1' } });
      await page.opened;
      page.ws.send('x'.repeat(3), { binary: true });
      await page.until(3);
      expect(seen).to.deep.equal(['session=1', 't0ken', 'main']);
      expect(world.lines.join(), 'the log').not.to.include('t0ken');
    });

    for (const [answer, authenticate] of [
      ['false', () => false],
      ['what is not true', () => 1 as unknown as boolean], // as a program without types may
      ['a promise of false', async () => false],
      [
        'an error',
        () => {
          throw new Error('no');
        },
      ],
      ['a rejection', () => Promise.reject(new Error('no'))],
    ] as const) {
      it(`and refuses with 4403 at ${answer}`, async () => {
        const bridge = await world.bridge(echo, { authenticate });
        const { code, reason } = await world.page(bridge.url).closed;
        expect([code, reason]).to.deep.equal([4403, 'the authentication has refused']);
        expect(world.reached).to.deep.equal([]);
        await until(() => bridge.connections === 0);
      });
    }

    it('and refuses when no answer comes in time', async () => {
      const bridge = await world.bridge(echo, { authenticate: () => new Promise(() => undefined), connectTimeout: 50 });
      const { code, reason } = await world.page(bridge.url).closed;
      expect([code, reason]).to.deep.equal([4403, 'no answer of the authentication within 50 ms']);
    });

    it('and gives the broker what the page has sent meanwhile', async () => {
      let allow: (is: boolean) => void = () => undefined;
      const bridge = await world.bridge(echo, {
        authenticate: () =>
          new Promise((resolve) => {
            allow = resolve;
          }),
      });
      const page = world.page(bridge.url);
      await page.opened;
      page.ws.send(Buffer.alloc(8));
      await until(() => bridge.bytesInFlight > 0);
      expect(world.reached).to.deep.equal([]);
      allow(true);
      await page.until(8);
    });
  });

  it('refuses text', async () => {
    const bridge = await world.bridge(echo);
    const page = world.page(bridge.url);
    await page.opened;
    page.ws.send('AMQP');
    expect(await page.closed).to.deep.equal({ code: 4400, reason: 'messages must be binary, not text' });
  });

  it('says with 4502 that a broker does not answer, and why', async () => {
    const bridge = await world.bridge(echo, { targets: { main: 'amqp://127.0.0.1:1' } });
    const closed = await world.page(bridge.url).closed;
    expect(closed).to.deep.equal({ code: 4502, reason: 'no connection to the broker (ECONNREFUSED)' });
    await until(() => bridge.connections === 0);
  });

  it('gives up connecting with 4504', async () => {
    const port = await world.target(sender(0));
    const bridge = await world.bridge(echo, { targets: { main: `amqps://127.0.0.1:${port}` }, connectTimeout: 50 });
    const closed = await world.page(bridge.url).closed;
    expect(closed).to.deep.equal({ code: 4504, reason: 'the broker did not answer within 50 ms' });
    await until(() => bridge.connections === 0 && world.reached.every(({ closed }) => closed));
  });

  it('tells a page that its broker is lost', async () => {
    const bridge = await world.bridge((socket) => socket.once('data', () => socket.resetAndDestroy()));
    const page = world.page(bridge.url);
    await page.opened;
    page.ws.send(Buffer.alloc(8));
    expect(await page.closed).to.deep.equal({ code: 4502, reason: "the broker's connection is lost (ECONNRESET)" });
  });

  describe('with a target of TLS', () => {
    const authority = new Authority('bridge test');
    for (const [what, host, code, reason] of [
      ['connects', '127.0.0.1', null, ''],
      [
        'refuses one with a wrong name',
        'other.example',
        4502,
        'no connection to the broker (ERR_TLS_CERT_ALTNAME_INVALID)',
      ],
    ] as const) {
      it(`${what}`, async () => {
        const server = createTlsServer(authority.issue({ commonName: 'broker', hosts: [host] }), (socket) => {
          socket.on('error', () => undefined); // 'close' follows
          socket.pipe(socket);
        });
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
        const target = { host: '127.0.0.1', port: portOf(server), tls: { ca: authority.cert } };
        const bridge = await world.bridge(echo, { targets: { main: target } });
        const page = world.page(bridge.url);
        await page.opened;
        page.ws.send(Buffer.alloc(100_000));
        if (code === null) await page.until(100_000);
        else expect(await page.closed).to.deep.equal({ code, reason });
        server.close();
      });
    }
  });

  it('gives a page all that the broker has sent, then ends it with 1000', async () => {
    const bridge = await world.bridge((socket) => void socket.end(Buffer.alloc(3_000_000)));
    const page = world.page(bridge.url);
    const { code, reason } = await page.closed;
    expect([code, reason, page.received]).to.deep.equal([1000, 'the broker has ended the connection', 3_000_000]);
    await until(() => bridge.connections === 0);
  });

  it('gives the broker all that the page has sent, then ends it', async () => {
    let received = 0;
    let ended = false;
    const bridge = await world.bridge((socket) => {
      socket.on('data', ({ length }) => {
        received += length;
      });
      socket.on('end', () => {
        ended = true;
        socket.end();
      });
    });
    const page = world.page(bridge.url);
    await page.opened;
    for (let i = 0; i < 30; i++) page.ws.send(Buffer.alloc(100_000));
    page.ws.close(1000);
    await until(() => bridge.connections === 0);
    expect([received, ended]).to.deep.equal([3_000_000, true]);
  });

  describe('counts connections', () => {
    it('and refuses with 4429 what is beyond, until there is room again', async () => {
      const bridge = await world.bridge(echo, { maxConnections: 2 });
      const pages = [world.page(bridge.url), world.page(bridge.url)];
      await Promise.all(pages.map(({ opened }) => opened));
      expect(await world.page(bridge.url).closed).to.deep.equal({ code: 4429, reason: 'all connections are taken' });
      pages[0]?.ws.close();
      await until(() => bridge.connections === 1);
      const next = world.page(bridge.url);
      await next.opened;
      next.ws.send(Buffer.alloc(1));
      await next.until(1);
      expect(world.lines.filter((line) => line.includes('are taken') && !line.includes('4429'))).to.have.length(1);
    });

    it('of each address, as it is told whose one is', async () => {
      const addressOf = ({ headers }: { headers: Record<string, unknown> }): string => {
        if (headers['x-from'] === undefined) throw new Error('not through the proxy');
        return String(headers['x-from']);
      };
      const bridge = await world.bridge(echo, { maxConnectionsPerAddress: 1, addressOf });
      for (const from of ['a', 'b']) await world.page(bridge.url, 'amqp', { headers: { 'x-from': from } }).opened;
      const closed = await world.page(bridge.url, 'amqp', { headers: { 'x-from': 'a' } }).closed;
      expect(closed).to.deep.equal({ code: 4429, reason: 'too many connections from one address' });
      const direct = world.page(bridge.url);
      await direct.opened;
      expect(bridge.connections, 'one whose address could not be told').to.equal(3);
    });
  });

  describe('close()', () => {
    it('tells every page with 1001, gives it what is under way, and lets the port go', async () => {
      const bridge = await world.bridge(sender(3_000_000));
      const page = world.page(bridge.url);
      await page.until(1);
      const [{ code, reason }] = await Promise.all([page.closed, bridge.close()]);
      expect([code, reason, bridge.connections]).to.deep.equal([1001, 'the bridge closes', 0]);
      await (await world.bridge(echo, { port: bridge.port })).close();
    });

    it('waits for a page that does not answer no longer than closeTimeout', async () => {
      const bridge = await world.bridge(echo, { closeTimeout: 50 });
      const page = world.page(bridge.url);
      await page.opened;
      page.ws.pause();
      await bridge.close();
      expect(bridge.connections).to.equal(0);
    });

    it('before the end of listen() is an error of that', async () => {
      const bridge = await world.bridge(echo);
      const { WebSocketBridge } = await import('../../adapters/index.ts');
      const other = new WebSocketBridge({ targets: { main: 'amqp://localhost' }, port: 0, logger: world.logger });
      const listening = other.listen().catch((error: unknown) => error);
      await other.close();
      expect(await listening).to.have.property('code', 'BRIDGE_CLOSED');
      expect(await bridge.listen()).to.include({ port: bridge.port });
    });
  });

  it('rejects listen() where the port is taken', async () => {
    const { port } = await world.bridge(echo);
    const error = await world.bridge(echo, { port }).catch((error: unknown) => error);
    expect(error).to.have.property('code', 'EADDRINUSE');
  });

  describe('on a server of others', () => {
    it('answers at its path, and leaves the rest, and the server, to them', async () => {
      const server = createServer((_request, response) => void response.end('the app'));
      const others = new WebSocketServer({ noServer: true });
      server.on('upgrade', (request, socket, head) => {
        if (request.url === '/chat') others.handleUpgrade(request, socket, head, (ws) => ws.send('chat'));
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const bridge = await world.bridge(echo, { server, path: '/amqp' });
      expect(bridge.url).to.equal(`ws://127.0.0.1:${portOf(server)}/amqp`);
      const page = world.page(bridge.url);
      await page.opened;
      page.ws.send(Buffer.alloc(5));
      await page.until(5);
      const chat = world.page(bridge.url.replace('amqp', 'chat'), null);
      await chat.until(4);
      await bridge.close();
      expect(await page.closed).to.have.property('code', 1001);
      expect(await textAt(portOf(server))).to.equal('the app');
      chat.ws.terminate();
      server.close();
    });

    it('speaks TLS where the server does', async () => {
      const authority = new Authority('bridge test');
      const server = createSecureServer(authority.issue({ commonName: 'bridge', hosts: ['127.0.0.1'] }));
      const bridge = await world.bridge(echo, { server, port: 0 });
      expect(bridge.url).to.match(/^wss:/);
      const page = world.page(bridge.url, 'amqp', { ca: authority.cert });
      await page.opened;
      page.ws.send(Buffer.alloc(70_000));
      await page.until(70_000);
      page.ws.close();
    });

    it('answers 426 to what is no WebSocket on its own', async () => {
      const { port } = await world.bridge(echo);
      expect(await textAt(port)).to.equal('This is a WebSocket endpoint for AMQP.\n');
    });
  });
});

function textAt(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (more: string) => {
        text += more;
      });
      response.on('end', () => resolve(text));
    }).on('error', reject);
  });
}

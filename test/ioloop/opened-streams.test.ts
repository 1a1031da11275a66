import { connect, createServer } from 'node:net';
import { Duplex, type DuplexOptions } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { expect } from 'chai';
import {
  type ConnectOptions,
  IOLoop,
  LibuvHost,
  type TcpAddress,
  type TlsInfo,
  type Transport,
  type TransportHandlers,
  type UnixAddress,
} from '../../ioloop/index.ts';
import { HARD_LIMIT, HIGH_WATER } from '../../ioloop/transport.ts';
import type { OpenStream } from '../../ioloop/transports/stream-opening.ts';
import { Authority } from '../support/certificates.ts';
import { duplexPair } from '../support/duplex-pair.ts';
import { RecordedStream } from '../support/stream-lab.ts';

const SOMEWHERE = { host: 'broker.example', port: 5672 };

describe('Streams that the program opens', () => {
  const loops: IOLoop[] = [];
  afterEach(() => {
    for (const loop of loops.splice(0)) loop.close();
  });

  const loopOn = (host: LibuvHost): IOLoop => {
    const loop = IOLoop.fromHost(host, { makeCurrent: false });
    loops.push(loop);
    return loop;
  };

  /** Connects by `open`; resolves when the stream has ended. */
  const run = (
    open: OpenStream | LibuvHost,
    act: (transport: Transport) => Partial<TransportHandlers> | undefined = () => undefined,
    { to = SOMEWHERE, ...options }: ConnectOptions & { to?: TcpAddress | UnixAddress } = {},
  ): Promise<RecordedStream> =>
    new Promise((resolve) => {
      const loop = loopOn(open instanceof LibuvHost ? open : new LibuvHost({ open }));
      const handlers: Partial<TransportHandlers> = { onClose: () => setImmediate(() => resolve(stream)) };
      const stream = new RecordedStream(loop, handlers);
      stream.transport.connect(to, options);
      // they are looked for when they are called
      Object.assign(handlers, act(stream.transport));
      expect(stream.events).to.deep.equal([]);
    });

  describe('open()', () => {
    it('is told where to go, and not an address that was looked up', async () => {
      const asked: unknown[] = [];
      const open: OpenStream = (to) => {
        asked.push(to);
        return throwing();
      };
      await run(open);
      await run(open, undefined, { to: { path: '/run/broker' } });
      expect(asked).to.deep.equal([SOMEWHERE, { path: '/run/broker' }]);
    });

    for (const [how, open] of [
      ['throws', throwing],
      ['rejects', () => Promise.reject(new RangeError('no way'))],
    ] as [string, OpenStream][]) {
      it(`ends the connect with the error itself when it ${how}`, async () => {
        const stream = await run(open);
        expect(stream.events).to.deep.equal(['close']);
        expect(stream.error).to.be.instanceOf(RangeError).with.property('message', 'no way');
      });
    }

    it('ends the connect with a typed error when what it throws is none', async () => {
      const stream = await run(() => Promise.reject('no way'));
      expect(stream.error).to.include({ name: 'IOLoopError', code: 'OPEN_FAILED', message: 'no way', cause: 'no way' });
    });

    for (const [what, value] of [
      ['nothing', undefined],
      ['null', null],
      ['a text', 'stream'],
      ['half a stream', { write() {}, end() {} }],
    ] as [string, never][]) {
      it(`ends the connect with a TypeError when it gives ${what}`, async () => {
        const stream = await run(() => value);
        expect(stream.events).to.deep.equal(['close']);
        expect(stream.error).to.be.instanceOf(TypeError).with.property('code', 'ARG_TYPE');
      });
    }

    for (const [what, make] of [
      ['was destroyed', () => duplexPair()[0].destroy()],
      ['has no more to read', () => new Duplex({ readable: false, write() {} } as DuplexOptions)],
      ['can no longer be written to', () => duplexPair()[0].end()],
    ] as [string, () => Duplex][]) {
      it(`ends the connect with STREAM_ENDED when its stream ${what}, and destroys that`, async () => {
        const given = make();
        const stream = await run(() => given);
        expect(stream.events).to.deep.equal(['close']);
        expect(stream.error).to.have.property('code', 'STREAM_ENDED');
        expect(given.destroyed).to.equal(true);
      });
    }

    it('keeps why its stream was destroyed', async () => {
      const [given] = duplexPair();
      const why = new Error('the tunnel fell in');
      given.on('error', () => {}).destroy(why);
      await new Promise(setImmediate);
      expect((await run(() => given)).error?.cause).to.equal(why);
    });

    it('refuses a stream of text', async () => {
      const [given] = duplexPair();
      expect((await run(() => given.setEncoding('utf8'))).error).to.have.property('code', 'ARG_TYPE');
    });

    it('has as long as the connect has', async () => {
      let signal: AbortSignal | undefined;
      const open: OpenStream = (_to, options) => {
        signal = options.signal;
        return new Promise(() => {});
      };
      const stream = await run(open, undefined, { timeout: 20 });
      expect(stream.error).to.have.property('code', 'ETIMEDOUT');
      expect(signal?.aborted).to.equal(true);
    });

    it('hears of an abort, and a stream that comes after it is destroyed', async () => {
      const [given] = duplexPair();
      let give: (stream: Duplex) => void = () => {};
      let signal: AbortSignal | undefined;
      const open: OpenStream = (_to, options) => {
        signal = options.signal;
        return new Promise((resolve) => {
          give = resolve;
        });
      };
      const stream = await run(
        open,
        later((transport) => transport.abort()),
      );
      expect([stream.events, stream.error, signal?.aborted]).to.deep.equal([['close'], null, true]);
      give(given);
      await new Promise(setImmediate);
      expect(given.destroyed).to.equal(true);
      expect(stream.events).to.deep.equal(['close']);
    });

    it('may give a socket that still connects: it is waited for', async () => {
      const server = createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1');
      await new Promise((listening) => server.once('listening', listening));
      const { port } = server.address() as { port: number };
      const stream = await run(() => connect(port, '127.0.0.1'));
      expect(stream.text).to.equal('hello');
      expect(stream.remote).to.deep.equal({ address: '127.0.0.1', port, family: 4 });
      server.close();
      const refused = await run(() => connect(1, '127.0.0.1'));
      expect(refused.events).to.deep.equal(['close']);
      expect(refused.error).to.have.property('code', 'ECONNREFUSED');
    });

    it('has a socket that still connects destroyed by an abort', async () => {
      const given = connect({ host: 'never.invalid', port: 1, lookup: () => {} });
      await run(
        () => given,
        later((transport) => transport.abort()),
      );
      expect(given.destroyed).to.equal(true);
    });
  });

  describe('a stream', () => {
    it('carries bytes both ways, and ends in order', async () => {
      const [given, peer] = duplexPair();
      peer.pipe(peer);
      const sent = Buffer.alloc(3 << 20, 'pikaloop');
      let size = 0;
      const stream = await run(
        () => given,
        (transport) => {
          transport.write(sent.subarray(0, 5));
          return {
            onConnect: () => void transport.write(sent.subarray(5)),
            onData: (bytes) => {
              size += bytes.length;
              if (size === sent.length) transport.shutdown();
            },
          };
        },
      );
      expect(Buffer.compare(Buffer.concat(stream.chunks), sent)).to.equal(0);
      expect(stream.error).to.equal(null);
      expect(given.destroyed).to.equal(true);
    });

    it('may answer at once, again and again', async () => {
      const [given, peer] = duplexPair();
      peer.on('data', (bytes) => peer.write(bytes));
      let hops = 0;
      let deepest = 0;
      const stream = await run(
        () => given,
        (transport) => ({
          onConnect: () => void transport.write(Uint8Array.of(1)),
          onData: (bytes) => {
            deepest = Math.max(deepest, depth());
            if (++hops < 2_000) transport.write(bytes);
            else transport.abort();
          },
        }),
      );
      expect([hops, stream.error]).to.deep.equal([2_000, null]);
      expect(deepest, 'calls within each other').to.be.below(300);
    });

    it('pushes back while the other side does not read, and calls onDrain once', async () => {
      const [given, peer] = duplexPair();
      const answers: boolean[] = [];
      const stream = await run(
        () => given,
        (transport) => ({
          onConnect: () => {
            answers.push(transport.write(new Uint8Array(HIGH_WATER)), transport.write(new Uint8Array(HIGH_WATER)));
            expect(() => transport.write(new Uint8Array(HARD_LIMIT))).to.throw(RangeError);
            setImmediate(() => peer.resume().on('end', () => peer.end()));
          },
          onDrain: () => transport.shutdown(),
        }),
      );
      expect(answers).to.deep.equal([true, false]);
      expect(stream.events).to.deep.equal(['connect', 'drain', 'close']);
    });

    it('is not read while paused', async () => {
      const [given, peer] = duplexPair();
      let taken = 0;
      const feed = (): void => {
        if (taken < 100) peer.write(new Uint8Array(10_000), () => feed());
        else peer.end();
        taken++;
      };
      feed();
      let early = 0;
      const stream = await run(
        () => given,
        (transport) => ({
          onConnect: () => {
            transport.pause();
            setTimeout(() => {
              early = taken;
              transport.resume();
            }, 20);
          },
        }),
      );
      expect(early).to.be.below(20);
      expect(stream.length).to.equal(1_000_000);
      expect(stream.events).to.deep.equal(['connect', 'data', 'eof', 'close']);
    });

    it('stays half open when onEof says so', async () => {
      const [given, peer] = duplexPair({ allowHalfOpen: false });
      peer.end();
      let got = '';
      peer.setEncoding('utf8').on('data', (text) => {
        got += text;
      });
      await run(
        () => given,
        (transport) => ({
          onEof: () => {
            setTimeout(() => {
              transport.write(Buffer.from('still here'));
              transport.shutdown();
            }, 5);
            return true;
          },
        }),
      );
      expect(got).to.equal('still here');
    });

    it('ends with its own error, which is the cause, and its code', async () => {
      const [given] = duplexPair();
      const why = Object.assign(new Error('the tunnel fell in'), { code: 'ETUNNEL' });
      const stream = await run(
        () => given,
        later(() => given.destroy(why)),
      );
      expect(stream.events).to.deep.equal(['connect', 'close']);
      expect(stream.error).to.include({ name: 'IOLoopError', code: 'ETUNNEL', message: why.message, cause: why });
    });

    it('ends when somebody destroys it without a word', async () => {
      const [given] = duplexPair();
      const stream = await run(
        () => given,
        later(() => given.destroy()),
      );
      expect([stream.events, stream.error]).to.deep.equal([['connect', 'close'], null]);
    });

    it('ends at an abort, also where it tells of no end', async () => {
      const [given] = duplexPair({ emitClose: false, autoDestroy: false });
      const stream = await run(
        () => given,
        later((transport) => transport.abort()),
      );
      expect([stream.events, stream.error, given.destroyed]).to.deep.equal([['connect', 'close'], null, true]);
    });

    it('ends in order where it neither destroys itself nor tells so', async () => {
      const [given, peer] = duplexPair({ emitClose: false, autoDestroy: false });
      peer.end('bye');
      const stream = await run(() => given);
      expect(stream.events).to.deep.equal(['connect', 'data', 'eof', 'close']);
      expect([stream.error, given.destroyed]).to.deep.equal([null, true]);
    });

    it('ends with a TypeError when it gives what are no bytes', async () => {
      const [given, peer] = duplexPair({ readableObjectMode: true });
      setImmediate(() => given.push({ not: 'bytes' }));
      const stream = await run(() => given);
      expect(stream.error).to.have.property('code', 'ARG_TYPE');
      peer.destroy();
    });

    it('is a loss for its connection when its last byte cannot be written', async () => {
      const given = new Duplex({
        read() {},
        write: (_chunk, _encoding, done) => done(new Error('no room')),
      });
      const stream = await run(
        () => given,
        (transport) => ({ onConnect: () => void transport.write(Uint8Array.of(1)) }),
      );
      expect(stream.error).to.have.property('message', 'no room');
    });
  });

  describe('TLS on top', () => {
    const authority = new Authority('pikaloop test root');
    const identity = authority.issue({ commonName: 'server', hosts: ['broker.example'] });

    /** The far end speaks TLS. */
    const secured = (): Duplex => {
      const [given, peer] = duplexPair();
      const socket = new TLSSocket(peer, { isServer: true, ...identity });
      socket.on('error', () => {}).pipe(socket);
      return given;
    };

    it('checks the name that the connection was asked for', async () => {
      let info: TlsInfo | undefined;
      const stream = await run(
        secured,
        (transport) => ({
          onConnect: ({ tls }) => {
            info = tls;
            transport.write(Buffer.from('hello'));
          },
          onData: () => transport.shutdown(),
        }),
        { tls: { ca: authority.cert } },
      );
      expect(stream.text).to.equal('hello');
      expect(stream.error).to.equal(null);
      expect(info).to.include({ protocol: 'TLSv1.3', authorized: true });
    });

    it('refuses another one', async () => {
      const stream = await run(secured, undefined, { tls: { ca: authority.cert }, to: { host: 'other', port: 1 } });
      expect(stream.events).to.deep.equal(['close']);
      expect(stream.error).to.have.property('code', 'ERR_TLS_CERT_ALTNAME_INVALID');
    });

    it('ends when the stream below does', async () => {
      for (const why of [undefined, new Error('the tunnel fell in')]) {
        const given = secured();
        const stream = await run(
          () => given,
          () => ({ onConnect: () => void given.destroy(why) }),
          { tls: { ca: authority.cert } },
        );
        expect(stream.events).to.deep.equal(['connect', 'close']);
        if (why) expect(stream.error).to.include({ cause: why });
      }
    });

    it('is given up by an abort in the middle of its handshake', async () => {
      const [given] = duplexPair();
      const stream = await run(
        () => given,
        later((transport) => transport.abort()),
        { tls: { ca: authority.cert } },
      );
      expect([stream.events, stream.error, given.destroyed]).to.deep.equal([['close'], null, true]);
    });

    it('begins in the middle of a stream', async () => {
      const [given, peer] = duplexPair();
      peer.once('data', () => {
        new TLSSocket(peer, { isServer: true, ...identity }).end('secret');
      });
      const stream = await run(
        () => given,
        (transport) => ({
          onConnect: () => {
            transport.write(Buffer.from('now'));
            transport.startTls({ ca: authority.cert });
          },
        }),
      );
      expect(stream.text).to.equal('secret');
    });
  });

  describe('a ready stream', () => {
    it('serves one connect; the next one is told so', async () => {
      const [given, peer] = duplexPair();
      peer.end('hello');
      const host = new LibuvHost({ duplex: given });
      expect((await run(host)).text).to.equal('hello');
      expect((await run(host)).error).to.include({ name: 'IOLoopError', code: 'STREAM_USED' });
    });

    it('is destroyed with a connect that was given up before it was taken', async () => {
      const [given] = duplexPair();
      await run(new LibuvHost({ duplex: given }), (transport) => {
        transport.abort();
        return undefined;
      });
      expect(given.destroyed).to.equal(true);
    });

    it('may fail before it is used: its connect tells why', async () => {
      const [given] = duplexPair();
      const host = new LibuvHost({ duplex: given });
      const why = new Error('the tunnel fell in');
      given.destroy(why);
      await new Promise(setImmediate);
      expect((await run(host)).error).to.include({ code: 'STREAM_ENDED', cause: why });
    });
  });

  it('are refused at once where they cannot be', () => {
    const [duplex] = duplexPair();
    const open = (): Duplex => duplex;
    for (const [options, field] of [
      [{ open: 'tunnel' }, 'open'],
      [{ duplex: {} }, 'duplex'],
      [{ duplex: open }, 'duplex'],
      [{ open, duplex }, 'duplex'],
      [{ proxy: 'http://proxy' }, 'proxy'],
    ] as [never, string][]) {
      expect(() => new LibuvHost(options))
        .to.throw(TypeError)
        .with.property('field', field);
    }
    expect(() => new LibuvHost(null as never)).to.throw(TypeError);
  });
});

/** Once it has begun, some tasks later. */
function later(act: (transport: Transport) => void): (transport: Transport) => undefined {
  return (transport) => void setTimeout(act, 5, transport);
}

/** How many calls stand on the stack. */
function depth(): number {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 1000;
  const lines = new Error().stack?.split('\n').length ?? 0;
  Error.stackTraceLimit = stackTraceLimit;
  return lines;
}

function throwing(): never {
  throw new RangeError('no way');
}

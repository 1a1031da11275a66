import { createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { HostPoller } from '../../ioloop/host-loop.ts';
import {
  IOLoop,
  LoopClosedError,
  type TcpAddress,
  type Transport,
  type TransportHandlers,
} from '../../ioloop/index.ts';
import { HIGH_WATER } from '../../ioloop/transport.ts';
import { keepingLogger } from '../support/each-poller.ts';
import { HOST_STREAMS, type HostStreams } from '../support/host-streams.ts';
import { quietHandlers } from '../support/stream-handlers.ts';

for (const streams of HOST_STREAMS) describe(`Streams of a host [${streams.name}]`, () => suite(streams));

function suite({ makeHost, resolves, threaded }: HostStreams): void {
  let loop: IOLoop;
  const logger = keepingLogger();
  const servers: Server[] = [];
  const accepted: Socket[] = [];
  beforeEach(() => {
    loop = new IOLoop({ poller: (services) => new HostPoller(makeHost(), services), makeCurrent: false, logger });
  });
  afterEach(async () => {
    loop.close();
    logger.errors.length = 0;
    for (const socket of accepted.splice(0)) socket.destroy();
    await Promise.all(servers.splice(0).map((server) => new Promise((closed) => server.close(closed))));
  });

  const listen = (onSocket: (socket: Socket) => void): Promise<TcpAddress> =>
    new Promise((resolve) => {
      const server = createServer({ allowHalfOpen: true }, (socket) => {
        // a client that resets is part of some tests
        socket.on('error', () => {});
        accepted.push(socket);
        onSocket(socket);
      });
      servers.push(server);
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        if (address === null || typeof address === 'string') throw new Error('not a port');
        resolve({ host: '127.0.0.1', port: address.port });
      });
    });

  /** Connects, and resolves at onClose with the order of what was heard. */
  const run = (to: TcpAddress, handlers: (stream: Transport) => Partial<TransportHandlers>): Promise<string[]> =>
    new Promise((resolve) => {
      const events: string[] = [];
      const stream = loop.transports.create({
        ...quietHandlers(),
        onConnect: (info) => {
          events.push('connect');
          own.onConnect?.(info);
        },
        onData: (bytes) => {
          events.push(`data ${bytes.length}`);
          own.onData?.(bytes);
        },
        onDrain: () => {
          events.push('drain');
          own.onDrain?.();
        },
        onEof: () => {
          events.push('eof');
          return own.onEof?.() ?? false;
        },
        onIdle: (silence) => own.onIdle?.(silence),
        onCollect: () => {
          events.push('collect');
          own.onCollect?.();
        },
        onHandOver: () => {
          events.push('handed over');
          own.onHandOver?.();
        },
        onClose: (error) => {
          events.push(`close ${(error as (Error & { code?: string }) | null)?.code ?? error?.message ?? null}`);
          resolve(events);
        },
      });
      const own = handlers(stream);
      stream.connect(to);
    });

  it('carry bytes both ways, and end in order', async () => {
    const to = await listen((socket) => socket.pipe(socket));
    const sent = Buffer.alloc(3 << 20, 'pikaloop');
    const got: Uint8Array[] = [];
    let size = 0;
    const events = await run(to, (stream) => ({
      onConnect: ({ remote }) => {
        expect(remote.port).to.equal(to.port);
        expect(IOLoop.current(false)).to.equal(loop);
        stream.write(sent.subarray(0, 10));
        stream.writev([sent.subarray(10, 100), sent.subarray(100)]);
      },
      onData: (bytes) => {
        got.push(bytes.slice());
        size += bytes.length;
        if (size === sent.length) stream.shutdown();
      },
    }));
    expect(Buffer.compare(Buffer.concat(got), sent)).to.equal(0);
    expect(events[0]).to.equal('connect');
    expect(events.slice(-1)).to.deep.equal(['close null']);
  });

  // an owner writes to the ring of a thread at once, and that may send a part while the tick goes on
  const itCollects = threaded ? (): void => undefined : it;

  itCollects('hand over once what one tick wrote', async () => {
    const reads: number[] = [];
    const to = await listen((socket) => {
      socket.on('data', (bytes) => reads.push(bytes.length));
      socket.on('end', () => socket.end());
    });
    const events = await run(to, (stream) => ({
      onConnect: () => {
        for (let i = 0; i < 50; i++) stream.write(new Uint8Array(10));
        loop.callLater(20, () => stream.shutdown());
      },
    }));
    expect(reads).to.deep.equal([500]);
    expect(events).to.deep.equal(['connect', 'handed over', 'close null']);
  });

  itCollects(
    'hand over ahead of the end of the tick what is a segment of TCP, and from then on what is 64 KiB',
    async () => {
      const to = await listen((socket) => {
        socket.resume();
        socket.on('end', () => socket.end());
      });
      const written: number[] = [];
      const events = await run(to, (stream) => ({
        onConnect: () => {
          for (const size of [1000, 400, 2000, 63_000, 600]) {
            stream.write(new Uint8Array(size));
            written.push(stream.bytesWritten);
          }
          loop.callLater(20, () => stream.shutdown());
        },
      }));
      expect(written).to.deep.equal([0, 1400, 1400, 1400, 67_000]);
      expect(events).to.deep.equal(['connect', 'handed over', 'close null']);
    },
  );

  itCollects('collect what was announced, once, and hand it over with what was written', async () => {
    const reads: string[] = [];
    const to = await listen((socket) => {
      socket.on('data', (bytes) => reads.push(bytes.toString()));
      socket.on('end', () => socket.end());
    });
    const events = await run(to, (stream) => ({
      onConnect: () => {
        stream.announce?.();
        stream.write(Buffer.from('written, '));
        stream.announce?.();
        loop.callLater(20, () => stream.shutdown());
      },
      onCollect: () => void stream.write(Buffer.from('collected')),
    }));
    expect(reads).to.deep.equal(['written, collected']);
    expect(events).to.deep.equal(['connect', 'collect', 'handed over', 'close null']);
  });

  itCollects('collect nothing for a stream that has ended', async () => {
    const to = await listen((socket) => socket.on('end', () => socket.end()));
    const events = await run(to, (stream) => ({
      onConnect: () => {
        stream.announce?.();
        stream.abort();
      },
    }));
    expect(events).to.deep.equal(['connect', 'close null']);
  });

  it('push back above high water, and call onDrain once', async () => {
    let server: Socket | undefined;
    const to = await listen((socket) => {
      server = socket;
      socket.pause();
      socket.on('end', () => socket.end());
    });
    const answers: boolean[] = [];
    const events = await run(to, (stream) => ({
      onConnect: () => {
        answers.push(stream.write(new Uint8Array(HIGH_WATER)), stream.write(new Uint8Array(8 << 20)));
        expect(() => stream.write(new Uint8Array(8 << 20))).to.throw(RangeError);
        loop.callLater(30, () => server?.resume());
      },
      onDrain: () => stream.shutdown(),
    }));
    expect(answers).to.deep.equal([true, false]);
    expect(events.filter((event) => event === 'drain')).to.have.length(1);
  });

  it('hold what comes while paused, until after resume()', async () => {
    const to = await listen((socket) => socket.end('hello'));
    let early = false;
    const events = await run(to, (stream) => ({
      onConnect: () => {
        stream.pause();
        let paused = true;
        loop.callLater(30, () => {
          stream.resume();
          paused = false;
        });
        loop.callLater(29, () => {
          early = !paused;
        });
      },
    }));
    expect(early).to.equal(false);
    expect(events).to.deep.equal(['connect', 'data 5', 'eof', 'close null']);
  });

  it('stay half open when onEof says so', async () => {
    const got: string[] = [];
    const to = await listen((socket) => {
      socket.end();
      socket.on('data', (bytes) => got.push(bytes.toString()));
    });
    const events = await run(to, (stream) => ({
      onEof: () => {
        loop.callLater(5, () => {
          stream.write(Buffer.from('still here'));
          stream.shutdown();
        });
        return true;
      },
    }));
    expect(events).to.deep.equal(['connect', 'eof', 'handed over', 'close null']);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(got).to.deep.equal(['still here']);
  });

  it('tell a refusal, a reset and our own abort, once', async () => {
    expect(await run({ host: '127.0.0.1', port: 1 }, () => ({}))).to.deep.equal(['close ECONNREFUSED']);
    const resetting = await listen((socket) => socket.resetAndDestroy());
    expect((await run(resetting, () => ({}))).at(-1)).to.equal('close ECONNRESET');
    const to = await listen(() => {});
    const aborting = (stream: Transport): Partial<TransportHandlers> => ({
      onConnect: () => {
        stream.abort();
        stream.abort();
      },
    });
    expect(await run(to, aborting)).to.deep.equal(['connect', 'close null']);
  });

  it('end with the error of a handler that throws', async () => {
    const to = await listen((socket) => socket.write('hello'));
    for (const faulty of ['onConnect', 'onData'] as const) {
      const events = await run(to, () => ({
        [faulty]: () => {
          throw new Error(faulty);
        },
      }));
      expect(events.at(-1)).to.equal(`close ${faulty}`);
    }
    expect(logger.errors).to.deep.equal([]);
  });

  it('report what onClose throws to the loop', async () => {
    await new Promise<void>((resolve) => {
      const stream = loop.transports.create({
        ...quietHandlers(),
        onClose() {
          setTimeout(resolve, 5);
          throw new Error('at the end');
        },
      });
      stream.abort();
    });
    expect(logger.errors).to.have.length(1);
    expect(logger.errors[0]).to.contain('at the end');
  });

  it('keep a silent connection alive, and tell of a silent peer', async () => {
    let beats = 0;
    const to = await listen((socket) => {
      socket.on('data', (bytes) => {
        beats += bytes.length;
      });
      socket.on('end', () => socket.end());
    });
    const silences: number[] = [];
    const began = performance.now();
    await run(to, (stream) => ({
      onConnect: () => {
        stream.keepAlive(new Uint8Array([8]), 10, 25);
        const look = (): unknown => (beats < 3 ? loop.callLater(10, look) : stream.shutdown());
        loop.callLater(200, look);
      },
      onIdle: (silence) => silences.push(silence),
    }));
    expect(beats).to.be.within(3, (performance.now() - began) / 10);
    expect(silences).to.have.length(1);
    expect(silences[0]).to.be.at.least(25);
  });

  it(
    resolves ? 'resolve names, and not after cancel()' : 'leave names as they are, and tell nothing after cancel()',
    async () => {
      const found = await new Promise<readonly { address: string; port: number }[]>((resolve, reject) => {
        loop.transports.resolve('localhost', 5672, 4, (error, list) =>
          error === null ? resolve(list) : reject(error),
        );
        expect(loop.transports.resolve('localhost', 1, 0, () => reject(new Error('cancelled'))).cancel()).to.equal(
          true,
        );
      });
      expect(found[0]).to.include({ address: resolves ? '127.0.0.1' : 'localhost', port: 5672 });
      await new Promise((resolve) => setTimeout(resolve, 20));
    },
  );

  it('end when their loop is closed, with what was written', async () => {
    const guest = IOLoop.fromHost(makeHost(), { makeCurrent: false });
    let heard = 0;
    const ended = new Promise<void>((resolve) => {
      void listen((socket) => {
        socket.on('data', (bytes) => {
          heard += bytes.length;
        });
        socket.on('end', () => socket.end());
        socket.on('close', () => resolve());
      }).then((address) => {
        const stream = guest.transports.create({
          ...quietHandlers(),
          onConnect: () => {
            stream.write(new Uint8Array(8_000_000));
            setImmediate(() => {
              guest.close();
              expect(() => guest.transports.create(quietHandlers())).to.throw(LoopClosedError);
              expect(() => stream.write(Uint8Array.of(1))).to.throw();
            });
          },
        });
        stream.connect(address);
      });
    });
    await ended;
    expect(heard).to.equal(8_000_000);
  });
}

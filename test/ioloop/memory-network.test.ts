import { expect } from 'chai';
import {
  IOLoop,
  type IOLoopOptions,
  type TcpAddress,
  type Transport,
  type TransportHandlers,
  type UnixAddress,
  UnsupportedError,
} from '../../ioloop/index.ts';
import { HARD_LIMIT, HIGH_WATER } from '../../ioloop/transport.ts';
import { MemoryNetwork, memoryPair } from '../../ioloop/transports/memory-network.ts';
import { keepingLogger } from '../support/each-poller.ts';
import { quietHandlers } from '../support/stream-handlers.ts';

describe('Streams in memory', () => {
  const loops: IOLoop[] = [];
  afterEach(() => {
    for (const loop of loops.splice(0)) loop.close();
  });
  const opened = (options: IOLoopOptions = {}): { loop: IOLoop; network: MemoryNetwork } => {
    const loop = new IOLoop({ poller: 'virtual', makeCurrent: false, ...options });
    loops.push(loop);
    if (!(loop.transports instanceof MemoryNetwork)) throw new Error('no network');
    return { loop, network: loop.transports };
  };
  /** Runs all that is under way. */
  const settle = (loop: IOLoop): void => pass(loop, 1000);

  describe('connecting', () => {
    it('reaches a listener, and both ends hear of it with their addresses', () => {
      const { loop, network } = opened();
      const seen: unknown[] = [];
      const log = (name: string): TransportHandlers => ({
        ...quietHandlers(),
        onConnect: ({ local, remote }) => seen.push([name, local.port > 5672 ? 'high' : local.port, remote.address]),
      });
      network.listen({ host: 'localhost', port: 5672 }, () => log('server'));
      const stream = network.create(log('client'));
      stream.connect({ host: 'localhost', port: 5672 });
      expect(stream.state).to.equal('connecting');
      settle(loop);
      expect(stream.state).to.equal('open');
      expect(seen).to.deep.equal([
        ['server', 5672, '127.0.0.1'],
        ['client', 'high', '127.0.0.1'],
      ]);
    });

    it('finds a free port for 0, keeps to a family, and reaches paths', () => {
      const { loop, network } = opened();
      const states: string[] = [];
      const listener = network.listen({ host: '::1', port: 0 }, quietHandlers);
      const path = network.listen({ path: '/run/broker.sock' }, quietHandlers);
      const { port } = listener.address as { port: number };
      const over = (family: 0 | 4 | 6): Transport => connected(network, { host: 'localhost', port, family }, states);
      const streams = [over(0), over(4), over(6), connected(network, { path: '/run/broker.sock' }, states)];
      settle(loop);
      expect(streams.map((stream) => stream.state)).to.deep.equal(['open', 'closed', 'open', 'open']);
      expect(states).to.deep.equal(['ECONNREFUSED']);
      expect(() => network.listen(path.address, quietHandlers))
        .to.throw()
        .with.property('code', 'EADDRINUSE');
      path.close();
      network.listen({ path: '/run/broker.sock' }, quietHandlers);
    });

    it('is refused where nobody listens, later and once', () => {
      const { loop, network } = opened();
      const codes: string[] = [];
      connected(network, { host: '10.0.0.1', port: 1 }, codes);
      connected(network, { host: 'nowhere.invalid', port: 1 }, codes);
      expect(codes).to.deep.equal([]);
      settle(loop);
      expect(codes).to.deep.equal(['ECONNREFUSED', 'ENOTFOUND']);
    });

    it('ends after its time where nobody answers', () => {
      const { loop, network } = opened();
      const ends: unknown[] = [];
      network.swallow({ host: 'localhost', port: 1 });
      const stream = network.create({
        ...quietHandlers(),
        onClose: (error) => ends.push(loop.time(), (error as Error & { code: string }).code),
      });
      stream.connect({ host: 'localhost', port: 1 }, { timeout: 250 });
      settle(loop);
      expect(ends).to.deep.equal([250, 'ETIMEDOUT']);
    });

    it('can be aborted meanwhile', () => {
      const { loop, network } = opened();
      const ends: unknown[] = [];
      let accepted = 0;
      network.listen({ host: 'localhost', port: 1 }, () => {
        accepted++;
        return quietHandlers();
      });
      const stream = network.create({ ...quietHandlers(), onClose: (error) => ends.push(error) });
      stream.connect({ host: 'localhost', port: 1 });
      stream.abort();
      stream.abort();
      expect(ends).to.deep.equal([]);
      settle(loop);
      expect(ends).to.deep.equal([null]);
      expect(accepted).to.equal(0);
    });

    it('reports a listener that throws, and resets who connected', () => {
      const logger = keepingLogger();
      const { loop, network } = opened({ logger });
      const codes: string[] = [];
      network.listen({ host: 'localhost', port: 1 }, () => {
        throw new Error('no room');
      });
      connected(network, { host: 'localhost', port: 1 }, codes);
      settle(loop);
      expect(codes).to.deep.equal(['ECONNRESET']);
      expect(logger.errors[0]).to.contain('no room');
    });

    it('has neither TLS nor WebSocket', () => {
      const { network } = opened();
      const stream = network.create(quietHandlers());
      expect(() => stream.connect({ host: 'localhost', port: 1 }, { tls: {} })).to.throw(UnsupportedError);
      expect(() => stream.connect({ url: 'ws://localhost' })).to.throw(UnsupportedError);
      expect(() => stream.startTls({})).to.throw(UnsupportedError);
      expect(stream.state).to.equal('new');
    });

    it('resolves literals, localhost and added names, later, unless cancelled', () => {
      const { loop, network } = opened();
      const seen: unknown[] = [];
      const done = (error: Error | null, list: readonly { address: string }[]): void => {
        seen.push(error === null ? list.map(({ address }) => address) : (error as Error & { code: string }).code);
      };
      network.addHost('rabbit', ['10.0.0.1', 'fe80::1']);
      network.resolve('localhost', 1, 0, done);
      network.resolve('rabbit', 1, 6, done);
      network.resolve('10.0.0.9', 1, 4, done);
      network.resolve('nowhere', 1, 0, done);
      const dropped = network.resolve('rabbit', 1, 0, done);
      const late = network.resolve('rabbit', 1, 4, done);
      expect(dropped.cancel()).to.equal(true);
      expect(seen).to.deep.equal([]);
      settle(loop);
      expect(late.cancel()).to.equal(false);
      expect(seen).to.deep.equal([['127.0.0.1', '::1'], ['fe80::1'], ['10.0.0.9'], 'ENOTFOUND', ['10.0.0.1']]);
    });
  });

  describe('bytes', () => {
    it('arrive whole and in order, whatever their size', () => {
      const { loop, network } = opened();
      const sizes = [1, 2, 65_535, 65_536, 65_537, 1 << 20, 3, 5 << 20];
      const sent = sizes.map((size, i) => new Uint8Array(size).fill(i + 1));
      const got: Uint8Array[] = [];
      const [first] = memoryPair(network, quietHandlers(), {
        ...quietHandlers(),
        onData: (bytes) => got.push(bytes.slice()),
      });
      for (const bytes of sent) first.write(bytes);
      settle(loop);
      expect(Buffer.compare(Buffer.concat(got), Buffer.concat(sent))).to.equal(0);
      expect(first.bytesWritten).to.equal(sizes.reduce((a, b) => a + b));
      expect(first.writeBufferSize).to.equal(0);
    });

    it('may be overwritten once write() has returned, below 64 KiB', () => {
      const { loop, network } = opened();
      const got: number[] = [];
      const [first] = memoryPair(network, quietHandlers(), {
        ...quietHandlers(),
        onData: (bytes) => got.push(...bytes),
      });
      const buffer = new Uint8Array([1, 2, 3]);
      first.write(buffer);
      buffer.fill(9);
      first.writev([buffer, buffer.slice(0, 1)]);
      buffer.fill(0);
      settle(loop);
      expect(got).to.deep.equal([1, 2, 3, 9, 9, 9, 9]);
    });

    it('of one turn leave together, and onHandOver follows once', () => {
      const { loop, network } = opened();
      const events: string[] = [];
      const [first] = memoryPair(
        network,
        { ...quietHandlers(), onHandOver: () => events.push('handed over') },
        { ...quietHandlers(), onData: (bytes) => events.push(`data ${bytes.length}`) },
      );
      for (let i = 0; i < 5; i++) first.write(new Uint8Array(10));
      settle(loop);
      expect(events).to.deep.equal(['handed over', 'data 50']);
    });

    it('push the sender back: false above high water, RangeError above the limit, onDrain once (C79)', () => {
      const { loop, network } = opened();
      let drained = 0;
      let received = 0;
      const [first, second] = memoryPair(
        network,
        { ...quietHandlers(), onDrain: () => drained++ },
        { ...quietHandlers(), onData: (bytes) => (received += bytes.length) },
      );
      second.pause();
      expect(first.write(new Uint8Array(HIGH_WATER))).to.equal(true);
      expect(first.write(new Uint8Array(1))).to.equal(false);
      const room = HARD_LIMIT - first.writeBufferSize;
      expect(first.write(new Uint8Array(room))).to.equal(false);
      expect(() => first.write(new Uint8Array(1)))
        .to.throw(RangeError)
        .with.property('code', 'ARG_RANGE');
      expect(() => first.writev([new Uint8Array(1)])).to.throw(RangeError);
      settle(loop);
      expect(drained).to.equal(0);
      expect(received).to.equal(0);
      expect(first.writeBufferSize).to.be.above(HARD_LIMIT - (1 << 20));
      second.resume();
      expect(received).to.equal(0);
      settle(loop);
      expect(received).to.equal(HARD_LIMIT);
      expect(drained).to.equal(1);
    });

    it('are refused when they are none, or no bytes, or the stream is not open', () => {
      const { loop, network } = opened();
      const [first, second] = memoryPair(network, quietHandlers(), quietHandlers());
      expect(() => first.write(new Uint8Array(0))).to.throw(TypeError);
      expect(() => first.write('text' as unknown as Uint8Array)).to.throw(TypeError);
      expect(() => network.create(quietHandlers()).write(new Uint8Array(1)))
        .to.throw()
        .with.property('code', 'STREAM_STATE');
      first.shutdown();
      expect(() => first.write(new Uint8Array(1)))
        .to.throw()
        .with.property('code', 'STREAM_STATE');
      settle(loop);
      expect(() => second.write(new Uint8Array(1)))
        .to.throw()
        .with.property('code', 'STREAM_STATE');
      expect(() => second.connect({ path: 'x' }))
        .to.throw()
        .with.property('code', 'STREAM_STATE');
    });

    it('wait while the reader pauses, and come later, not inside resume() (C78)', () => {
      const { loop, network } = opened();
      const got: number[] = [];
      const [first, second] = memoryPair(network, quietHandlers(), {
        ...quietHandlers(),
        onData: (bytes) => {
          got.push(...bytes);
          second.pause();
        },
      });
      first.write(new Uint8Array([1]));
      settle(loop);
      first.write(new Uint8Array([2]));
      settle(loop);
      expect(got).to.deep.equal([1]);
      second.resume();
      expect(got).to.deep.equal([1]);
      settle(loop);
      expect(got).to.deep.equal([1, 2]);
    });

    it('leave time to others: at most 1 MiB of a stream per turn (rule 37)', () => {
      const { loop, network } = opened();
      const perTurn: number[] = [];
      const [first] = memoryPair(network, quietHandlers(), {
        ...quietHandlers(),
        onData: (bytes) => {
          perTurn[perTurn.length - 1] = (perTurn.at(-1) ?? 0) + bytes.length;
        },
      });
      first.write(new Uint8Array(4 << 20));
      for (let i = 0; i < 30; i++) {
        perTurn.push(0);
        loop.runOnce(0);
      }
      expect(Math.max(...perTurn)).to.be.at.most(1 << 20);
      expect(perTurn.reduce((a, b) => a + b)).to.equal(4 << 20);
    });
  });

  describe('ending', () => {
    const recorded = (events: string[], name: string, stay = false): TransportHandlers => ({
      ...quietHandlers(),
      onData: (bytes) => events.push(`${name} data ${bytes.length}`),
      onEof: () => {
        events.push(`${name} eof`);
        return stay;
      },
      onClose: (error) => events.push(`${name} close ${(error as (Error & { code?: string }) | null)?.code ?? error}`),
    });

    it('is orderly: what was written arrives, then onEof, then onClose(null) on both (C82)', () => {
      const { loop, network } = opened();
      const events: string[] = [];
      const [first, second] = memoryPair(network, recorded(events, 'a'), recorded(events, 'b'));
      first.write(new Uint8Array(3));
      first.shutdown();
      first.shutdown();
      expect(first.state).to.equal('closing');
      settle(loop);
      expect(events.slice(0, 2)).to.deep.equal(['b data 3', 'b eof']);
      expect(events.slice(2)).to.have.members(['a close null', 'b close null']);
      expect([first.state, second.state]).to.deep.equal(['closed', 'closed']);
    });

    it('leaves the other half open when onEof says so (C82)', () => {
      const { loop, network } = opened();
      const events: string[] = [];
      const [first, second] = memoryPair(network, recorded(events, 'a'), recorded(events, 'b', true));
      first.shutdown();
      settle(loop);
      expect(events).to.deep.equal(['b eof']);
      second.write(new Uint8Array(7));
      second.shutdown();
      settle(loop);
      expect(events.slice(1)).to.have.ordered.members(['a data 7', 'a close null', 'b close null']);
    });

    it('by abort() is onClose(null) later, once, and a reset for the peer (C83, C84)', () => {
      const { loop, network } = opened();
      const events: string[] = [];
      const [first] = memoryPair(network, recorded(events, 'a'), recorded(events, 'b'));
      settle(loop);
      first.write(new Uint8Array(3));
      first.abort();
      first.shutdown();
      expect(events).to.deep.equal([]);
      settle(loop);
      expect(events).to.have.members(['a close null', 'b close ECONNRESET']);
    });

    it('comes with the error of a handler that throws, and the loop goes on (C85)', () => {
      for (const faulty of ['onConnect', 'onData', 'onEof', 'onDrain', 'onHandOver'] as const) {
        const logger = keepingLogger();
        const { loop, network } = opened({ logger, onError: 'throw' });
        const ends: unknown[] = [];
        const reason = new Error(faulty);
        const [first, second] = memoryPair(
          network,
          { ...quietHandlers(), onEof: () => true },
          {
            ...quietHandlers(),
            [faulty]: () => {
              throw reason;
            },
            onClose: (error) => ends.push(error),
          },
        );
        first.write(new Uint8Array(1));
        second.write(new Uint8Array(2 << 20));
        pass(loop, 10);
        if (second.state !== 'closed') first.shutdown();
        pass(loop, 10);
        expect(ends, faulty).to.deep.equal([reason]);
      }
    });

    it('with a throwing onClose is reported by the loop', () => {
      const logger = keepingLogger();
      const { loop, network } = opened({ logger });
      const [first] = memoryPair(
        network,
        {
          ...quietHandlers(),
          onClose() {
            throw new Error('at the end');
          },
        },
        quietHandlers(),
      );
      first.abort();
      settle(loop);
      expect(logger.errors).to.have.length(1);
      expect(logger.errors[0]).to.contain('at the end');
    });

    it('of the loop ends its streams without a word', () => {
      const { loop, network } = opened();
      const events: string[] = [];
      const [first, second] = memoryPair(network, recorded(events, 'a'), recorded(events, 'b'));
      settle(loop);
      loop.close();
      expect([first.state, second.state]).to.deep.equal(['closed', 'closed']);
      expect(events).to.deep.equal([]);
    });
  });

  describe('keepAlive', () => {
    it('writes its bytes after each silence of ours, and not between', () => {
      const { loop, network } = opened();
      const got: string[] = [];
      const [first] = memoryPair(network, quietHandlers(), {
        ...quietHandlers(),
        onData: (bytes) => got.push(`${loop.time()}: ${bytes.join(' ')}`),
      });
      first.keepAlive(new Uint8Array([8]), 100, 0);
      loop.callLater(150, () => first.write(new Uint8Array([1])));
      loop.callLater(360, () => loop.stop());
      loop.start();
      expect(got).to.deep.equal(['100: 8', '150: 1', '250: 8', '350: 8']);
    });

    it('never writes inside a unit', () => {
      const { loop, network } = opened();
      const got: number[] = [];
      const [first] = memoryPair(network, quietHandlers(), {
        ...quietHandlers(),
        onData: (bytes) => got.push(...bytes),
      });
      first.keepAlive(new Uint8Array([8]), 100, 0);
      first.write(new Uint8Array([1]), false);
      loop.callLater(320, () => first.write(new Uint8Array([2]), true));
      loop.callLater(360, () => loop.stop());
      loop.start();
      expect(got).to.deep.equal([1, 2]);
      pass(loop, 100);
      expect(got).to.deep.equal([1, 2, 8]);
    });

    it('tells a silence of the peer once, not while paused, and again after bytes (C91)', () => {
      const { loop, network } = opened();
      const told: string[] = [];
      const [first, second] = memoryPair(network, quietHandlers(), {
        ...quietHandlers(),
        onIdle: (silence) => told.push(`${loop.time()}: ${silence}`),
      });
      second.keepAlive(new Uint8Array([8]), 0, 100);
      loop.callLater(350, () => first.write(new Uint8Array([1])));
      loop.callLater(460, () => {
        second.pause();
        first.write(new Uint8Array([1]));
      });
      loop.callLater(1000, () => second.resume());
      loop.callLater(1500, () => loop.stop());
      loop.start();
      expect(told).to.deep.equal(['100: 100', '450: 100', '1100: 100']);
    });

    it('is switched off by 0, and by the end of the stream', () => {
      const { loop, network } = opened();
      const [first] = memoryPair(network, quietHandlers(), quietHandlers());
      first.keepAlive(new Uint8Array([8]), 100, 100);
      first.keepAlive(new Uint8Array([8]), 0, 0);
      settle(loop);
      expect(first.bytesWritten).to.equal(0);
      first.keepAlive(new Uint8Array([8]), 100, 100);
      first.abort();
      loop.runOnce(0);
      loop.runOnce(0);
      expect(() => loop.start())
        .to.throw()
        .with.property('code', 'VIRTUAL_DEADLOCK');
    });
  });
});

/** Runs the loop for so many virtual milliseconds. */
function pass(loop: IOLoop, ms: number): void {
  loop.callLater(ms, () => loop.stop());
  loop.start();
}

/** A stream on its way there; the code that it closes with is pushed to `codes`. */
function connected(network: MemoryNetwork, to: TcpAddress | UnixAddress, codes: string[]): Transport {
  const stream = network.create({
    ...quietHandlers(),
    onClose: (error) => codes.push((error as Error & { code: string }).code),
  });
  stream.connect(to);
  return stream;
}

import { expect } from 'chai';
import { type IOLoop, LoopClosedError, type TcpAddress, type Transport, type UnixAddress } from '../../ioloop/index.ts';
import type { PollerUnderTest } from '../support/each-poller.ts';
import { Hash, mismatch, type PeerName, pattern } from '../support/peers.ts';
import { runLoop } from '../support/run-loop.ts';
import { ask, RecordedStream, type StreamLab, streamLab } from '../support/stream-lab.ts';

/** Byte streams: C75 to C91, as far as they are the same for all streams. */
export function streams(poller: PollerUnderTest): void {
  describe('connecting', () => connecting(poller));
  if (poller.resolves) describe('names', () => lookups(poller));
  describe('bytes', () => bytes(poller));
  describe('flow', () => flow(poller));
  describe('the end', () => theEnd(poller));
  describe('errors of handlers', () => handlerErrors(poller));
}

interface Bench {
  readonly loop: IOLoop;
  readonly lab: StreamLab;
}

function bench({ open }: PollerUnderTest): Bench {
  const loop = open();
  return { loop, lab: streamLab(loop) };
}

/** Connected to a peer; the loop stops when the stream is closed. */
function connected(
  { loop, lab }: Bench,
  peer: PeerName,
  more: ConstructorParameters<typeof RecordedStream>[1] = {},
): RecordedStream {
  const stream = new RecordedStream(loop, {
    ...more,
    onClose: (error) => {
      more.onClose?.(error);
      loop.stop();
    },
  });
  stream.transport.connect(lab.listen(peer));
  return stream;
}

function connecting(poller: PollerUnderTest): void {
  const families: [string, (lab: StreamLab) => TcpAddress | UnixAddress][] = [
    ['IPv4', () => ({ host: '127.0.0.1', port: 0 })],
    ['IPv6', () => ({ host: '::1', port: 0 })],
    ['Unix', (lab) => ({ path: lab.unixPath() })],
  ];
  for (const [family, where] of families) {
    it(`connects by ${family} and tells both addresses (C75)`, async () => {
      const { loop, lab } = bench(poller);
      const address = lab.listen('hello', where(lab));
      const stream = new RecordedStream(loop, {
        onData: () => stream.transport.shutdown(),
        onClose: () => loop.stop(),
      });
      stream.transport.connect(address);
      expect(stream.transport.state).to.equal('connecting');
      await runLoop(loop);
      expect(stream.events).to.deep.equal(['connect', 'data', 'close']);
      expect(stream.text).to.equal('hello');
      expect(stream.remote).to.include(
        'port' in address ? { address: address.host, port: address.port } : { address: address.path, port: 0 },
      );
    });
  }

  it('tells a refusal with its code, once, and no connect (C75)', async () => {
    const { loop } = bench(poller);
    const stream = new RecordedStream(loop, { onClose: () => loop.stop() });
    stream.transport.connect({ host: '127.0.0.1', port: 1 });
    await runLoop(loop);
    expect(stream.events).to.deep.equal(['close']);
    expect(stream.error).to.have.property('code', 'ECONNREFUSED');
    expect(stream.transport.state).to.equal('closed');
  });

  it('gives up after its timeout with ETIMEDOUT (C75)', async () => {
    const { loop, lab } = bench(poller);
    const { address, used } = lab.swallow();
    for (let i = 0; i < used; i++) new RecordedStream(loop).transport.connect(address, { timeout: 100 });
    const stream = new RecordedStream(loop, { onClose: () => loop.stop() });
    stream.transport.connect(address, { timeout: 200 });
    const began = loop.time();
    await runLoop(loop);
    expect(stream.events).to.deep.equal(['close']);
    expect(stream.error).to.have.property('code', 'ETIMEDOUT');
    expect(loop.time() - began).to.be.at.least(199);
  });

  it('tells an abort while it connects as an end without error (C75, C83)', async () => {
    const bench_ = bench(poller);
    const stream = connected(bench_, 'silent');
    stream.transport.abort();
    expect(stream.events).to.deep.equal([]);
    await runLoop(bench_.loop);
    expect(stream.events).to.deep.equal(['close']);
    expect(stream.error).to.equal(null);
  });

  it('refuses a second connect, and a write before the first one', () => {
    const { loop, lab } = bench(poller);
    const stream = new RecordedStream(loop);
    expect(() => stream.transport.write(Uint8Array.of(1)))
      .to.throw()
      .with.property('code', 'STREAM_STATE');
    const address = lab.listen('silent');
    stream.transport.connect(address);
    expect(() => stream.transport.connect(address))
      .to.throw()
      .with.property('code', 'STREAM_STATE');
  });

  it('takes bytes while it connects and sends them then', async () => {
    const bench_ = bench(poller);
    const stream = connected(bench_, 'echo', {
      onData: () => {
        if (stream.length === 5) stream.transport.shutdown();
      },
    });
    stream.transport.write(Buffer.from('early'));
    await runLoop(bench_.loop);
    expect(stream.text).to.equal('early');
  });

  it('never calls back after a lookup was cancelled, before and after the loop ran (C76)', async () => {
    const { loop } = bench(poller);
    let calls = 0;
    const early = loop.transports.resolve('localhost', 1, 0, () => calls++);
    expect(early.cancel()).to.equal(true);
    expect(early.cancel()).to.equal(false);
    loop.addCallback(() => expect(late.cancel()).to.equal(true));
    const late = loop.transports.resolve('localhost', 1, 0, () => calls++);
    loop.callLater(100, () => loop.stop());
    await runLoop(loop);
    expect(calls).to.equal(0);
  });
}

function lookups(poller: PollerUnderTest): void {
  it('resolves localhost, and literals without asking anybody (C76)', async () => {
    const { loop } = bench(poller);
    const found: string[] = [];
    loop.transports.resolve('localhost', 5672, 0, (error, list) => {
      expect(error).to.equal(null);
      for (const { address, port } of list) found.push(`${address}:${port}`);
      loop.transports.resolve('127.0.0.1', 1, 0, (_, [literal]) => {
        expect(literal).to.deep.equal({ address: '127.0.0.1', port: 1, family: 4 });
        loop.stop();
      });
    });
    expect(found).to.deep.equal([]);
    await runLoop(loop);
    expect(found).to.include('127.0.0.1:5672');
  });

  it('tells that a name is unknown (C76)', async () => {
    const { loop } = bench(poller);
    let code: unknown;
    loop.transports.resolve('no-such-host.invalid', 1, 0, (error) => {
      code = (error as { code?: string } | null)?.code;
      loop.stop();
    });
    await runLoop(loop);
    expect(code).to.be.oneOf(['ENOTFOUND', 'EAI_AGAIN']);
  });
}

function bytes(poller: PollerUnderTest): void {
  const sizes = [1, 2, 4095, 4096, 4097, 65_535, 65_536, 65_537, 262_143, 262_144, 262_145, 3_000_001];
  it('carries 1 byte to 3 MB there and back, unharmed (C77)', async () => {
    for (const size of sizes) {
      const { loop, lab } = bench(poller);
      expect(await roundTrip(loop, lab, size), `${size} bytes`).to.deep.equal({ received: size, mismatch: -1 });
    }
  });

  it('carries 64 MiB there and back, unharmed (C77)', async () => {
    const { loop, lab } = bench(poller);
    expect(await roundTrip(loop, lab, 64 << 20)).to.deep.equal({ received: 64 << 20, mismatch: -1 });
  });

  it('copies what is smaller than 64 KiB: the caller may use its buffer again (C86)', async () => {
    const bench_ = bench(poller);
    const stream = connected(bench_, 'digest', {
      onConnect: () => {
        const buffer = new Uint8Array(1000);
        for (let i = 0; i < 2000; i++) {
          buffer.set(pattern(i * 1000, 1000));
          stream.transport.write(buffer);
          buffer.fill(0);
        }
        stream.transport.shutdown();
      },
    });
    await runLoop(bench_.loop);
    const expected = new Hash();
    expected.add(pattern(0, 2_000_000));
    expect(stream.text).to.equal(expected.text);
  });

  it('writes the parts of a writev in order, large ones by reference', async () => {
    const bench_ = bench(poller);
    const parts = [pattern(0, 7), pattern(7, 200_000), pattern(200_007, 1)];
    const stream = connected(bench_, 'digest', {
      onConnect: () => {
        stream.transport.writev(parts);
        stream.transport.shutdown();
      },
    });
    await runLoop(bench_.loop);
    const expected = new Hash();
    for (const part of parts) expected.add(part);
    expect(stream.text).to.equal(expected.text);
  });

  it('refuses an empty write and what is no bytes', () => {
    const bench_ = bench(poller);
    const stream = connected(bench_, 'silent');
    expect(() => stream.transport.write(new Uint8Array(0))).to.throw(TypeError);
    expect(() => stream.transport.write('text' as unknown as Uint8Array)).to.throw(TypeError); // a caller without types
    expect(() => stream.transport.writev([])).to.throw(TypeError);
  });

  it('counts bytes and remembers when they went', async () => {
    const bench_ = bench(poller);
    const { loop } = bench_;
    const stream = connected(bench_, 'echo', {
      onConnect: () => stream.transport.write(pattern(0, 100)),
      onData: () => {
        if (stream.length === 100) stream.transport.shutdown();
      },
    });
    const began = loop.time();
    await runLoop(loop);
    const { bytesRead, bytesWritten, lastRead, lastWrite } = stream.transport;
    expect([bytesRead, bytesWritten]).to.deep.equal([100, 100]);
    for (const time of [lastRead, lastWrite]) expect(time).to.be.within(began - 1, loop.time() + 1);
  });

  it('keeps 100 streams apart (C89)', async () => {
    const { loop, lab } = bench(poller);
    const address = lab.listen('echo');
    let left = 100;
    const wrong: number[] = [];
    for (let i = 0; i < 100; i++) {
      const payload = pattern(i * 7919, 1 + ((i * 2654435761) % 100_000));
      const stream = new RecordedStream(loop, {
        onConnect: () => stream.transport.write(payload),
        onData: () => {
          if (stream.length >= payload.length) stream.transport.shutdown();
        },
        onClose: () => {
          if (mismatch(Buffer.concat(stream.chunks), i * 7919) >= 0 || stream.length !== payload.length) wrong.push(i);
          if (--left === 0) loop.stop();
        },
      });
      stream.transport.connect(address);
    }
    await runLoop(loop);
    expect(wrong).to.deep.equal([]);
  });
}

/** Sends `size` bytes of the pattern through an echo, in pieces as large as flow control allows. */
async function roundTrip(loop: IOLoop, lab: StreamLab, size: number): Promise<{ received: number; mismatch: number }> {
  let received = 0;
  let wrong = -1;
  let sent = 0;
  const feed = (): void => {
    for (let goesOn = true; goesOn && sent < size; ) {
      const piece = pattern(sent, Math.min(size - sent, 100_000));
      sent += piece.length;
      goesOn = transport.write(piece);
    }
  };
  const transport: Transport = loop.transports.create({
    onConnect: feed,
    onDrain: feed,
    onData: (chunk) => {
      if (wrong < 0) wrong = mismatch(chunk, received);
      received += chunk.length;
      if (received === size) transport.shutdown();
    },
    onEof: () => false,
    onIdle() {},
    onClose: () => loop.stop(),
  });
  transport.connect(lab.listen('echo'));
  await runLoop(loop);
  return { received, mismatch: wrong };
}

function flow(poller: PollerUnderTest): void {
  it('gives nothing while paused, and the rest in a later turn after resume (C78)', async () => {
    const bench_ = bench(poller);
    const { loop } = bench_;
    let inside = false;
    const heard: boolean[] = [];
    const stream = connected(bench_, 'hello', {
      onConnect: () => {
        stream.transport.pause();
        loop.callLater(150, () => {
          heard.push(stream.length > 0);
          inside = true;
          stream.transport.resume();
          inside = false;
        });
      },
      onData: () => {
        heard.push(inside);
        stream.transport.shutdown();
      },
    });
    await runLoop(loop);
    expect(heard).to.deep.equal([false, false]);
    expect(stream.text).to.equal('hello');
  });

  it('gives no second piece of a turn to a handler that has paused', async () => {
    const bench_ = bench(poller);
    const { loop } = bench_;
    let paused = false;
    let broken = 0;
    const stream = connected(bench_, 'source', {
      onConnect: () => stream.transport.write(Buffer.from('1000000')),
      onData: () => {
        if (paused) broken++;
        paused = true;
        stream.transport.pause();
        loop.callLater(1, () => {
          paused = false;
          stream.transport.resume();
        });
      },
    });
    await runLoop(loop);
    expect([broken, stream.length]).to.deep.equal([0, 1_000_000]);
  });

  it('returns false above high water, drains once, and throws above the hard limit with nothing taken (C79)', async () => {
    const bench_ = bench(poller);
    const { loop, lab } = bench_;
    const piece = pattern(0, 1 << 20);
    const answers: boolean[] = [];
    let pieces = 0;
    const release = lab.listen('release');
    const stream = connected(bench_, 'stalled', {
      onConnect: () => {
        answers.push(stream.transport.write(piece.subarray(0, 1000)));
        // the kernel takes a few pieces meanwhile, so how many fit is not known beforehand
        const fill = (): void => {
          for (; pieces < 64; pieces++) answers.push(stream.transport.write(piece));
        };
        expect(fill).to.throw(RangeError);
        expect(() => stream.transport.writev(new Array(17).fill(piece))).to.throw(RangeError);
        ask_(loop, release);
      },
      onDrain: () => stream.transport.shutdown(),
    });
    await runLoop(loop);
    expect(answers[0]).to.equal(true);
    expect(answers.at(-1)).to.equal(false);
    expect(stream.events.filter((event) => event === 'drain')).to.have.length(1);
    const expected = new Hash();
    expected.add(piece.subarray(0, 1000));
    for (let i = 0; i < pieces; i++) expected.add(piece);
    expect(stream.text).to.equal(expected.text);
  });

  it('holds what a peer does not read, and delivers all of it when the peer reads again (C80)', async () => {
    const bench_ = bench(poller);
    const { loop, lab } = bench_;
    const release = lab.listen('release');
    const total = 14 << 20;
    let highest = 0;
    const stream = connected(bench_, 'stalled', {
      onConnect: () => {
        for (let at = 0; at < total; at += 1 << 16) stream.transport.write(pattern(at, 1 << 16));
        loop.callLater(200, () => {
          highest = stream.transport.writeBufferSize;
          ask_(loop, release);
        });
      },
      onDrain: () => stream.transport.shutdown(),
    });
    await runLoop(loop);
    expect(highest).to.be.within(1 << 20, total);
    const expected = new Hash();
    expected.add(pattern(0, total));
    expect(stream.text).to.equal(expected.text);
  });

  it('pushes the sender back while the loop does not read, and gets all of it later (C81)', async () => {
    const bench_ = bench(poller);
    const { loop } = bench_;
    let wrong = -1;
    let at = 0;
    const stream = connected(bench_, 'source', {
      onConnect: () => {
        stream.transport.write(Buffer.from('20000000'));
        stream.transport.pause();
        loop.callLater(300, () => stream.transport.resume());
      },
      onData: (chunk) => {
        if (wrong < 0) wrong = mismatch(chunk, at);
        at += chunk.length;
      },
    });
    await runLoop(loop);
    expect([at, wrong]).to.deep.equal([20_000_000, -1]);
    expect(stream.events).to.deep.equal(['connect', 'data', 'eof', 'close']);
  });

  it('tells an idle peer once, not while paused, and again after bytes (C91)', async () => {
    const bench_ = bench(poller);
    const { loop } = bench_;
    const silences: number[] = [];
    const stream = connected(bench_, 'echo', {
      onConnect: () => {
        stream.transport.keepAlive(new Uint8Array(0), 0, 60);
        loop.callLater(200, () => stream.transport.write(Uint8Array.of(1)));
        loop.callLater(400, () => {
          stream.transport.pause();
          stream.transport.write(Uint8Array.of(2));
        });
        loop.callLater(700, () => stream.transport.abort());
      },
      onIdle: (silence) => silences.push(silence),
    });
    await runLoop(loop);
    expect(silences).to.have.length(2);
    for (const silence of silences) expect(silence).to.be.at.least(59);
  });

  it('takes nobody for silent before it is connected', async () => {
    const bench_ = bench(poller);
    const { loop, lab } = bench_;
    connected(bench_, 'hello', { onData: () => loop.callLater(60, () => loop.stop()) });
    await runLoop(loop);
    const stream = new RecordedStream(loop, { onClose: () => loop.stop() });
    const { address, used } = lab.swallow();
    for (let i = 0; i < used; i++) new RecordedStream(loop).transport.connect(address);
    stream.transport.connect(address);
    stream.transport.keepAlive(new Uint8Array(0), 0, 20);
    loop.callLater(120, () => stream.transport.abort());
    await runLoop(loop);
    expect(stream.events).to.deep.equal(['close']);
  });

  it('sends the keep-alive bytes when nothing else was written, and counts them as a write', async () => {
    const bench_ = bench(poller);
    const { loop, lab } = bench_;
    const report = lab.listen('report');
    const stream = connected(bench_, 'witness', {
      onConnect: () => {
        stream.transport.keepAlive(Buffer.from('!'), 50, 0);
        stream.transport.write(Buffer.from('a'));
        loop.callLater(280, () => {
          stream.transport.keepAlive(new Uint8Array(0), 0, 0);
          stream.transport.shutdown();
        });
      },
    });
    await runLoop(loop);
    const text = (JSON.parse(await ask(loop, report)) as string[]).at(-1);
    expect(text).to.match(/^a!{2,5}$/);
  });
}

/** Until a peer has noted this: it may hear of our end after the one that reports is asked. */
async function untilNoted(loop: IOLoop, report: TcpAddress | UnixAddress, note: string): Promise<void> {
  const notes: string[] = [];
  // a report is a list of texts
  while (!notes.includes(note)) notes.push(...(JSON.parse(await ask(loop, report)) as string[]));
}

/** Connects there and lets it be. */
function ask_(loop: IOLoop, address: TcpAddress | UnixAddress): void {
  new RecordedStream(loop).transport.connect(address);
}

function theEnd(poller: PollerUnderTest): void {
  it('comes with the end of the loop, without a word, and there are no other streams after it', async () => {
    const bench_ = bench(poller);
    const { loop } = bench_;
    const stream = connected(bench_, 'silent', { onConnect: () => loop.stop() });
    await runLoop(loop);
    loop.close();
    expect([stream.transport.state, stream.events]).to.deep.equal(['closed', ['connect']]);
    expect(() => stream.transport.write(Uint8Array.of(1)))
      .to.throw()
      .with.property('code', 'STREAM_STATE');
    expect(() => new RecordedStream(loop)).to.throw(LoopClosedError);
    expect(() => loop.transports.resolve('localhost', 1, 0, () => {})).to.throw(LoopClosedError);
  });

  it('tells eof, then an end without error; the peer sees ours (C82)', async () => {
    const bench_ = bench(poller);
    const report = bench_.lab.listen('report');
    const stream = connected(bench_, 'leaving');
    await runLoop(bench_.loop);
    expect(stream.events).to.deep.equal(['connect', 'data', 'eof', 'close']);
    expect(stream.error).to.equal(null);
    await untilNoted(bench_.loop, report, 'after eof: ');
  });

  it('tells no eof while paused, and both ends after resume', async () => {
    const bench_ = bench(poller);
    const { loop } = bench_;
    const early: string[] = [];
    const stream = connected(bench_, 'leaving', {
      onData: () => {
        stream.transport.pause();
        loop.callLater(200, () => {
          early.push(...stream.events);
          stream.transport.resume();
        });
      },
    });
    await runLoop(loop);
    expect(early).to.deep.equal(['connect', 'data']);
    expect(stream.events).to.deep.equal(['connect', 'data', 'eof', 'close']);
  });

  it('stays half open when onEof says so: our side still sends (C82)', async () => {
    const bench_ = bench(poller);
    const { loop, lab } = bench_;
    const report = lab.listen('report');
    const stream = connected(bench_, 'leaving', {
      onEof: () => {
        loop.callLater(50, () => {
          stream.transport.write(Buffer.from('one more thing'));
          stream.transport.shutdown();
        });
        return true;
      },
    });
    await runLoop(loop);
    expect(stream.error).to.equal(null);
    await untilNoted(loop, report, 'after eof: one more thing');
  });

  it('ends later and once after abort, without eof or error (C83)', async () => {
    const bench_ = bench(poller);
    const stream = connected(bench_, 'hello', {
      onData: () => {
        stream.transport.abort();
        stream.transport.abort();
        expect(stream.events).to.not.include('close');
        expect(stream.transport.state).to.equal('closed');
      },
    });
    await runLoop(bench_.loop);
    expect(stream.events).to.deep.equal(['connect', 'data', 'close']);
    expect(stream.error).to.equal(null);
  });

  it('tells a reset by the peer with its code (C84)', async () => {
    const bench_ = bench(poller);
    const stream = connected(bench_, 'resetting', { onConnect: () => stream.transport.write(Uint8Array.of(1)) });
    await runLoop(bench_.loop);
    expect(stream.events).to.deep.equal(['connect', 'close']);
    expect(stream.error).to.have.property('code', 'ECONNRESET');
  });

  it('sends what was buffered before shutdown ends our side', async () => {
    const bench_ = bench(poller);
    const stream = connected(bench_, 'digest', {
      onConnect: () => {
        for (let i = 0; i < 12; i++) stream.transport.write(pattern(i << 20, 1 << 20));
        stream.transport.shutdown();
        expect(() => stream.transport.write(Uint8Array.of(1)))
          .to.throw()
          .with.property('code', 'STREAM_STATE');
      },
    });
    await runLoop(bench_.loop);
    const expected = new Hash();
    expected.add(pattern(0, 12 << 20));
    expect(stream.text).to.equal(expected.text);
  });

  it('writes from inside onData, and a close comes after the data before it (C87)', async () => {
    const bench_ = bench(poller);
    const stream = connected(bench_, 'echo', {
      onConnect: () => stream.transport.write(Buffer.from('a')),
      onData: () => {
        if (stream.text.length < 5) stream.transport.write(Buffer.from('b'));
        else stream.transport.shutdown();
      },
    });
    await runLoop(bench_.loop);
    expect(stream.text).to.equal('abbbb');
    expect(stream.events).to.deep.equal(['connect', 'data', 'close']);
  });
}

function handlerErrors(poller: PollerUnderTest): void {
  for (const name of ['onConnect', 'onData', 'onEof'] as const) {
    it(`closes the stream with the error that ${name} threw; the loop goes on (C85)`, async () => {
      const bench_ = bench(poller);
      const error = new Error(`from ${name}`);
      let later = false;
      const stream = connected(bench_, 'leaving', {
        [name]: () => {
          throw error;
        },
        onClose: () => bench_.loop.addCallback(() => (later = true)),
      });
      await runLoop(bench_.loop);
      bench_.loop.callLater(0, () => bench_.loop.stop());
      await runLoop(bench_.loop);
      expect(stream.error).to.equal(error);
      expect(stream.events.filter((event) => event === 'close')).to.have.length(1);
      expect(later).to.equal(true);
    });
  }
}

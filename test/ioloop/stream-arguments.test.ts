import { expect } from 'chai';
import { type ConnectOptions, IOLoop, LibuvHost, type TransportFactory, UnsupportedError } from '../../ioloop/index.ts';
import { describeEachPoller } from '../support/each-poller.ts';
import { runGuarded } from '../support/run-loop.ts';
import { quietHandlers } from '../support/stream-handlers.ts';
import { RecordedStream, streamLab } from '../support/stream-lab.ts';

describeEachPoller('Arguments of byte streams', ({ open }) => {
  areChecked(() => open().transports, ['a WebSocket', { url: 'ws://localhost' }, UnsupportedError]);

  it('leave the other streams alone when a lookup was asked for nonsense', () => {
    const loop = open();
    const stream = greeted(loop);
    expect(() => loop.transports.resolve(wrong(5), 5672, 0, () => {})).to.throw(TypeError);
    runGuarded(loop);
    expect([stream.events.at(-1), stream.error]).to.deep.equal(['close', null]);
  });

  it('take an endless limit for connecting as none', () => {
    const loop = open();
    const stream = greeted(loop, { timeout: Number.POSITIVE_INFINITY });
    runGuarded(loop);
    expect([stream.events[0], stream.error]).to.deep.equal(['connect', null]);
  });
});

describe("Arguments of a host's streams", () => {
  areChecked(() => new LibuvHost().transports, ['a page', { url: 'http://localhost' }, RangeError]);
});

describe('Arguments of streams in the I/O thread', () => {
  it('must be plain data', () => {
    const loop = new IOLoop({ poller: 'worker', makeCurrent: false });
    const stream = loop.transports.create(quietHandlers());
    const tls = wrong<NonNullable<ConnectOptions['tls']>>({ checkServerIdentity: () => undefined });
    expect(() => stream.connect({ host: 'localhost', port: 5671 }, { tls })).to.throw(
      TypeError,
      'tls.checkServerIdentity',
    );
    expect(stream.state).to.equal('new');
    loop.close();
  });
});

type WrongAddress = [string, unknown, typeof TypeError | typeof RangeError | typeof UnsupportedError];

function areChecked(transports: () => TransportFactory, last: WrongAddress): void {
  const addresses: WrongAddress[] = [
    ['nothing', null, TypeError],
    ['a host that is no text', { host: 5, port: 1 }, TypeError],
    ['an empty host', { host: '', port: 1 }, RangeError],
    ['a port that is no number', { host: 'localhost', port: '5672' }, TypeError],
    ['a port above 65535', { host: 'localhost', port: 65_536 }, RangeError],
    ['an unknown family', { host: 'localhost', port: 1, family: 5 }, RangeError],
    ['an empty path', { path: '' }, RangeError],
    last,
  ];
  for (const [what, to, error] of addresses) {
    it(`refuse ${what} as an address, at the call`, () => {
      const stream = transports().create(quietHandlers());
      expect(() => stream.connect(wrong(to))).to.throw(error);
      expect(stream.state).to.equal('new');
    });
  }

  it('refuse limits and TLS options of a wrong kind, at the call', () => {
    const stream = transports().create(quietHandlers());
    const connect = (options: unknown) => (): void => stream.connect({ host: '127.0.0.1', port: 1 }, wrong(options));
    expect(connect({ timeout: -1 })).to.throw(RangeError);
    expect(connect({ timeout: Number.NaN })).to.throw(TypeError);
    expect(connect({ tls: null })).to.throw(TypeError);
    expect(stream.state).to.equal('new');
  });

  it('refuse lookups of what is no name, at the call', () => {
    const factory = transports();
    const resolve =
      (...args: unknown[]) =>
      (): unknown =>
        factory.resolve(...wrong<Parameters<typeof factory.resolve>>(args));
    expect(resolve(undefined, 1, 0, () => {})).to.throw(TypeError);
    expect(resolve('', 1, 0, () => {})).to.throw(RangeError);
    expect(resolve('localhost', 1, 5, () => {})).to.throw(RangeError);
    expect(resolve('localhost', 1, 0)).to.throw(TypeError);
  });

  it('refuse keep-alives that are too long, or times that are none', () => {
    const stream = transports().create(quietHandlers());
    expect(() => stream.keepAlive(new Uint8Array(17), 1000, 0)).to.throw(RangeError);
    expect(() => stream.keepAlive(new Uint8Array(8), -1, 0)).to.throw(RangeError);
    expect(() => stream.keepAlive(new Uint8Array(8), 0, Number.NaN)).to.throw(TypeError);
  });

  it('refuse an empty list of parts', () => {
    expect(() => transports().create(quietHandlers()).writev([])).to.throw(TypeError);
  });
}

/** Connected to a peer that says something; the loop stops when the stream is closed. */
function greeted(loop: IOLoop, options: ConnectOptions = {}): RecordedStream {
  const stream = new RecordedStream(loop, {
    onData: () => stream.transport.shutdown(),
    onClose: () => loop.stop(),
  });
  stream.transport.connect(streamLab(loop).listen('hello'), options);
  return stream;
}

/** What the types forbid: programs in JavaScript have none. */
function wrong<T>(value: unknown): T {
  return value as T;
}

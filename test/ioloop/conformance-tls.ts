import { expect } from 'chai';
import type { IOLoop, TcpAddress, TlsInfo, TlsOptions } from '../../ioloop/index.ts';
import { Authority } from '../support/certificates.ts';
import type { PollerUnderTest } from '../support/each-poller.ts';
import { Hash, pattern } from '../support/peers.ts';
import { runLoop } from '../support/run-loop.ts';
import { RecordedStream } from '../support/stream-lab.ts';
import { type ServerOptions, StreamServer } from '../support/stream-server.ts';

/** TLS on byte streams, from their beginning and in the middle: C88. */
export function tlsStreams({ open, virtual }: PollerUnderTest): void {
  // bytes in memory need no secrecy
  if (virtual) return;
  const authority = new Authority('pikaloop test root');
  const stranger = new Authority('somebody else');
  const identity = authority.issue({ commonName: 'server', hosts: ['localhost', '127.0.0.1', 'broker.example'] });
  const server = new StreamServer();
  let loop: IOLoop;

  beforeEach(() => {
    loop = open();
  });
  after(() => server.terminate());

  /** Connects, and shuts down when `reply` came or at once when none is awaited. */
  async function connect(
    tls: TlsOptions,
    options: ServerOptions['tls'] = identity,
    host = '127.0.0.1',
  ): Promise<{ stream: RecordedStream; info: TlsInfo | undefined }> {
    const address = server.listen('hello', { tls: options }) as TcpAddress;
    let info: TlsInfo | undefined;
    const stream = new RecordedStream(loop, {
      onSecuring: () => stream.events.push('securing'),
      onConnect: (connected) => {
        info = connected.tls;
      },
      onData: () => stream.transport.shutdown(),
      onClose: () => loop.stop(),
    });
    stream.transport.connect({ host, port: address.port, family: 4 }, { tls });
    await runLoop(loop);
    return { stream, info };
  }

  it('verifies the peer against the given authority and tells what was agreed (C88)', async () => {
    const { stream, info } = await connect({ ca: authority.cert });
    expect(stream.events).to.deep.equal(['securing', 'connect', 'data', 'close']);
    expect(stream.text).to.equal('hello');
    expect(info).to.include({ protocol: 'TLSv1.3', authorized: true });
    expect(info?.cipher).to.match(/^TLS_/);
  });

  it('checks the name that was connected to, and sends it', async () => {
    expect((await connect({ ca: authority.cert }, identity, 'localhost')).stream.text).to.equal('hello');
  });

  it('takes the authority as bytes, and one of several', async () => {
    const { stream } = await connect({ ca: [Buffer.from(stranger.cert), Buffer.from(authority.cert)] });
    expect(stream.text).to.equal('hello');
  });

  it('checks serverHostname in place of the host', async () => {
    expect((await connect({ ca: authority.cert, serverHostname: 'broker.example' })).stream.text).to.equal('hello');
  });

  const refused: [string, TlsOptions, ServerOptions['tls'], string][] = [
    [
      'a name that the certificate does not carry',
      { ca: authority.cert, serverHostname: 'other.example' },
      identity,
      'ERR_TLS_CERT_ALTNAME_INVALID',
    ],
    ['a root that nobody named', {}, identity, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['another root', { ca: stranger.cert }, identity, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    [
      'a certificate that has expired',
      { ca: authority.cert },
      authority.issue({
        commonName: 'old',
        hosts: ['127.0.0.1'],
        notBefore: new Date(2020, 0),
        notAfter: new Date(2021, 0),
      }),
      'CERT_HAS_EXPIRED',
    ],
  ];
  for (const [what, tls, options, code] of refused) {
    it(`refuses ${what}, with the code of the reason and no connect (C88)`, async () => {
      const { stream } = await connect(tls, options);
      expect(stream.events).to.deep.equal(['securing', 'close']);
      expect(stream.error).to.have.property('code', code);
      expect(stream.error?.message).to.not.equal('');
    });
  }

  it('tells an expired certificate in words (C88)', async () => {
    const expired = authority.issue({
      commonName: 'old',
      hosts: ['127.0.0.1'],
      notBefore: new Date(2020, 0),
      notAfter: new Date(2021, 0),
    });
    expect((await connect({ ca: authority.cert }, expired)).stream.error?.message).to.equal('certificate has expired');
  });

  it('takes an unverified peer only when told to', async () => {
    const { stream, info } = await connect({ rejectUnauthorized: false });
    expect(stream.text).to.equal('hello');
    expect(info?.authorized).to.equal(false);
  });

  it('shows its own certificate to a peer that asks for one (C88)', async () => {
    const asking = { ...identity, ca: authority.cert, requestCert: true, rejectUnauthorized: true };
    const client = authority.issue({ commonName: 'client' });
    expect((await connect({ ca: authority.cert, ...client }, asking)).stream.text).to.equal('hello');
    const { stream } = await connect({ ca: authority.cert }, asking);
    expect(stream.text).to.equal('');
  });

  it('tells a key that cannot be read as the end of the stream, without the key', async () => {
    const { stream } = await connect({ ca: authority.cert, cert: identity.cert, key: 'no key at all' });
    expect(stream.events.at(-1)).to.equal('close');
    expect(stream.error).to.be.an('error');
    expect(stream.error?.message).to.not.include('no key at all');
  });

  it('tells a peer that speaks no TLS as an error', async () => {
    const address = server.listen('hello');
    const stream = new RecordedStream(loop, { onClose: () => loop.stop() });
    stream.transport.connect(address, { tls: { ca: authority.cert } });
    await runLoop(loop);
    expect(stream.events).to.deep.equal(['close']);
    expect(stream.error).to.have.property('code');
  });

  it('carries 20 MB both ways, unharmed', async () => {
    const size = 20 << 20;
    const hash = new Hash();
    let sent = 0;
    const feed = (): void => {
      for (let goesOn = true; goesOn && sent < size; sent += 1 << 17) {
        goesOn = stream.transport.write(pattern(sent, 1 << 17));
      }
    };
    const stream = new RecordedStream(loop, {
      onConnect: feed,
      onDrain: feed,
      onData: (bytes) => {
        hash.add(bytes);
        if (stream.length === size) stream.transport.shutdown();
      },
      onClose: () => loop.stop(),
    });
    stream.transport.connect(server.listen('echo', { tls: identity }), { tls: { ca: authority.cert } });
    await runLoop(loop);
    const expected = new Hash();
    expected.add(pattern(0, size));
    expect(hash.text).to.equal(expected.text);
  });

  it('begins in mid-stream, after what was written before it (C88)', async () => {
    const stream = new RecordedStream(loop, {
      onConnect: () => stream.transport.write(Buffer.from('let us')),
      onData: () => {
        if (stream.text === 'go ahead') {
          stream.transport.startTls({ ca: authority.cert });
          stream.transport.write(Buffer.from('secret'));
        } else if (stream.text === 'go aheadsecret') stream.transport.shutdown();
      },
      onClose: () => loop.stop(),
    });
    stream.transport.connect(server.listen('echo', { tls: identity, startTls: true }));
    await runLoop(loop);
    expect(stream.text).to.equal('go aheadsecret');
    expect(stream.error).to.equal(null);
  });

  it('sends nothing in plain that was written after startTls(), however awake the I/O thread is', async () => {
    // its bytes have the thread look at shared memory before it looks at its messages
    const other = new RecordedStream(loop);
    other.transport.connect(server.listen('silent'));
    const stream = new RecordedStream(loop, {
      onConnect: () => stream.transport.write(Buffer.from('let us')),
      onData: () => {
        if (stream.text !== 'go ahead') {
          stream.transport.shutdown();
          return;
        }
        other.transport.write(Uint8Array.of(1));
        stream.transport.startTls({ ca: authority.cert });
        stream.transport.write(Buffer.from('secret'));
        // long enough for the thread to be there
        for (const end = performance.now() + 20; performance.now() < end; );
      },
      onClose: () => loop.stop(),
    });
    stream.transport.connect(server.listen('echo', { tls: identity, startTls: true }));
    await runLoop(loop);
    expect([stream.text, stream.error]).to.deep.equal(['go aheadsecret', null]);
  });

  it('ends the stream when TLS in mid-stream does not verify', async () => {
    const stream = new RecordedStream(loop, {
      onConnect: () => stream.transport.write(Buffer.from('let us')),
      onData: () => stream.transport.startTls({ ca: stranger.cert }),
      onClose: () => loop.stop(),
    });
    stream.transport.connect(server.listen('echo', { tls: identity, startTls: true }));
    await runLoop(loop);
    expect(stream.error).to.have.property('code', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });
}

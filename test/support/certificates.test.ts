import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { Authority, type Identity } from './certificates.ts';

describe('Authority', () => {
  const authority = new Authority('pikaloop test authority');

  it('issues certificates that it has signed, for the hosts that were asked for', () => {
    const { cert } = authority.issue({ commonName: 'broker', hosts: ['localhost', '127.0.0.1', '::1'] });
    const parsed = new X509Certificate(cert);
    expect(parsed.verify(new X509Certificate(authority.cert).publicKey)).to.equal(true);
    expect(parsed.checkHost('localhost')).to.equal('localhost');
    expect(parsed.checkIP('127.0.0.1')).to.equal('127.0.0.1');
    expect(parsed.checkIP('::1')).to.equal('::1');
    expect(parsed.checkHost('example.org')).to.equal(undefined);
  });

  it('is trusted by a TLS client that was given its certificate', async () => {
    const server = authority.issue({ commonName: 'broker', hosts: ['localhost'] });
    expect(await handshake(server, authority)).to.equal(null);
  });

  it('gives certificates that are refused after their time', async () => {
    const notBefore = new Date(2001, 0, 1);
    const server = authority.issue({
      commonName: 'b',
      hosts: ['localhost'],
      notBefore,
      notAfter: new Date(2002, 0, 1),
    });
    expect(await handshake(server, authority)).to.equal('CERT_HAS_EXPIRED');
  });

  it('is not trusted by a client that knows another authority', async () => {
    const server = authority.issue({ commonName: 'broker', hosts: ['localhost'] });
    expect(await handshake(server, new Authority('somebody else'))).to.equal('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });
});

/** @returns the code of the client's error, null when it trusts the server */
async function handshake(server: Identity, trusted: Identity): Promise<string | null> {
  const listener = createServer({ cert: server.cert, key: server.key }).on('tlsClientError', () => undefined);
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo; // a TCP server's
  let socket: TLSSocket | undefined;
  try {
    return await new Promise((resolve) => {
      socket = connect({ host: '127.0.0.1', port, servername: 'localhost', ca: trusted.cert }, () => resolve(null));
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    });
  } finally {
    socket?.destroy();
    listener.close();
  }
}

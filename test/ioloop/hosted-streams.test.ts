import { HOST_STREAMS } from '../support/host-streams.ts';
import { hostUnderTest } from '../support/host-under-test.ts';
import { busyStreams } from './conformance-busy.ts';
import { streams } from './conformance-streams.ts';
import { tlsStreams } from './conformance-tls.ts';

for (const kind of HOST_STREAMS) {
  describe(`Byte streams of a host [${kind.name}]`, () => {
    const host = hostUnderTest(kind);
    streams(host);
    describe('with TLS', () => tlsStreams(host));
    if (kind.threaded) describe('of busy threads', () => busyStreams(host));
  });
}

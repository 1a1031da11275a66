import { expect } from 'chai';
import {
  AMQPConnectionWorkflowFailed,
  AMQPConnectorSocketConnectError,
  AMQPConnectorTransportSetupError,
} from '../../adapters/index.ts';

describe('An error of connecting', () => {
  const systemError = (code: string, text: string): Error => Object.assign(new Error(text), { code });

  it('says what can be done about it', () => {
    const refused = systemError('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:5672');
    expect(new AMQPConnectorSocketConnectError(refused, 'h', 5672).message).to.equal(
      'no connection to the broker: connect ECONNREFUSED 127.0.0.1:5672; ' +
        'nothing listens there: look whether the broker runs, and at host and port (h:5672)',
    );
    const unsigned = systemError('SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate in certificate chain');
    expect(new AMQPConnectorTransportSetupError(unsigned, 'h', 5671).message).to.include('sslOptions.ca');
  });

  it('spares the reader the sources of OpenSSL', () => {
    const text =
      'C0567FE7797F0000:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../deps/x/ssl3_record.c:350:\n';
    const error = new AMQPConnectorTransportSetupError(systemError('ERR_SSL_WRONG_VERSION_NUMBER', text), 'h', 5672);
    expect(error.message).to.match(
      /^TLS failed: wrong version number; the peer does not speak TLS: .*5671 \(h:5672\)$/,
    );
  });

  it('adds nothing to what it does not know', () => {
    for (const exception of [new Error('mine'), systemError('toString', 'mine')]) {
      const error = new AMQPConnectorSocketConnectError(exception, 'h', 1);
      expect(error.message).to.equal('no connection to the broker: mine (h:1)');
      expect(error.exception).to.equal(error.cause);
    }
  });

  it('counts the attempts where there were several', () => {
    const last = new AMQPConnectorSocketConnectError(new Error('mine'), 'h', 1);
    expect(new AMQPConnectionWorkflowFailed([last]).message).to.equal(`connecting failed: ${last.message}`);
    expect(new AMQPConnectionWorkflowFailed([last, last]).message).to.equal(
      `all 2 attempts failed; the last: ${last.message}`,
    );
  });
});

import { expect } from 'chai';
import {
  AMQPConnectionError,
  AMQPConnectionWorkflowFailed,
  BlockingConnection,
  ConnectionWrongStateError,
  IncompatibleProtocolError,
  ProbableAccessDeniedError,
  ProbableAuthenticationError,
} from '../../../adapters/index.ts';
import type { Broker } from '../../support/describe-broker.ts';
import type { ProxyRule } from '../../support/frame-proxy.ts';
import { freePorts } from '../../support/free-ports.ts';
import { parametersOf } from '../adapter-under-test.ts';
import { caught, expectFault } from '../caught.ts';
import { Session } from './session.ts';

/** Rows B1 to B5, B12 to B14, B20 to B22 and B33: how a blocking connection opens, and what it knows then. */
export function openingRows(broker: Broker): void {
  const session = new Session(broker);

  it('B1 it is open, and not closed, from its constructor to close()', () => {
    const connection = session.connect();
    expect([connection.isOpen, connection.isClosed]).to.deep.equal([true, false]);
    connection.close();
    expect([connection.isOpen, connection.isClosed]).to.deep.equal([false, true]);
  });

  it('B2 it opens without socketTimeout and stackTimeout', () => {
    expect(session.connect({ socketTimeout: null, stackTimeout: null }).isOpen).to.equal(true);
  });

  it('B3 it is connected with the second config when the first is refused', async () => {
    const [port = 0] = await freePorts(1);
    const good = parametersOf(broker);
    const connection = new BlockingConnection([{ host: '127.0.0.1', port }, good]);
    expect([connection.params.host, connection.params.port]).to.deep.equal([good.host, good.port]);
    connection.close();
  });

  it('B4 it throws an AMQPConnectionError with both reasons when two configs are refused', async () => {
    const ports = await freePorts(2);
    const error = caught(() => new BlockingConnection(ports.map((port) => ({ host: '127.0.0.1', port }))));
    expect(error).to.be.instanceOf(AMQPConnectionError).and.instanceOf(AMQPConnectionWorkflowFailed);
    const { exceptions } = error as AMQPConnectionWorkflowFailed;
    expect(exceptions.map((exception) => (exception as AMQPConnectionError).port)).to.deep.equal(ports);
    expect(error.message).to.include(`127.0.0.1:${ports[1]}`);
  });

  it('B5 it throws an AMQPConnectionError with its cause when the only config is refused', async () => {
    const [port = 0] = await freePorts(1);
    const error = caught(() => new BlockingConnection({ host: '127.0.0.1', port }));
    expect(error).to.be.instanceOf(AMQPConnectionError).and.not.instanceOf(AMQPConnectionWorkflowFailed);
    expect(error).to.include({ host: '127.0.0.1', port });
    expect(error.cause).to.be.instanceOf(Error).with.property('code', 'ECONNREFUSED');
  });

  it('B12 updateSecret() leaves connection and channel open', () => {
    const connection = session.connect();
    const channel = connection.channel();
    connection.updateSecret({ newSecret: 'guest', reason: 'a test' });
    expect([connection.isOpen, channel.isOpen]).to.deep.equal([true, true]);
    expect(channel.queueDeclare({ exclusive: true }).queue).to.be.a('string');
  });

  it('B13 updateSecret() on a closed connection throws ConnectionWrongStateError', () => {
    const connection = session.connect();
    connection.close();
    const error = caught(() => connection.updateSecret({ newSecret: 'guest', reason: 'a test' }));
    expect(error).to.be.instanceOf(ConnectionWrongStateError);
  });

  it('B14 updateSecret() takes nothing but strings', () => {
    const connection = session.connect();
    const wrong = (fields: object): void => connection.updateSecret(fields as never);
    expectFault(() => wrong({ newSecret: 5, reason: 'a test' }), TypeError, 'ARG_TYPE', 'newSecret');
    expectFault(() => wrong({ newSecret: 'guest', reason: null }), TypeError, 'ARG_TYPE', 'reason');
    expect(connection.isOpen).to.equal(true);
  });

  const cuts: readonly [string, ProxyRule['at'], abstract new (...args: never[]) => Error][] = [
    ['B20 a reset during Start', 'connection.start-ok', ProbableAuthenticationError],
    ['B21 a reset during Tune', 'connection.tune-ok', ProbableAccessDeniedError],
    ['B22 a reset just after connecting', 'protocol header', IncompatibleProtocolError],
  ];
  for (const [title, at, Expected] of cuts) {
    it(`${title} is told as ${Expected.name}`, () => {
      const error = caught(() => session.proxied({}, { from: 'client', at, act: 'reset' }));
      expect(error).to.be.instanceOf(Expected).and.instanceOf(AMQPConnectionError);
    });
  }

  it('B33 isOpen and what the broker supports are true, isClosed is false, on an open connection', () => {
    const connection = session.connect();
    expect(connection.isOpen).to.equal(true);
    expect(connection.isClosed).to.equal(false);
    expect(connection.basicNackSupported).to.equal(true);
    expect(connection.consumerCancelNotifySupported).to.equal(true);
    expect(connection.exchangeExchangeBindingsSupported).to.equal(true);
    expect(connection.publisherConfirmsSupported).to.equal(true);
    const { basicNack, consumerCancelNotify, exchangeExchangeBindings, publisherConfirms } = connection;
    expect([basicNack, consumerCancelNotify, exchangeExchangeBindings, publisherConfirms]).to.deep.equal(
      Array(4).fill(true),
    );
  });

  it('lives on a loop of the poller that was configured, and tells what it knows of the broker', () => {
    const connection = session.connect();
    expect(connection.serverProperties.product).to.equal('RabbitMQ');
    expect(connection.serverProperties.capabilities).to.deep.equal(connection.serverCapabilities);
    expect(connection.bytesSent).to.be.above(0);
    expect(connection.framesReceived).to.be.at.least(3);
  });

  it('refuses an empty list of configs, and a config that is none', () => {
    expectFault(() => new BlockingConnection([]), RangeError, 'ARG_RANGE', 'configs');
    expect(() => new BlockingConnection(5 as never)).to.throw(TypeError);
  });
}

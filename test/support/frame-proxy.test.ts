import { expect } from 'chai';
import { SelectConnection } from '../../adapters/index.ts';
import type { AMQPError } from '../../amqp/index.ts';
import { CONNECTION_BLOCKED } from '../../amqp/index.ts';
import { startBackgroundBroker } from '../kit/index.ts';
import { FrameProxy, type ProxyRule } from './frame-proxy.ts';

describe('A frame proxy', () => {
  const broker = startBackgroundBroker();
  after(() => broker.stop());

  /** Opens and closes a connection through the proxy. */
  function live(proxy: FrameProxy, onOpen: (connection: SelectConnection) => void): AMQPError[] {
    const errors: AMQPError[] = [];
    const note = (_connection: SelectConnection, error: AMQPError): void => void errors.push(error);
    const connection = new SelectConnection(proxy.url, onOpen, note, note);
    connection.ioloop.start();
    connection.ioloop.close();
    return errors;
  }

  it('passes frames both ways, and tells which methods the client sent', () => {
    const proxy = new FrameProxy(broker);
    const errors = live(proxy, (connection) => connection.close());
    expect(errors.map(({ name }) => name)).to.deep.equal(['ConnectionClosedByClient']);
    expect(proxy.seen()).to.deep.equal([
      'protocol header',
      'connection.start-ok',
      'connection.tune-ok',
      'connection.open',
      'connection.close',
    ]);
    proxy.close();
  });

  it('has the client read what the broker never sent, and cuts it off', () => {
    const proxy = new FrameProxy(broker);
    const reasons: unknown[] = [];
    const errors = live(proxy, (connection) => {
      connection.addOnConnectionBlockedCallback((_connection, event) => {
        reasons.push(event);
        proxy.cut();
      });
      proxy.pretend(0, CONNECTION_BLOCKED, { reason: 'pretended' });
    });
    expect(reasons).to.deep.equal([{ name: 'connection.blocked', reason: 'pretended' }]);
    expect(errors.map(({ name }) => name)).to.deep.equal(['StreamLostError']);
    proxy.close();
  });

  const rules: readonly [ProxyRule, string][] = [
    [{ from: 'client', at: 'protocol header', act: 'reset' }, 'IncompatibleProtocolError'],
    [{ from: 'client', at: 'connection.start-ok', act: 'reset' }, 'ProbableAuthenticationError'],
    [{ from: 'client', at: 'connection.open', act: 'end' }, 'ProbableAccessDeniedError'],
    [{ from: 'broker', at: 'connection.close-ok', act: 'end' }, 'StreamLostError'],
  ];
  for (const [rule, name] of rules) {
    it(`does what it was told at ${rule.at} (${rule.act})`, () => {
      const proxy = new FrameProxy(broker, rule);
      const errors = live(proxy, (connection) => connection.close());
      expect(errors.map((error) => error.name)).to.deep.equal([name]);
      proxy.close();
    });
  }
});

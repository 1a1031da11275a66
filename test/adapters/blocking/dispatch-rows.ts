import { expect } from 'chai';
import {
  type BlockingConnection,
  ConnectionBlockedTimeout,
  ConnectionWrongStateError,
} from '../../../adapters/index.ts';
import { CONNECTION_BLOCKED, CONNECTION_UNBLOCKED } from '../../../amqp/index.ts';
import type { Broker } from '../../support/describe-broker.ts';
import { caught } from '../caught.ts';
import { durationOf, LIMIT, QUICK, Session, until } from './session.ts';

/** Rows B23 to B32: timers, calls from elsewhere and blocked connections, as events of the dispatching calls. */
export function dispatchRows(broker: Broker): void {
  const session = new Session(broker);
  const waits = [
    ['B23', 'processDataEvents', (connection: BlockingConnection, ms: number) => connection.processDataEvents(ms)],
    ['B32', 'sleep', (connection: BlockingConnection, ms: number) => connection.sleep(ms)],
  ] as const;
  for (const [row, name, wait] of waits) {
    it(`${row} ${name}(0) is quick, ${name}(5) takes 5 ms and is quick`, () => {
      const connection = session.connect();
      expect(durationOf(() => wait(connection, 0))).to.be.below(QUICK);
      const begin = connection.ioloop.time();
      wait(connection, 5);
      expect(connection.ioloop.time() - begin).to.be.within(5, QUICK);
    });
  }

  it('B24 sleep(0) calls the callbacks for Blocked and Unblocked once, with the connection and the frame', () => {
    const [connection, proxy] = session.proxied();
    const channel = connection.channel();
    const calls: unknown[][] = [];
    connection.addOnConnectionBlockedCallback((...args) => calls.push(['blocked', ...args]));
    connection.addOnConnectionUnblockedCallback((...args) => calls.push(['unblocked', ...args]));
    proxy.pretend(0, CONNECTION_BLOCKED, { reason: 'a test' });
    proxy.pretend(0, CONNECTION_UNBLOCKED);
    channel.queueDeclare({ exclusive: true }); // its answer comes after them
    expect(calls).to.deep.equal([]);
    connection.sleep(0);
    connection.sleep(0);
    expect(calls.map(([which]) => which)).to.deep.equal(['blocked', 'unblocked']);
    expect(calls.every(([, from]) => from === connection)).to.equal(true);
    expect(calls.map(([, , frame]) => frame)).to.deep.equal([
      { name: 'connection.blocked', reason: 'a test' },
      { name: 'connection.unblocked' },
    ]);
  });

  it('B25 with blocked_connection_timeout of 1 ms, Blocked makes processDataEvents() throw ConnectionBlockedTimeout', () => {
    const [connection, proxy] = session.proxied({ blockedConnectionTimeout: 1 });
    proxy.pretend(0, CONNECTION_BLOCKED, { reason: 'a test' });
    const error = caught(() => until(connection, () => false));
    expect(error).to.be.instanceOf(ConnectionBlockedTimeout).and.include({ reason: 'a test' });
    expect(connection.isClosed).to.equal(true);
  });

  it('B26 a threadsafe callback of the same thread is called once, and quickly', () => {
    const connection = session.connect();
    let called = 0;
    connection.addCallbackThreadsafe(() => called++);
    expect(durationOf(() => until(connection, () => called > 0))).to.be.below(QUICK);
    connection.sleep(20);
    expect(called).to.equal(1);
  });

  it('B27 a call of another thread is an event of this one, and ends its wait', () => {
    const connection = session.connect();
    const heard: unknown[] = [];
    connection.expose('ring', (...args) => heard.push(...args));
    const courier = session.courier(connection);
    courier.send('ring', 'hello', { n: 1 });
    until(connection, () => heard.length > 0); // its thread has started
    courier.send('ring', 'again');
    expect(durationOf(() => connection.processDataEvents(LIMIT))).to.be.below(QUICK);
    expect(heard).to.deep.equal(['hello', { n: 1 }, 'again']);
  });

  it('B28 a threadsafe callback on a closed connection throws ConnectionWrongStateError', () => {
    const connection = session.connect();
    connection.close();
    expect(caught(() => connection.addCallbackThreadsafe(() => {}))).to.be.instanceOf(ConnectionWrongStateError);
  });

  it('B29 a timer fires once, removing it afterwards is harmless, and one that was removed never fires', () => {
    const connection = session.connect();
    const fired: string[] = [];
    const timer = connection.callLater(5, () => fired.push('kept'));
    connection.removeTimeout(connection.callLater(1, () => fired.push('removed')));
    until(connection, () => fired.length > 0);
    connection.removeTimeout(timer);
    connection.sleep(100);
    expect(fired).to.deep.equal(['kept']);
  });

  it('B29 a timer fires only in a dispatch, and can be removed as long as it was not dispatched', () => {
    const connection = session.connect();
    const fired: string[] = [];
    connection.callLater(0, () => fired.push('kept'));
    const due = connection.callLater(0, () => fired.push('removed'));
    for (let i = 0; i < 5; i++) connection.channel().close();
    expect(fired).to.deep.equal([]);
    connection.removeTimeout(due);
    connection.sleep(20);
    expect(fired).to.deep.equal(['kept']);
  });

  it('B30 of two timers with one function, removing one leaves one call', () => {
    const connection = session.connect();
    let called = 0;
    const count = (): number => called++;
    const first = connection.callLater(0, count);
    expect(connection.callLater(0, count)).not.to.equal(first);
    connection.removeTimeout(first);
    until(connection, () => called > 0);
    connection.sleep(20);
    expect(called).to.equal(1);
  });

  it('B31 a timer that removes another and itself leaves nothing to be called', () => {
    const connection = session.connect();
    const fired: string[] = [];
    const own = connection.callLater(0, () => {
      fired.push('own');
      connection.removeTimeout(other);
      connection.removeTimeout(own);
    });
    const other = connection.callLater(0, () => fired.push('other'));
    connection.sleep(50);
    expect(fired).to.deep.equal(['own']);
  });

  it('callbacks of its loop run during any wait, those of its own wait for a dispatch', () => {
    const connection = session.connect();
    const channel = connection.channel();
    const ran: string[] = [];
    connection.ioloop.addCallback(() => ran.push('of the loop'));
    connection.callLater(0, () => ran.push('of the connection'));
    channel.queueDeclare({ exclusive: true });
    expect(ran).to.deep.equal(['of the loop']);
    until(connection, () => ran.length === 2);
    expect(ran).to.deep.equal(['of the loop', 'of the connection']);
  });

  it('processDataEvents() returns after one dispatch; null waits until there is one', () => {
    const connection = session.connect();
    const ran: number[] = [];
    connection.callLater(10, () => ran.push(10));
    connection.callLater(60_000, () => ran.push(60_000));
    connection.processDataEvents(null);
    expect(ran).to.deep.equal([10]);
  });

  it('an error of a handler leaves the dispatching call, and the rest stays for the next one', () => {
    const connection = session.connect();
    const ran: string[] = [];
    const broken = new RangeError('of the handler');
    connection.callLater(0, () => {
      throw broken;
    });
    connection.callLater(0, () => ran.push('the rest'));
    connection.channel().close(); // both are due by now
    expect(caught(() => until(connection, () => false))).to.equal(broken);
    expect([ran, connection.isOpen]).to.deep.equal([[], true]);
    until(connection, () => ran.length > 0);
  });
}

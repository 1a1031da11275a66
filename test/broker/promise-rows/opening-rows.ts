import { expect } from 'chai';
import {
  AMQPConnectionError,
  AMQPConnectionWorkflowFailed,
  AMQPConnectorSocketConnectError,
  AMQPConnectorStackTimeout,
  ConnectionBlockedTimeout,
  ConnectionClosedByClient,
  ConnectionWrongStateError,
  connect,
  IncompatibleProtocolError,
  ProbableAccessDeniedError,
  ProbableAuthenticationError,
  type PromiseConnection,
  StreamLostError,
} from '../../../adapters/index.ts';
import { CONNECTION_BLOCKED, CONNECTION_UNBLOCKED } from '../../../amqp/index.ts';
import type { Broker } from '../../support/describe-broker.ts';
import { FrameProxy, type ProxyRule } from '../../support/frame-proxy.ts';
import { freePorts } from '../../support/free-ports.ts';
import { failureOf, withChannel } from './world.ts';

/** Opening, closing and losing a connection: A1–A15, A33–A35, E1, E4–E7, E10, E14. */
export function openingRows(broker: Broker): void {
  const quiet = { recovery: false, onError: () => undefined };

  it('connects, opens a channel and closes; its end is the own close', async () => {
    const connection = await connect(broker.url);
    await connection.channel();
    await Promise.all([connection.close(), connection.close()]);
    expect(await connection.closed).to.be.instanceOf(ConnectionClosedByClient);
    expect(connection.isClosed).to.equal(true);
    await connection.close();
  });

  it('closes at the end of a scope', async () => {
    let kept: PromiseConnection | null = null;
    {
      await using connection = await connect(broker.url);
      await using channel = await connection.channel();
      expect(channel.isOpen).to.equal(true);
      kept = connection;
    }
    expect(kept.isClosed).to.equal(true);
  });

  it('gives up at a limit that no connect can meet', async () => {
    const { host, port } = broker;
    expect(await failureOf(connect({ host, port, socketTimeout: 1e-16 }))).to.be.instanceOf(AMQPConnectionError);
    expect(await failureOf(connect({ host, port, stackTimeout: 1e-16 }))).to.be.instanceOf(AMQPConnectionError);
  });

  it('tries one place after the other, and as many times as the last one says', async () => {
    const { host, port } = broker;
    const closed = { host, port: (await freePorts(1))[0] ?? 1 };
    const connection = await connect([closed, { host, port, connectionAttempts: 2, retryDelay: 1 }]);
    expect(connection.params.port).to.equal(port);
    await connection.close();
    const all = await failureOf(connect([closed, closed]));
    expect(all).to.be.instanceOf(AMQPConnectionWorkflowFailed);
    const { exceptions } = all as AMQPConnectionWorkflowFailed;
    expect(exceptions.at(-1)).to.be.instanceOf(AMQPConnectorSocketConnectError);
    expect(await failureOf(connect(closed))).to.be.instanceOf(AMQPConnectionError);
  });

  it('gives up where nobody answers, at its limit and at a signal', async () => {
    const proxy = new FrameProxy(null);
    try {
      const late = await failureOf(connect({ host: '127.0.0.1', port: proxy.port, stackTimeout: 30 }));
      expect(late).to.be.instanceOf(AMQPConnectorStackTimeout);
      const controller = new AbortController();
      const aborted = failureOf(connect(proxy.url, { signal: controller.signal }));
      controller.abort();
      expect(await aborted).to.equal(controller.signal.reason);
      expect(await failureOf(connect(proxy.url, { signal: controller.signal }))).to.equal(controller.signal.reason);
    } finally {
      proxy.close();
    }
  });

  const cuts: readonly [ProxyRule['at'], ProxyRule['from'], abstract new (...args: never[]) => Error][] = [
    ['protocol header', 'client', IncompatibleProtocolError],
    ['connection.start-ok', 'client', ProbableAuthenticationError],
    ['connection.open', 'client', ProbableAccessDeniedError],
  ];
  for (const [at, from, type] of cuts) {
    it(`rejects with ${type.name} when the stream is cut at ${at}`, async () => {
      const proxy = new FrameProxy(broker, { from, at, act: 'reset' });
      try {
        expect(await failureOf(connect(proxy.url))).to.be.instanceOf(type);
      } finally {
        proxy.close();
      }
    });
  }

  it('rejects for a virtual host that is missing', async () => {
    const { host, port } = broker;
    const refused = connect({ host, port, virtualHost: broker.unique('vhost') });
    expect(await failureOf(refused)).to.be.instanceOf(ProbableAccessDeniedError);
  });

  it('hands in a new secret', () =>
    withChannel(broker, async ({ connection, channel }) => {
      await connection.updateSecret({ newSecret: 'guest', reason: 'a test' });
      expect([connection.isOpen, channel.isOpen]).to.deep.equal([true, true]);
      const wrong = connection.updateSecret({ newSecret: 5, reason: 'a test' } as never);
      expect(await failureOf(wrong)).to.be.instanceOf(TypeError);
    }));

  it('rejects what is pending at a loss, and what comes later', async () => {
    const proxy = new FrameProxy(broker, { from: 'broker', at: 'queue.declare-ok', act: 'drop' });
    try {
      const connection = await connect(proxy.url, quiet);
      const channel = await connection.channel();
      const pending = [
        failureOf(channel.queueDeclare()),
        failureOf(channel.basicQos()),
        failureOf(connection.channel()),
      ];
      proxy.cut();
      const errors = await Promise.all(pending);
      for (const error of errors) expect(error).to.be.instanceOf(StreamLostError);
      expect(await connection.closed).to.be.instanceOf(StreamLostError);
      const later = await failureOf(channel.queueDeclare());
      expect(later)
        .to.be.instanceOf(ConnectionWrongStateError)
        .and.have.property('cause', await connection.closed);
      expect(await failureOf(connection.channel())).to.be.instanceOf(ConnectionWrongStateError);
      await Promise.all([channel.close(), connection.close()]);
    } finally {
      proxy.close();
    }
  });

  it('ends when it stays blocked for too long, and goes on when it does not', async () => {
    const proxy = new FrameProxy(broker);
    const seen: string[] = [];
    try {
      const { port } = proxy;
      const blocked = await connect({ host: '127.0.0.1', port, blockedConnectionTimeout: 1 }, quiet);
      blocked.on('blocked', (reason) => seen.push(reason));
      proxy.pretend(0, CONNECTION_BLOCKED, { reason: 'low on memory' });
      expect(await blocked.closed).to.be.instanceOf(ConnectionBlockedTimeout);
      const patient = await connect({ host: '127.0.0.1', port, blockedConnectionTimeout: 60_000 }, quiet);
      const unblocked = new Promise<void>((resolve) => {
        patient.on('unblocked', () => resolve());
      });
      proxy.pretend(0, CONNECTION_BLOCKED, { reason: 'again' });
      proxy.pretend(0, CONNECTION_UNBLOCKED);
      await unblocked;
      await patient.close();
      expect(await patient.closed).to.be.instanceOf(ConnectionClosedByClient);
      expect(seen).to.deep.equal(['low on memory']);
    } finally {
      proxy.close();
    }
  });
}

import { connect as netConnect } from 'node:net';
import { expect } from 'chai';
import {
  type ConnectOptions,
  connect,
  ExternalLoopConnection,
  LibuvHost,
  type PromiseConnection,
  type Where,
} from '../../adapters/index.ts';
import { AMQPConnectionError, ConnectionClosedByClient } from '../../amqp/index.ts';
import { describeNode } from '../support/describe-broker.ts';
import { httpProxy, tunnel, unixForwarder } from '../support/forwarders.ts';

describeNode('Connections on the runtime’s loop', (node, broker) => {
  const heartbeat = 1;
  const plain = (): Where & object => ({ host: broker.host, port: broker.port, heartbeat });
  const secure = (): Where & object => ({
    host: 'localhost',
    family: 4,
    port: node.ports.tls,
    sslOptions: { ca: node.authority.cert },
    heartbeat,
  });

  /** Sends a message through the broker and closes. */
  async function use(connection: PromiseConnection): Promise<void> {
    const channel = await connection.channel({ confirm: true });
    const { queue } = await channel.queueDeclare({ exclusive: true });
    await channel.basicPublish('', queue, Buffer.alloc(300_000, 'pikaloop'));
    const got = await channel.basicGet({ queue, autoAck: true });
    expect(got?.body.length).to.equal(300_000);
    await connection.close();
  }

  const open = (where: Where, options?: ConnectOptions): Promise<PromiseConnection> =>
    connect(where, { recovery: false, timeout: 15_000, ...options });

  describe('through what the program opens', () => {
    it('go by a proxy, which knows the names, in plain and with TLS', async () => {
      const proxy = await httpProxy({ 'broker.invalid:5672': broker.port, 'localhost:5671': node.ports.tls });
      const host = new LibuvHost({
        open: (to, { signal }) => {
          if ('path' in to) throw new Error('only TCP goes through the proxy');
          return tunnel(proxy.port, to, signal);
        },
      });
      try {
        await use(await open('amqp://guest:guest@broker.invalid/%2F', { host }));
        await use(await open({ ...secure(), port: 5671 }, { host }));
        const refused = await open('amqp://nowhere.invalid', { host }).catch((error) => error);
        expect(refused).to.include({ host: 'nowhere.invalid', port: 5672 });
        expect(refused.message).to.include('the proxy says 403');
        expect(proxy.asked).to.deep.equal(['broker.invalid:5672', 'localhost:5671', 'nowhere.invalid:5672']);
      } finally {
        await proxy.close();
      }
    });

    it('go by a Unix socket', async () => {
      const { path, close } = await unixForwarder(broker.port);
      try {
        await use(
          await open('amqp://guest:guest@localhost', { host: new LibuvHost({ open: () => netConnect(path) }) }),
        );
      } finally {
        await close();
      }
    });

    it('live on one ready stream, in callback style, and have no second one', async () => {
      const duplex = netConnect(broker.port, broker.host);
      const host = new LibuvHost({ duplex });
      const closed = await new Promise<Error>((resolve, reject) => {
        new ExternalLoopConnection(
          'amqp://guest:guest@somewhere.invalid',
          (connection) =>
            connection.channel((channel) => channel.queueDeclare({ exclusive: true }, () => connection.close())),
          (_connection, error) => reject(error),
          (_connection, error) => resolve(error),
          host,
        );
      });
      expect(closed).to.be.instanceOf(ConnectionClosedByClient);
      const again = await open('amqp://somewhere.invalid', { host }).catch((error) => error);
      expect(again.message).to.include('duplex is one stream');
    });

    it('give up an open() that never comes back, and tell it so', async () => {
      const signals: AbortSignal[] = [];
      const host = new LibuvHost({
        open: (_to, { signal }) => {
          signals.push(signal);
          return new Promise(() => {});
        },
      });
      const late = await open({ socketTimeout: 50 }, { host }).catch((error) => error);
      expect(late).to.have.property('name', 'AMQPConnectorStackTimeout');
      const control = new AbortController();
      setTimeout(() => control.abort(new Error('enough')), 20);
      const aborted = await open({}, { host, signal: control.signal }).catch((error) => error);
      expect(aborted).to.equal(control.signal.reason);
      expect(signals.map(({ aborted }) => aborted)).to.deep.equal([true, true]);
    });
  });

  describe("with keepAlive: 'worker'", () => {
    it('live while the program computes, in plain and with TLS, and those without do not', async () => {
      const kept = await Promise.all([
        open(plain(), { keepAlive: 'worker' }),
        open(secure(), { keepAlive: 'worker' }),
        open(plain(), { host: new LibuvHost({ keepAlive: 'worker' }) }),
      ]);
      const external = await new Promise<ExternalLoopConnection>((onOpen, onOpenError) => {
        new ExternalLoopConnection(plain(), {
          keepAlive: 'worker',
          onOpen,
          onOpenError: (_, error) => onOpenError(error),
        });
      });
      const lost = await open(plain());
      const silent = await open(plain(), { keepAlive: 'timer' });
      // the broker waits for two intervals, and looks once in each
      compute(5_000 * heartbeat);
      // its end is there to be read: nobody is called silent before that
      for (const connection of [lost, silent]) expect((await connection.closed).name).to.equal('StreamLostError');
      for (const connection of kept) await use(connection);
      expect(external.isOpen).to.equal(true);
      external.close();
      await new Promise((closed) => external.addOnCloseCallback(closed));
    }).timeout(30_000);

    it('tell of a broker that is not there', async () => {
      const refused = await open({ host: '127.0.0.1', port: 1 }, { keepAlive: 'worker' }).catch((error) => error);
      expect(refused.cause).to.have.property('code', 'ECONNREFUSED');
      expect(refused).to.be.instanceOf(AMQPConnectionError);
    });
  });
});

/** Keeps the thread busy for so many milliseconds, as a program does that works. */
function compute(duration: number): void {
  const end = performance.now() + duration;
  while (performance.now() < end);
}

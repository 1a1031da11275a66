import { networkInterfaces } from 'node:os';
import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import {
  type AMQPConnectionWorkflowFailed,
  AMQPConnectorTransportSetupError,
  type BlockedEvent,
  type ConnectionFields,
  SelectConnection,
  type Where,
} from '../../adapters/index.ts';
import type { AMQPError } from '../../amqp/index.ts';
import {
  ConnectionClosedByBroker,
  ExternalCredentials,
  IncompatibleProtocolError,
  PlainCredentials,
  ProbableAuthenticationError,
} from '../../amqp/index.ts';
import { describeNode } from '../support/describe-broker.ts';
import { describeOnPollers, KINDS_OF_POLLERS } from '../support/real-pollers.ts';
import { socketPath } from '../support/stream-server.ts';

const HAS_IPV6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'));

describeNode('SelectConnection', (node, broker) =>
  describeOnPollers((poller) => {
    // a command takes the node a second, and asks the same of pollers of one kind
    const itCommands = KINDS_OF_POLLERS.includes(poller) ? it : (): void => undefined;

    /** Opens a connection; its loop has stopped when this returns. */
    function open(where: Where): SelectConnection {
      const connection = new SelectConnection(where, (opened) => opened.ioloop.stop());
      connection.ioloop.start();
      expect(connection.isOpen).to.equal(true);
      return connection;
    }

    function close(connection: SelectConnection): void {
      connection.close();
      connection.ioloop.start();
      expect(connection.isClosed).to.equal(true);
      connection.ioloop.close();
    }

    function failure(where: Where): AMQPError {
      const errors: AMQPError[] = [];
      const connection = new SelectConnection(where, null, (_connection, error) => errors.push(error));
      connection.ioloop.start();
      connection.ioloop.close();
      expect(errors).to.have.length(1);
      return errors[0] as AMQPError;
    }

    const plain = (fields: ConnectionFields = {}): ConnectionFields => ({
      host: broker.host,
      port: broker.port,
      ...fields,
    });
    const tls = (fields: ConnectionFields['sslOptions'] & object, more: ConnectionFields = {}): ConnectionFields => ({
      host: 'localhost',
      family: 4,
      port: node.ports.tls,
      sslOptions: fields,
      ...more,
    });

    describe('over TLS', () => {
      it('connects to a broker whose certificate an authority of its own has signed, by name and by address', () => {
        const ca = node.authority.cert;
        close(open(tls({ ca })));
        close(open(tls({ ca }, { host: '127.0.0.1' })));
      });

      itCommands('logs in with the name of a client certificate (EXTERNAL)', async () => {
        await node.addUser('certified', 'unused');
        try {
          const { cert, key } = node.authority.issue({ commonName: 'certified' });
          const connection = open(
            tls({ ca: node.authority.cert, cert, key }, { credentials: new ExternalCredentials() }),
          );
          const users = await node.list('list_connections', 'user', 'auth_mechanism', 'ssl');
          expect(users).to.deep.include({ user: 'certified', auth_mechanism: 'EXTERNAL', ssl: true });
          close(connection);
        } finally {
          await node.ctl('delete_user', 'certified');
        }
      });

      const refused: readonly [string, () => ConnectionFields][] = [
        ['that nobody known has signed', () => tls({})],
        ['for another name', () => tls({ ca: node.authority.cert, serverHostname: 'elsewhere' })],
      ];
      for (const [what, where] of refused) {
        it(`refuses a certificate ${what}, before it sends a credential`, () => {
          const error = failure(where()) as AMQPConnectionWorkflowFailed;
          expect(error.name).to.equal('AMQPConnectionWorkflowFailed');
          expect(error.exceptions[0]).to.be.instanceOf(AMQPConnectorTransportSetupError);
          expect(error.exceptions[0]?.cause).to.have.property('code');
        });
      }

      it('takes a certificate that nobody known has signed where rejectUnauthorized is false', () => {
        close(open(tls({ rejectUnauthorized: false })));
      });

      it('tells of a port that speaks the other of TLS and plain', () => {
        expect(failure(plain({ port: node.ports.tls }))).to.be.instanceOf(IncompatibleProtocolError);
        const reverse = failure(
          tls({ ca: node.authority.cert }, { port: broker.port, stackTimeout: 3000 }),
        ) as AMQPConnectionWorkflowFailed;
        expect(reverse.exceptions[0]).to.be.instanceOf(AMQPConnectorTransportSetupError);
      }).timeout(40_000);
    });

    itCommands('shows its name to the broker', async () => {
      const connection = open(plain({ connectionName: 'the name of a test' }));
      const rows = await node.list('list_connections', 'client_properties');
      expect(JSON.stringify(rows)).to.include('"connection_name","longstr","the name of a test"');
      close(connection);
    });

    it('connects through a name, whatever the families that it has', () => {
      close(open(plain({ host: 'localhost' })));
    });

    const overIPv6 = (): void => {
      close(open(plain({ host: '::1' })));
      close(open(plain({ host: '::1', family: 6 })));
    };
    if (HAS_IPV6) it('connects over IPv6', overIPv6);
    else it('cannot connect over IPv6 here: the machine has no ::1');

    it('connects through a Unix socket', async () => {
      const path = socketPath();
      const forwarder = new Worker(FORWARDER, { eval: true, workerData: { path, port: broker.port } });
      await new Promise((resolve) => forwarder.once('message', resolve));
      close(open({ socketPath: path }));
      await forwarder.terminate();
    });

    it('is told ProbableAuthenticationError for a wrong password, which no text shows', () => {
      const error = failure(plain({ credentials: new PlainCredentials('guest', 'wr0ng-s3cret') }));
      expect(error).to.be.instanceOf(ProbableAuthenticationError);
      expect(`${error.stack}${JSON.stringify(error)}`).not.to.include('wr0ng-s3cret');
    });

    it('hands in a new secret while it is open', () => {
      const connection = open(plain());
      connection.updateSecret({ newSecret: 'guest', reason: 'test' }, () => connection.close());
      connection.ioloop.start();
      expect(connection.isClosed).to.equal(true);
      connection.ioloop.close();
    });

    itCommands('is told when an operator closes it, with code and text', async () => {
      const connection = open(plain({ connectionName: 'to be closed' }));
      const errors: AMQPError[] = [];
      connection.addOnCloseCallback((_connection, error) => errors.push(error));
      await node.closeConnections('maintenance', 'to be closed');
      connection.ioloop.start();
      connection.ioloop.close();
      expect(errors[0]).to.be.instanceOf(ConnectionClosedByBroker).and.include({ replyCode: 320 });
      expect(errors[0]?.message).to.include('maintenance');
    });

    itCommands('is told when an alarm blocks it, and when it is over', async () => {
      const events: BlockedEvent[] = [];
      const connection = open(plain());
      const note = (_connection: SelectConnection, event: BlockedEvent): void => {
        events.push(event);
        connection.ioloop.stop();
      };
      connection.addOnConnectionBlockedCallback(note);
      connection.addOnConnectionUnblockedCallback(note);
      await node.memoryAlarm(true);
      try {
        connection.channel((channel) => channel.basicPublish('', 'nobody', 'x'));
        connection.ioloop.start();
      } finally {
        await node.memoryAlarm(false);
      }
      connection.ioloop.start();
      expect(events).to.deep.equal([
        { name: 'connection.blocked', reason: 'low on memory' },
        { name: 'connection.unblocked' },
      ]);
      close(connection);
    });
  }),
);

/** A thread that forwards a Unix socket to a port. */
const FORWARDER = `
  const { createServer, connect } = require('node:net');
  const { parentPort, workerData } = require('node:worker_threads');
  createServer((socket) => {
    const other = connect(workerData.port, '127.0.0.1');
    socket.on('error', () => other.destroy()).pipe(other);
    other.on('error', () => socket.destroy()).pipe(socket);
  }).listen(workerData.path, () => parentPort.postMessage('ready'));
`;

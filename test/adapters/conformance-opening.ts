import { createServer, type Server } from 'node:net';
import { expect } from 'chai';
import {
  AMQPConnectionError,
  AMQPConnectionWorkflow,
  AMQPConnectionWorkflowAborted,
  AMQPConnectionWorkflowFailed,
  AMQPConnectorAMQPHandshakeError,
  AMQPConnectorSocketConnectError,
  AMQPConnectorStackTimeout,
  type AMQPError,
  ConnectionClosedByClient,
  ConnectionOpenAborted,
  type ConnectionWorkflow,
  ProbableAccessDeniedError,
  SelectConnection,
  type Where,
} from '../../adapters/index.ts';
import type { IOLoop } from '../../ioloop/index.ts';
import type { Broker } from '../support/describe-broker.ts';
import { freePorts } from '../support/free-ports.ts';
import { type AdapterUnderTest, inLoop, liveOnce, parametersOf } from './adapter-under-test.ts';

/** Rows A1 to A14 and A33: how a connection opens, and how it does not. */
export function openingRows(adapter: AdapterUnderTest, broker: Broker): void {
  describe('opening', () => {
    it('connects, opens a channel, closes the connection, and the loop ends (A1)', async () => {
      const told = await liveOnce(adapter, broker.url, {
        onOpen: (connection) => connection.channel(() => connection.close()),
      });
      expect(told.opened).to.equal(1);
      expect(told.openErrors).to.deep.equal([]);
      expect(told.closeErrors.map(({ name }) => name)).to.deep.equal(['ConnectionClosedByClient']);
    });

    it('tells the open-error callback that close() right after the constructor aborted the opening (A2)', async () => {
      const told = await liveOnce(adapter, broker.url, { begin: (connection) => connection.close() });
      expectAborted(told);
    });

    it('tells the same when close() comes just after the stream has connected (A3)', async () => {
      const told = await liveOnce(adapter, broker.url, {
        begin: (connection) => {
          const look = (): void => {
            if (connection.state >= SelectConnection.PROTOCOL) connection.close();
            else connection.ioloop.addCallback(look);
          };
          connection.ioloop.addCallback(look);
        },
      });
      expectAborted(told);
    });

    it('gives an AMQPConnectionError to the open-error callback when socketTimeout is over at once (A4)', async () => {
      const told = await liveOnce(adapter, parametersOf(broker, { socketTimeout: 1e-16 }), {});
      expect(told).to.deep.include({ opened: 0, closeErrors: [] });
      expect(told.openErrors).to.have.length(1);
      expect(told.openErrors[0]).to.be.instanceOf(AMQPConnectionError);
    });

    it('gives an AMQPConnectionError to the open-error callback when stackTimeout is over at once (A5)', async () => {
      const told = await liveOnce(adapter, parametersOf(broker, { stackTimeout: 1e-16 }), {});
      expect(told).to.deep.include({ opened: 0, closeErrors: [] });
      expect(told.openErrors).to.have.length(1);
      expect(told.openErrors[0]).to.be.instanceOf(AMQPConnectionError);
    });

    it('gives ProbableAccessDeniedError to the open-error callback for an unknown virtual host (A33)', async () => {
      const told = await liveOnce(adapter, parametersOf(broker, { virtualHost: broker.unique('absent') }), {});
      expect(told).to.deep.include({ opened: 0, closeErrors: [] });
      expect(told.openErrors).to.have.length(1);
      expect(told.openErrors[0]).to.be.instanceOf(ProbableAccessDeniedError);
    });

    it('updates the secret, and calls back when the broker has taken it (A14)', async () => {
      let updated = 0;
      await liveOnce(adapter, broker.url, {
        onOpen: (connection) =>
          connection.updateSecret({ newSecret: 'guest', reason: 'a test' }, () => {
            updated++;
            connection.close();
          }),
      });
      expect(updated).to.equal(1);
    });
  });

  describe('createConnection', () => {
    it('gives a connection of its class, which closes as any other (A6)', async () => {
      const { workflow, result, closeErrors } = await create(adapter, [broker.url]);
      expect(workflow).to.have.property('abort');
      expect(result).to.be.instanceOf(adapter.Connection);
      expect(closeErrors).to.have.length(1);
      expect(closeErrors[0]).to.be.instanceOf(ConnectionClosedByClient);
    });

    it('uses the workflow that it is given, returns it, and passes on what it reports (A7)', async () => {
      const own = new RelabellingWorkflow();
      const { workflow, result } = await create(adapter, [broker.url], { workflow: own });
      expect(workflow).to.equal(own);
      expect(own.result).to.be.instanceOf(adapter.Connection);
      expect(result).to.equal(own.result);
    });

    it('connects to the second config when nothing listens where the first one points (A8)', async () => {
      const [port = 0] = await freePorts(1);
      const good = parametersOf(broker);
      const { result } = await create(adapter, [{ host: '127.0.0.1', port }, good]);
      const { params } = result as SelectConnection;
      expect([params.host, params.port]).to.deep.equal([good.host, good.port]);
    });

    it('tries the whole list again as the last config says, and connects with the first in cycle two (A9)', async () => {
      let made = 0;
      class Picky extends adapter.Connection {
        constructor(...args: ConstructorParameters<typeof SelectConnection>) {
          if (++made <= 2) throw new Error(`number ${made} is rejected`);
          super(...args);
        }
      }
      const first = parametersOf(broker, { connectionName: 'first' });
      const last = parametersOf(broker, { connectionName: 'last', connectionAttempts: 2, retryDelay: 1 });
      const { result } = await create({ ...adapter, Connection: Picky }, [first, last]);
      expect(made).to.equal(3);
      expect((result as SelectConnection).params.connectionName).to.equal('first');
    });

    it('fails with the error of each attempt when nothing listens (A10)', async () => {
      const [port = 0] = await freePorts(1);
      const { result } = await create(adapter, [{ host: '127.0.0.1', port }]);
      expect(result).to.be.instanceOf(AMQPConnectionWorkflowFailed);
      const { exceptions, cause } = result as AMQPConnectionWorkflowFailed;
      expect(exceptions.at(-1)).to.be.instanceOf(AMQPConnectorSocketConnectError).and.include({ port });
      expect(cause).to.equal(exceptions.at(-1));
    });

    it('fails with a stack timeout within the handshake when the peer says nothing (A11)', async () => {
      const { server, port } = await silentServer();
      try {
        const { result } = await create(adapter, [{ host: '127.0.0.1', port, stackTimeout: 500 }]);
        expect(result).to.be.instanceOf(AMQPConnectionWorkflowFailed);
        const last = (result as AMQPConnectionWorkflowFailed).exceptions.at(-1);
        expect(last).to.be.instanceOf(AMQPConnectorAMQPHandshakeError);
        expect((last as AMQPConnectorAMQPHandshakeError).exception).to.be.instanceOf(AMQPConnectorStackTimeout);
        expect(last?.cause).to.equal((last as AMQPConnectorAMQPHandshakeError).exception);
      } finally {
        server.close();
      }
    });

    it('ends with AMQPConnectionWorkflowAborted when it is aborted at once (A12)', async () => {
      const { result } = await create(adapter, [broker.url], { begun: (workflow) => workflow.abort() });
      expect(result).to.be.instanceOf(AMQPConnectionWorkflowAborted);
    });

    it('ends with AMQPConnectionWorkflowAborted when it is aborted from the loop (A13)', async () => {
      const { result } = await create(adapter, [broker.url], {
        begun: (workflow, loop) => loop.callLater(0, () => workflow.abort()),
      });
      expect(result).to.be.instanceOf(AMQPConnectionWorkflowAborted);
    });
  });
}

interface Creation {
  readonly workflow: ConnectionWorkflow;
  /** What onDone got. */
  readonly result: SelectConnection | AMQPError;
  readonly closeErrors: readonly AMQPError[];
}

/** Runs createConnection to its end; a connection that comes of it is closed. */
async function create(
  { Connection, ...adapter }: AdapterUnderTest,
  configs: readonly Where[],
  options: { workflow?: ConnectionWorkflow; begun?(workflow: ConnectionWorkflow, loop: IOLoop): void } = {},
): Promise<Creation> {
  const results: (SelectConnection | AMQPError)[] = [];
  const closeErrors: AMQPError[] = [];
  let workflow: ConnectionWorkflow | null = null;
  await inLoop({ Connection, ...adapter }, (loop) => {
    const onDone = (result: SelectConnection | AMQPError): void => {
      results.push(result);
      if (result instanceof Connection) {
        result.addOnCloseCallback((_connection, error) => {
          closeErrors.push(error);
          loop.stop();
        });
        result.close();
      } else {
        loop.stop();
      }
    };
    workflow = Connection.createConnection(configs, onDone, loop, options.workflow);
    options.begun?.(workflow, loop);
  });
  const [result] = results;
  if (workflow === null || result === undefined) throw new Error('the loop ended before the workflow did');
  expect(results).to.have.length(1);
  return { workflow, result, closeErrors };
}

/** A user's own workflow: the library's, which it listens to. */
class RelabellingWorkflow implements ConnectionWorkflow {
  result: unknown = null;
  readonly #inner = new AMQPConnectionWorkflow();

  start(...[configs, factory, loop, onDone]: Parameters<ConnectionWorkflow['start']>): void {
    this.#inner.start(configs, factory, loop, (result) => {
      this.result = result;
      onDone(result);
    });
  }

  abort(): void {
    this.#inner.abort();
  }
}

/** The system accepts for it, and nobody answers. */
function silentServer(): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => socket.on('error', () => socket.destroy()));
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve({ server, port: (server.address() as { port: number }).port }));
  });
}

function expectAborted(told: {
  opened: number;
  openErrors: readonly AMQPError[];
  closeErrors: readonly AMQPError[];
}): void {
  expect(told).to.deep.include({ opened: 0, closeErrors: [] });
  expect(told.openErrors).to.have.length(1);
  expect(told.openErrors[0]).to.be.instanceOf(ConnectionOpenAborted);
}

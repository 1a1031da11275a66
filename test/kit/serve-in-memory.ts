import {
  type IOLoop,
  type MemoryListener,
  MemoryNetwork,
  type TcpAddress,
  type Transport,
  type TransportHandlers,
} from '../../ioloop/index.ts';
import type { MemoryBroker } from './broker.ts';

/**
 * Puts a broker on the network of a virtual loop: `new IOLoop({ poller: 'virtual' })`. Connections of that loop reach
 * it by host and port, no socket is opened, and heartbeats cost no time because the clock jumps to them.
 * @param where - by default what connections take by default, port 5672 of localhost
 * @throws TypeError when the loop has sockets of the system
 */
export function serveInMemory(
  broker: MemoryBroker,
  loop: IOLoop,
  where: TcpAddress = { host: 'localhost', port: 5672 },
): MemoryListener {
  const network = loop.transports;
  if (!(network instanceof MemoryNetwork)) throw new TypeError('serveInMemory() needs a loop with the virtual poller');
  return network.listen(where, (transport) => handlersFor(broker, loop, transport));
}

function handlersFor(broker: MemoryBroker, loop: IOLoop, transport: Transport): TransportHandlers {
  let timer = loop.callLater(Number.POSITIVE_INFINITY, () => undefined);
  const session = broker.connect(
    {
      write(bytes) {
        if (!transport.write(bytes)) session.congested = true;
      },
      end: () => transport.shutdown(),
    },
    loop.time(),
  );
  const arm = (): void => {
    timer = loop.callAt(session.nextTimeout(), () => {
      session.handleTimeout(loop.time());
      arm();
    });
  };
  return {
    onConnect: () => undefined,
    onData(bytes) {
      session.receive(bytes, loop.time());
      timer.cancel();
      arm();
    },
    onDrain() {
      session.congested = false;
    },
    onEof: () => false,
    onIdle: () => undefined,
    onClose() {
      timer.cancel();
      session.lost(loop.time());
    },
  };
}

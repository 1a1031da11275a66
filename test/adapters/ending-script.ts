import { writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { BlockingConnection, type Channel, SelectConnection } from '../../adapters/index.ts';
import { IOLoop, type PollerName } from '../../ioloop/index.ts';

/** A program that ends with open connections; `ending.test.ts` runs it, and says by a name how. */
const [poller, name = '', url = ''] = process.argv.slice(2) as [PollerName, string, string];
IOLoop.configure(poller);

const PROGRAMS: Record<string, () => void> = {
  'blocking, natural end': () => {
    publish();
    say('ending');
  },
  'blocking, two connections, process.exit()': () => {
    publish();
    publish();
    say('ending');
    process.exit(7);
  },
  'blocking, process.exit() in a handler': () => {
    const connection = publish();
    const channel = connection.channel();
    channel.basicConsume({ queue: 'ending', autoAck: true }, () => {
      say('ending');
      process.exit(7);
    });
    channel.startConsuming();
  },
  'blocking, process.exit() in a callback of the loop': () => {
    const connection = publish();
    connection.ioloop.callLater(10, () => {
      say('ending');
      process.exit(7);
    });
    connection.sleep(60_000);
  },
  'blocking, an error in a handler': () => {
    const connection = publish();
    connection.callLater(0, () => {
      say('ending');
      throw new Error('planted');
    });
    connection.processDataEvents(null);
  },
  'blocking, an error that nobody catches': () => {
    publish();
    say('ending');
    throw new Error('planted');
  },
  'select, natural end': () =>
    select((connection) => {
      say('ending');
      connection.ioloop.stop();
    }),
  'select, process.exit() in a handler': () =>
    select((_connection, channel) => {
      channel.basicConsume({ queue: 'ending', autoAck: true }, () => {
        say('ending');
        process.exit(7);
      });
    }),
  "select, an error in a callback, with onError: 'throw'": () =>
    select((connection) => {
      connection.ioloop.addCallback(() => {
        say('ending');
        throw new Error('planted');
      });
    }),
  'process.exit() while another thread waits': () => {
    beside(() => {
      say('ending');
      process.exit(7);
    });
  },
  'an error while another thread waits': () => {
    beside(() => {
      say('ending');
      throw new Error('planted');
    });
  },
  'another thread, terminated': () => {
    const worker = beside(() => {
      say('ending');
      worker.terminate().then(() => say('terminated'));
    });
  },
};

/** With a message that is on its way: what was published before the end is to arrive. */
function publish(): BlockingConnection {
  const connection = new BlockingConnection(url);
  const channel = connection.channel();
  channel.queueDeclare({ queue: 'ending' });
  channel.basicPublish('', 'ending', 'last words');
  return connection;
}

function select(then: (connection: SelectConnection, channel: Channel) => void): void {
  const loop = new IOLoop({ onError: 'throw' });
  const onOpen = (connection: SelectConnection): void => {
    connection.channel((channel) => {
      channel.queueDeclare({ queue: 'ending' }, () => {
        channel.basicPublish('', 'ending', 'last words');
        then(connection, channel);
      });
    });
  };
  const connection = new SelectConnection(url, { onOpen, ioloop: loop });
  connection.ioloop.start();
}

/** A thread in which a connection waits, and what is to be done once it does. */
function beside(then: () => void): Worker {
  const worker = new Worker(new URL('./waiting-script.js', import.meta.url), { workerData: { poller, url } });
  worker.once('message', then);
  return worker;
}

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

PROGRAMS[name]?.();

import { type BrokerServer, listen, MemoryBroker } from '../kit/index.ts';
import { describeBroker } from '../support/describe-broker.ts';
import { Program } from '../support/program.ts';
import { deleteQueue } from './queues.ts';

/** Examples that talk to one broker; those that still run when a test is over are ended. */
export interface Examples {
  readonly url: string;
  run(name: string, args?: readonly string[], env?: Readonly<Record<string, string>>): Program;
}

/**
 * Declares a suite twice: with the broker in memory on the worker poller, and with RabbitMQ on the one that is taken here.
 * @param queue - what they leave behind, and what each test finds gone
 */
export function describeExamples(title: string, queue: string, suite: (examples: Examples) => void): void {
  describe(`${title} [MemoryBroker]`, () => {
    let server: BrokerServer;
    before(async () => {
      server = await listen(new MemoryBroker());
    });
    after(() => server.close());
    suite(examplesAt(() => server.url, queue, { PIKALOOP_POLLER: 'worker' }));
  });
  describeBroker(title, (broker) => suite(examplesAt(() => broker.url, queue, {})));
}

function examplesAt(url: () => string, queue: string, always: Readonly<Record<string, string>>): Examples {
  const running: Program[] = [];
  afterEach(async () => {
    for (const program of running.splice(0)) await program.stop();
    await deleteQueue(url(), queue);
  });
  return {
    get url() {
      return url();
    },
    run(name, args = [], env = {}) {
      const program = Program.example(name, args, { AMQP_URL: url(), ...always, ...env });
      running.push(program);
      return program;
    },
  };
}

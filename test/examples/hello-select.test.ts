import { expect } from 'chai';
import { type BrokerServer, listen, MemoryBroker } from '../kit/index.ts';
import { describeBroker } from '../support/describe-broker.ts';
import { Program } from '../support/program.ts';
import { deleteQueue, messagesIn } from './queues.ts';

describe('hello-select-consume and hello-select-publish [MemoryBroker]', () => {
  let server: BrokerServer;
  before(async () => {
    server = await listen(new MemoryBroker());
  });
  after(() => server.close());
  hello(() => server.url);
});

describeBroker('hello-select-consume and hello-select-publish', (broker) => {
  after('delete the queue that they leave', () => deleteQueue(broker.url, 'hello'));
  hello(() => broker.url);
});

function hello(url: () => string): void {
  const HELLOS = Array.from({ length: 10 }, (_, i) => `hello ${i + 1}`);
  let running: Program[] = [];
  afterEach(async () => {
    for (const program of running) await program.stop();
    running = [];
  });
  const run = (name: string): Program => {
    const program = Program.example(name, [], { AMQP_URL: url() });
    running.push(program);
    return program;
  };

  it('send each other ten messages, and the consumer closes in order at Ctrl-C', async () => {
    const consumer = run('hello-select-consume');
    await consumer.line(/^waiting for messages/);
    const publisher = run('hello-select-publish');
    expect(await publisher.ended).to.equal(0);
    expect(publisher.lines[0]).to.equal('published 10 messages');
    expect(publisher.lines.at(-1)).to.match(/^confirmed (up to )?10$/);
    await consumer.line(/^hello 10$/);
    consumer.interrupt();
    expect(await consumer.ended).to.equal(0);
    const waiting = 'waiting for messages, Ctrl-C ends it';
    expect(consumer.lines).to.deep.equal([waiting, ...HELLOS, 'closing', 'closed']);
  });

  it('leave nothing in the queue that the consumer has acked', async () => {
    expect(await run('hello-select-publish').ended).to.equal(0);
    const consumer = run('hello-select-consume');
    await consumer.line(/^waiting for messages/);
    expect(await run('hello-select-publish').ended).to.equal(0); // it runs longer than Ctrl-C takes to be caught
    consumer.interrupt();
    expect(await consumer.ended).to.equal(0);
    expect(await messagesIn(url(), 'hello')).to.equal(0);
  });
}

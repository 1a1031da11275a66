import { expect } from 'chai';
import { describeExamples, type Examples } from './programs.ts';
import { messagesIn } from './queues.ts';

describeExamples('blocking-producer and blocking-worker', 'jobs', (examples) => {
  it('get ten jobs done, and the worker closes in order at Ctrl-C', async () => {
    const worker = examples.run('blocking-worker');
    await worker.line(/^waiting for jobs/);
    const producer = examples.run('blocking-producer', ['10']);
    expect(await producer.ended).to.equal(0);
    expect(producer.lines.at(-1)).to.equal('the broker has 10 jobs');
    await worker.line(/^job 10$/);
    worker.interrupt();
    expect(await worker.ended).to.equal(0);
    const jobs = Array.from({ length: 10 }, (_, i) => `job ${i + 1}`);
    expect(worker.lines.slice(0, -1)).to.deep.equal(['waiting for jobs, Ctrl-C ends it', ...jobs]);
  });

  it('leave in the queue what the worker has not acknowledged', async () => {
    expect(await examples.run('blocking-producer', ['500']).ended).to.equal(0);
    const worker = examples.run('blocking-worker');
    await worker.line(/^job 30$/); // a connection catches Ctrl-C a moment after it opened
    worker.interrupt();
    expect(await worker.ended).to.equal(0);
    const done = Number(/^(\d+) jobs done/.exec(worker.lines.at(-1) ?? '')?.[1]);
    expect(done).to.be.within(29, 499);
    expect(await messagesIn(examples.url, 'jobs')).to.equal(500 - done);
  });

  it('keep count of the jobs when Ctrl-C ends the sending', async () => {
    const producer = examples.run('blocking-producer', ['1000000000']);
    await caught(examples);
    producer.interrupt();
    expect(await producer.ended).to.equal(0);
    expect(producer.lines).to.include('no more of them');
    const sent = /^the broker has (\d+) jobs$/.exec(producer.lines.at(-1) ?? '')?.[1];
    expect(await messagesIn(examples.url, 'jobs')).to.equal(Number(sent));
  });
});

describeExamples('rpc-client and rpc-server', 'fibonacci', (examples) => {
  it('ask and answer, and the server closes in order at Ctrl-C', async () => {
    const server = await serverOf(examples);
    const client = examples.run('rpc-client', ['10', '90']);
    expect(await client.ended).to.equal(0);
    expect(client.lines.slice(1)).to.deep.equal(['fibonacci(10) is 55', 'fibonacci(90) is 2880067194370816120']);
    server.interrupt();
    expect(await server.ended).to.equal(0);
    expect(server.lines).to.deep.equal(['waiting for questions, Ctrl-C ends it', 'no more answers']);
  });

  it('give each of two clients the answers to its own questions', async () => {
    await serverOf(examples);
    const clients = [1, 2].map((n) => examples.run('rpc-client', [`${n}0`, `${n}1`]));
    for (const client of clients) expect(await client.ended).to.equal(0);
    expect(clients.map(({ lines }) => lines.slice(1))).to.deep.equal([
      ['fibonacci(10) is 55', 'fibonacci(11) is 89'],
      ['fibonacci(20) is 6765', 'fibonacci(21) is 10946'],
    ]);
  });

  it('say so when there is nobody to ask', async () => {
    const client = examples.run('rpc-client');
    expect(await client.ended).to.equal(1);
    expect(client.lines.at(-1)).to.equal('nobody has ever served this queue: start rpc-server');
  });

  it('end in order when Ctrl-C takes the client from its wait for an answer', async () => {
    const server = await serverOf(examples);
    server.interrupt();
    await server.ended;
    const client = examples.run('rpc-client', ['10']);
    await client.line(/^asking/);
    await caught(examples);
    client.interrupt();
    expect(await client.ended).to.equal(1);
    expect(client.lines).to.deep.equal(['asking, Ctrl-C ends it', 'never mind']);
  });

  async function serverOf({ run }: Examples): Promise<ReturnType<Examples['run']>> {
    const server = run('rpc-server');
    await server.line(/^waiting for questions/);
    return server;
  }
});

describeExamples('blocking-thread', 'readings', (examples) => {
  it('has a free main thread hand its work to one that blocks, until Ctrl-C', async () => {
    const program = examples.run('blocking-thread');
    await program.line(/^reading 3 is with the broker$/);
    program.interrupt();
    expect(await program.ended).to.equal(0);
    expect(program.lines.at(-1)).to.equal('closed');
    expect(await messagesIn(examples.url, 'readings')).to.equal(program.lines.length - 1);
  });
});

/** A connection catches Ctrl-C a moment after it opened; this one runs longer. */
async function caught({ run }: Examples): Promise<void> {
  expect(await run('loop-alone').ended).to.equal(0);
}

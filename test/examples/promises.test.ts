import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { describeExamples } from './programs.ts';
import { consumed, deleteQueue, messagesIn } from './queues.ts';

describeExamples('promise-worker', 'jobs', (examples) => {
  it('does what a producer sends, drops what fails, and ends in order at SIGTERM', async () => {
    const worker = examples.run('promise-worker', ['job 3']);
    await worker.line(/^waiting for jobs/);
    expect(await examples.run('blocking-producer', ['10']).ended).to.equal(0);
    await worker.line(/^job 10$/);
    worker.terminate();
    expect(await worker.ended).to.equal(0);
    const jobs = Array.from({ length: 10 }, (_, i) => (i === 2 ? 'cannot do job 3' : `job ${i + 1}`));
    expect(worker.lines.slice(1, -1)).to.have.members(jobs);
    expect(worker.lines.at(-1)).to.equal('9 jobs done');
  });

  it('leaves in the queue what it has not come to', async () => {
    expect(await examples.run('blocking-producer', ['200']).ended).to.equal(0);
    const worker = examples.run('promise-worker');
    await worker.line(/^job 20$/);
    worker.terminate();
    expect(await worker.ended).to.equal(0);
    const done = Number(/^(\d+) jobs done/.exec(worker.lines.at(-1) ?? '')?.[1]);
    expect(await messagesIn(examples.url, 'jobs')).to.equal(200 - done);
  });

  it('says so when its queue is deleted', async () => {
    const worker = examples.run('promise-worker');
    await worker.line(/^waiting for jobs/);
    await consumed(examples.url, 'jobs');
    await deleteQueue(examples.url, 'jobs');
    expect(await worker.ended).to.equal(0);
    expect(worker.lines.slice(1)).to.deep.equal(['somebody has deleted the queue', '0 jobs done']);
  });
});

describeExamples('promise-rpc', 'square roots', (examples) => {
  it('asks and answers, mistakes too, and serves until SIGTERM', async () => {
    const server = examples.run('promise-rpc', ['serve']);
    await server.line(/^serving/);
    const client = examples.run('promise-rpc', ['ask', '4', '-1', '2']);
    expect(await client.ended).to.equal(0);
    const mistake = 'RangeError: -1 has no square root';
    expect(client.lines).to.deep.equal(['4: 2', `-1: ${mistake}`, '2: 1.4142135623730951']);
    server.terminate();
    expect(await server.ended).to.equal(0);
    expect(server.lines.slice(1)).to.deep.equal(['onError: -1 has no square root', 'no more answers']);
    const late = examples.run('promise-rpc', ['ask', '9']);
    expect(await late.ended).to.equal(0);
    expect(late.lines).to.deep.equal(['9: nobody serves it']);
  });
});

describeExamples('http-service', 'orders', (examples) => {
  it('answers when the broker has the order, and finishes what is under way at SIGTERM', async () => {
    const service = examples.run('http-service', ['0']);
    const port = /(\d+)$/.exec(await service.line(/^taking orders/))?.[1];
    const url = `http://127.0.0.1:${port}/`;
    const orders = Array.from({ length: 20 }, (_, i) => fetch(url, { method: 'POST', body: `order ${i}` }));
    for (const { status } of await Promise.all(orders)) expect(status).to.equal(202);
    expect((await fetch(url)).status).to.equal(405);
    const last = request(url, { method: 'POST' });
    const answered = once(last, 'response') as Promise<[IncomingMessage]>; // what the event has
    last.write('the last ');
    await once(last, 'socket').then(([socket]) => socket.connecting && once(socket, 'connect'));
    expect((await fetch(url)).status).to.equal(405); // by then the service has taken the connection above
    service.terminate();
    await refused(Number(port));
    last.end('order');
    expect((await answered)[0].statusCode).to.equal(202);
    expect(await service.ended).to.equal(0);
    expect(service.lines.at(-1)).to.equal('closed in order');
    expect(await messagesIn(examples.url, 'orders')).to.equal(21);
  });
});

/** Waits until nobody listens at a port. */
async function refused(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const isRefused = await new Promise((resolve) =>
      socket.on('connect', () => resolve(false)).on('error', () => resolve(true)),
    );
    socket.destroy();
    if (isRefused) return;
    await sleep(10);
  }
}

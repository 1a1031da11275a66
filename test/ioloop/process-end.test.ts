import { createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { Child } from '../support/child.ts';
import { describeEachPoller } from '../support/each-poller.ts';

describeEachPoller('the end of a process', (poller) => {
  if (poller.virtual) return;
  const program = new URL('./ending-program.js', import.meta.url);
  let server: Server;
  let port: number;
  let received: number;

  beforeEach((done) => {
    received = 0;
    server = createServer((socket: Socket) => {
      socket.on('data', (bytes) => {
        received += bytes.length;
      });
      socket.on('error', () => socket.destroy());
    });
    server.listen(0, '127.0.0.1', () => {
      port = (server.address() as { port: number }).port;
      done();
    });
  });
  afterEach((done) => {
    server.close(() => done());
  });

  for (const [name, code] of [
    ['natural', 0],
    ['exit', 7],
    ['script', 0],
    ['throwing', 1],
    ['close', 0],
  ] as const) {
    for (const size of [1000, 200_000, 3_000_000]) {
      it(`lets ${size} unsent bytes leave (${name}) (C94)`, async () => {
        const child = new Child(program, poller.name, name, String(port), String(size));
        const end = await child.ended;
        expect(end.code, end.lines.join('\n')).to.equal(code);
        await untilEqual(() => received, size);
        expect(received).to.equal(size);
      });
    }
  }

  it('does not wait for a stream that is open', async () => {
    const began = performance.now();
    const { code } = await new Child(program, poller.name, 'idle', String(port), '0').ended;
    expect(code).to.equal(0);
    expect(performance.now() - began, 'not the 5 s that an unused I/O thread lives').to.be.below(4000);
  });

  it('is prompt while another thread waits in a loop (C93)', async () => {
    const child = new Child(program, poller.name, 'exit beside a waiting thread', String(port));
    await child.said('ready');
    const began = performance.now();
    expect((await child.ended).code).to.equal(3);
    expect(performance.now() - began, 'ten times the half second that is promised').to.be.below(5000);
  });

  it('terminates a thread that waits in a loop (C93)', async () => {
    const child = new Child(program, poller.name, 'terminate a waiting thread', String(port));
    await child.said('ready');
    const began = performance.now();
    const { code, lines } = await child.ended;
    expect([code, lines]).to.deep.equal([0, ['ready', 'terminated']]);
    expect(performance.now() - began).to.be.below(5000);
  });
});

/** Bytes in a socket's buffers outlive the process that sent them. */
async function untilEqual(value: () => number, wanted: number): Promise<void> {
  for (let i = 0; i < 1500 && value() < wanted; i++) await new Promise((resolve) => setTimeout(resolve, 10));
}

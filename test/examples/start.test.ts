import { expect } from 'chai';
import { listen, MemoryBroker } from '../kit/index.ts';
import { describeBroker } from '../support/describe-broker.ts';
import { freePorts } from '../support/free-ports.ts';
import { Program } from '../support/program.ts';

describe('npm start', () => {
  let program: Program;
  afterEach(() => program.stop());

  it('needs no broker, shows the first messages, counts, and ends after --count', async () => {
    program = Program.npm('start', '--silent', '--', '--count', '50');
    expect(await program.ended).to.equal(0);
    expect(program.lines[0]).to.match(/^ {1}connected {2}to a broker in memory \(.*\) at 127\.0\.0\.1:\d+$/);
    expect(program.lines).to.include(' published  message 3').and.include('  consumed  message 3');
    expect(program.lines).to.not.include('  consumed  message 4');
    expect(program.lines.at(-2)).to.equal('    closed  in order');
    expect(program.lines.at(-1)).to.match(/^ {6}done {2}50 messages there and back in \d+\.\d s, [\d,]+ a second$/);
  });

  it('closes in order at Ctrl-C, in a second start() of the same loop', async () => {
    program = Program.example('start');
    await program.line(/ 1\.\d s {2}/); // a loop catches Ctrl-C a moment after it started
    program.interrupt();
    expect(await program.ended).to.equal(0);
    expect(program.lines.slice(-3).map((line) => line.slice(0, 12).trim())).to.deep.equal(['Ctrl-C', 'closed', 'done']);
  });

  it('says why when there is no broker at AMQP_URL, and ends with 1', async () => {
    const [port] = await freePorts(1);
    program = Program.example('start', [], { AMQP_URL: `amqp://127.0.0.1:${port}/%2F` });
    expect(await program.ended).to.equal(1);
    expect(program.lines.length).to.equal(1);
    expect(program.lines[0]).to.match(/^ {4}failed {2}.*ECONNREFUSED/);
  });

  it('says why when the broker goes away, and ends with 1', async () => {
    const server = await listen(new MemoryBroker());
    program = Program.example('start', [], { AMQP_URL: server.url });
    await program.line(/consumed {2}message 3/);
    await server.close();
    expect(await program.ended).to.equal(1);
    expect(program.lines.some((line) => /^ {4}closed {2}.*320/.test(line))).to.equal(true);
  });

  it('refuses a count that is none', async () => {
    program = Program.example('start', ['--count', 'many']);
    expect(await program.ended).to.equal(2);
    expect(program.lines).to.deep.equal([
      'usage: npm start -- --count N    N messages, from 1 on; without it until Ctrl-C',
    ]);
  });
});

describeBroker('npm start', (broker) => {
  it('uses the broker of AMQP_URL', async () => {
    const program = Program.example('start', ['--count', '50'], { AMQP_URL: broker.url });
    expect(await program.ended).to.equal(0);
    expect(program.lines[0]).to.match(/^ connected {2}to RabbitMQ at /);
    expect(program.lines.at(-1)).to.match(/^ {6}done {2}50 messages/);
  });
});

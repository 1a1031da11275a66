import { spawn } from 'node:child_process';
import { expect } from 'chai';
import { IOLoop } from '../../ioloop/index.ts';
import { Descriptors } from '../support/descriptors.ts';
import type { PollerUnderTest } from '../support/each-poller.ts';

const { READ, WRITE, ERROR, NONE } = IOLoop;

/** Rows C68, C69, C71, C72: what sockets, pipes and terminals tell, many of them, and signals that come between. */
export function descriptors(poller: PollerUnderTest): void {
  if (!poller.realFds) return;
  const fds = new Descriptors();
  afterEach(() => fds.closeAll());
  describe('a TCP connection', () => connections(poller, fds));
  describe('a connection that is refused', () => refusals(poller, fds));
  describe('many at once', () => crowds(poller, fds));
  describe('a signal', () => signals(poller, fds));
  describe('a terminal', () => terminals(poller, fds));
}

function connections({ open }: PollerUnderTest, fds: Descriptors): void {
  const { SHUT_RD, SHUT_WR, SHUT_RDWR } = fds.system.constants;
  const shut = (fd: number, how: number): unknown => fds.system.shutdown(fd, how);
  const both = READ | WRITE;
  const cases: [what: string, told: number, change: (ours: number, theirs: number) => unknown][] = [
    ['is idle', WRITE, () => {}],
    ['has data', both, (_ours, theirs) => fds.send(theirs, 'x')],
    ['was closed by the peer', both, (_ours, theirs) => fds.close(theirs)],
    [
      'was closed by the peer after data',
      both,
      (_ours, theirs) => {
        fds.send(theirs, 'x');
        fds.close(theirs);
      },
    ],
    ['is shut for reading at the peer', WRITE, (_ours, theirs) => shut(theirs, SHUT_RD)],
    ['is shut for writing at the peer', both, (_ours, theirs) => shut(theirs, SHUT_WR)],
    ['is shut at the peer', both, (_ours, theirs) => shut(theirs, SHUT_RDWR)],
    ['is shut for reading here', both, (ours) => shut(ours, SHUT_RD)],
    ['is shut for writing here', WRITE, (ours) => shut(ours, SHUT_WR)],
    ['is shut here', both, (ours) => shut(ours, SHUT_RDWR)],
  ];
  for (const [what, told, change] of cases) {
    const words = `${told & READ ? 'readable' : 'not readable'} and writable`;
    it(`that ${what} is ${words} (C68)`, () => {
      const loop = open();
      const [client, server] = fds.connection();
      change(client, server);
      let seen = 0;
      loop.addHandler(client, (_fd, bits) => (seen |= bits), both);
      // the peer's packets take a moment
      for (const end = loop.time() + 2000; (seen & told) !== told && loop.time() < end; ) loop.runOnce(10);
      loop.runOnce(10);
      expect(seen & both).to.equal(told);
    });
  }
}

function refusals({ name, open }: PollerUnderTest, fds: Descriptors): void {
  for (const [words, mask] of [
    ['reading, writing and errors', READ | WRITE | ERROR],
    ['reading and writing', READ | WRITE],
    ['reading', READ],
    ['writing', WRITE],
    ['errors', NONE],
  ] as const) {
    // their system calls tell errors together with what was asked for
    if (mask === NONE && (name === 'select' || name === 'kqueue')) continue;
    it(`tells the error to a handler for ${words} (C69)`, () => {
      const loop = open();
      const seen: number[] = [];
      loop.addHandler(
        fds.refused(),
        (fd, bits) => {
          seen.push(bits);
          loop.removeHandler(fd);
          loop.stop();
        },
        mask,
      );
      const overdue = loop.callLater(5000, () => loop.stop());
      loop.start();
      overdue.cancel();
      expect(seen).to.have.length(1);
      expect(seen[0]! & ERROR).to.equal(ERROR);
      expect(seen[0]! & ~(mask | ERROR)).to.equal(0);
    });
  }
}

function crowds({ name, open }: PollerUnderTest, fds: Descriptors): void {
  it('are all served in turn, and keep no timer waiting (C71, rule 36)', () => {
    const loop = open();
    const [reads, writes] = fds.pipe();
    fds.send(writes, 'x');
    const count = name === 'select' ? 500 : 2000;
    const calls = new Map<number, number>();
    for (let i = 0; i < count; i++) {
      const fd = fds.copy(reads);
      calls.set(fd, 0);
      loop.addHandler(fd, () => calls.set(fd, 1 + (calls.get(fd) ?? 0)), READ);
    }
    let late = 0;
    const timer = loop.callLater(1, () => {});
    for (let turn = 0; turn < 20; turn++) {
      const isDue = loop.time() >= timer.deadline;
      loop.runOnce(10);
      if (isDue && timer.active) late++;
    }
    expect(late, 'turns that began when it was due, and did not call it').to.equal(0);
    expect(timer.active).to.equal(false);
    const counts = [...calls.values()];
    expect(counts.reduce((sum, n) => sum + n, 0)).to.equal(20 * Math.min(count, 1024));
    expect(Math.max(...counts) - Math.min(...counts)).to.be.at.most(1);
  });
}

function signals({ open }: PollerUnderTest, fds: Descriptors): void {
  it('that the program listens for does not end a wait early (C72, rule 29)', async () => {
    const loop = open();
    const [reads] = fds.pipe();
    loop.addHandler(reads, () => {}, READ);
    const listener = (): void => {};
    process.on('SIGUSR2', listener);
    const sender = spawn('sh', ['-c', `for i in 1 2 3 4; do sleep 0.02; kill -USR2 ${process.pid}; done`]);
    const ended = new Promise((resolve) => sender.once('close', resolve));
    const began = loop.time();
    const stamps: number[] = [];
    loop.callLater(200, () => {
      stamps.push(loop.time() - began);
      loop.stop();
    });
    loop.start();
    await ended;
    process.off('SIGUSR2', listener);
    expect(stamps).to.have.length(1);
    expect(stamps[0]).to.be.within(200, 2000);
  });
}

function terminals({ open }: PollerUnderTest, fds: Descriptors): void {
  it('tells of each line, and of its end', () => {
    const loop = open();
    const [keyboard, program] = fds.terminal();
    const seen: (string | null)[] = [];
    loop.addHandler(program, (fd) => seen.push(fds.receive(fd)), READ);
    loop.runOnce(0);
    fds.send(keyboard, 'first\n');
    loop.runOnce(1000);
    loop.runOnce(0);
    expect(seen).to.deep.equal(['first\n']);
    fds.close(keyboard);
    loop.runOnce(1000);
    expect(seen[1]).to.be.oneOf(['', null]);
    loop.removeHandler(program);
  });
}

import { expect } from 'chai';
import { whyNoSystem } from '../../ioloop/native/system.ts';
import { SignalPipe } from '../../ioloop/signal-pipe.ts';
import { Child } from '../support/child.ts';
import { Descriptors } from '../support/descriptors.ts';
import { describeEachPoller } from '../support/each-poller.ts';

describeEachPoller('addSignal', (poller) => {
  if (poller.virtual) return;
  const start = (name: string): Child =>
    new Child(new URL('./signalled-program.js', import.meta.url), poller.name, name);

  it('wakes a loop that waits (C99)', async () => {
    const child = start('waiting');
    await child.said('ready');
    child.signal('SIGTERM');
    const { code, lines } = await child.ended;
    expect([code, lines]).to.deep.equal([0, ['ready', 'SIGTERM', 'returned']]);
  });

  it('calls after a computing callback, and leaves the signal alone once disposed of', async () => {
    const child = start('computing');
    await child.said('ready');
    child.signal('SIGHUP');
    await child.said('ready again');
    child.signal('SIGHUP');
    const { signal, lines } = await child.ended;
    expect([signal, lines]).to.deep.equal(['SIGHUP', ['ready', 'computed', 'SIGHUP', 'ready again']]);
  });

  it('calls in the next run for what came between two of them', async () => {
    const child = start('between two runs');
    await child.said('ready');
    child.signal('SIGTERM');
    expect((await child.ended).lines).to.deep.equal(['ready', 'computed', 'SIGTERM']);
  });

  it('calls once for each of many signals', async () => {
    const { lines } = await start('many').ended;
    expect(lines).to.deep.equal([JSON.stringify({ SIGUSR2: 1500, SIGTERM: 2, SIGWINCH: 2 })]);
  });

  it("lets the program's own listeners hear what the loop has heard, when the host turns, and calls nothing twice", async () => {
    const { lines } = await start('host afterwards').ended;
    expect(lines).to.deep.equal(['listener', '1', 'listener', '2']);
  });

  it('loses nothing and repeats nothing when runs and turns of the host alternate', async () => {
    expect((await start('many runs').ended).lines).to.deep.equal(['20 20']);
  });

  it('calls in every loop that asked for it, whichever waits', async () => {
    expect((await start('two loops').ended).lines).to.deep.equal(['inner', 'outer']);
  });

  it("leaves others' pipes as they were", async () => {
    expect((await start("others' pipes").ended).lines).to.deep.equal(['true', 'true', 'SIGTERM']);
  });

  it('ends with its loop', async () => {
    const child = start('closed');
    await child.said('ready');
    child.signal('SIGTERM');
    expect((await child.ended).signal).to.equal('SIGTERM');
  });

  it('refuses what is no signal, what nobody can catch, and virtual time', async () => {
    expect((await start('unsupported').ended).lines).to.deep.equal([
      'RangeError name "SIGFOO" is no signal of ',
      'UnsupportedError SIGKILL: no program can catch ',
      'RangeError name "toString" is no signal o',
      'UnsupportedError the virtual poller cannot wait',
    ]);
  });

  it('refuses in a worker thread, where no signal comes', async () => {
    const { lines } = await start('worker').ended;
    expect(lines).to.have.length(1);
    expect(lines[0]).to.match(new RegExp(`^UnsupportedError the ${poller.name} poller`));
  });
});

describe('The pipe of the host’s signals', () => {
  if (whyNoSystem() !== null) {
    it(`cannot run here: ${whyNoSystem()}`);
    return;
  }
  const fds = new Descriptors();
  afterEach(() => fds.closeAll());

  it('gets back what was taken once it has room for it, in order', async () => {
    const [readEnd, writeEnd] = fds.pipe();
    const pipe = new SignalPipe({ readEnd, writeEnd });
    let settled = 0;
    pipe.onSettled = () => settled++;
    const heard: number[] = [];
    pipe.accept(record(15), (signum) => heard.push(signum));
    pipe.accept(record(1), (signum) => heard.push(signum));
    fds.send(writeEnd, 'x'.repeat(65_536));
    const turns = async (): Promise<void> => {
      for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
    };
    await turns();
    expect([heard, settled]).to.deep.equal([[15, 1], 0]);
    expect(fds.receive(readEnd, 65_536)).to.have.length(65_536);
    await turns();
    expect(settled).to.equal(1);
    const bytes = Buffer.from(fds.receive(readEnd) ?? '');
    expect([bytes.length, bytes[SIGNUM_AT], bytes[16 + SIGNUM_AT]]).to.deep.equal([32, 15, 1]);
  });
});

/** As libuv writes it, where the lowest byte comes first. */
function record(signum: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes[SIGNUM_AT] = signum;
  return bytes;
}

const SIGNUM_AT = 8;

describe('addSignal [host]', () => {
  it('calls as the host hears of it', async () => {
    const child = new Child(new URL('./signalled-program.js', import.meta.url), 'worker', 'host');
    await child.said('ready');
    child.signal('SIGTERM');
    const { code, lines } = await child.ended;
    expect([code, lines]).to.deep.equal([0, ['ready', 'SIGTERM']]);
  });
});

import { expect } from 'chai';
import { Child } from '../support/child.ts';
import { describeEachPoller } from '../support/each-poller.ts';

describeEachPoller('Ctrl-C', (poller) => {
  // no signal reaches a virtual clock
  if (poller.virtual) return;
  const start = (...args: string[]): Child =>
    new Child(new URL('./interrupted-program.js', import.meta.url), poller.name, ...args);

  it('leaves a waiting start() as KeyboardInterrupt, idle, time and again; start() works after it (C98)', async () => {
    const child = start('waiting');
    await child.said('ready');
    child.signal('SIGINT');
    await child.said('ready again');
    child.signal('SIGINT');
    const { code, lines } = await child.ended;
    expect(lines).to.deep.equal([
      'ready',
      'KeyboardInterrupt idle',
      'returned idle',
      'timer fired',
      'ready again',
      'KeyboardInterrupt idle',
    ]);
    expect(code).to.equal(0);
  });

  it('leaves a start() in which nothing ever happens', async () => {
    const { signal, lines } = await start('idle').ended;
    expect([signal, lines]).to.deep.equal([null, ['KeyboardInterrupt idle']]);
  });

  it('leaves at the boundary after a computing callback, and the rest runs at the next start (C98)', async () => {
    const child = start('computing');
    await child.said('ready');
    child.signal('SIGINT');
    const { lines } = await child.ended;
    expect(lines).to.deep.equal(['ready', 'computed', 'KeyboardInterrupt idle', 'next callback', 'returned idle']);
  });

  it("calls the program's own listeners instead, as the host would, each time (C98, rule 52)", async () => {
    const child = start('listening', 'stay');
    await child.said('ready');
    child.signal('SIGINT');
    await child.said('ready again');
    expect(child.lines).to.deep.equal(['ready', 'listener SIGINT 2', 'once', 'ready again']);
    child.signal('SIGKILL');
    await child.ended;
  });

  it('puts the listeners back when start() returns, but for one that was to be called once', async () => {
    const child = start('listening', 'stop');
    await child.said('ready');
    child.signal('SIGINT');
    const { lines } = await child.ended;
    expect(lines).to.deep.equal(['ready', 'listener SIGINT 2', 'once', 'returned idle', '2 listeners']);
  });

  it('leaves Ctrl-C to the host once start() has returned', async () => {
    const child = start('afterwards');
    await child.said('ready');
    child.signal('SIGINT');
    const { code, lines } = await child.ended;
    expect([code, lines.at(-1)]).to.deep.equal([0, 'host']);
  });

  it('takes up a listener that is added meanwhile', async () => {
    const child = start('joining');
    await child.said('ready');
    child.signal('SIGINT');
    const { lines } = await child.ended;
    expect(lines).to.deep.equal(['ready', 'late listener', 'returned idle']);
  });

  it('runs what addSignal registered as a callback, until it is disposed of (C99)', async () => {
    const child = start('signals');
    await child.said('ready');
    child.signal('SIGINT');
    await child.said('ready again');
    child.signal('SIGINT');
    const { lines } = await child.ended;
    expect(lines).to.deep.equal(['ready', 'signal', 'ready again', 'KeyboardInterrupt idle']);
  });

  it('ends the process at the second Ctrl-C before the loop has noticed the first (rule 51)', async () => {
    const child = start('twice');
    await child.said('ready');
    const again = setInterval(() => child.signal('SIGINT'), 20);
    const { signal, lines } = await child.ended;
    clearInterval(again);
    expect([signal, lines]).to.deep.equal(['SIGINT', ['ready']]);
  });

  it('does what it does elsewhere with interrupt: default', async () => {
    const child = start('default');
    await child.said('ready');
    child.signal('SIGINT');
    expect((await child.ended).signal).to.equal('SIGINT');
  });

  it('leaves a nested loop and the one around it', async () => {
    const child = start('nested');
    await child.said('ready');
    child.signal('SIGINT');
    const { lines } = await child.ended;
    expect(lines).to.deep.equal(['ready', 'KeyboardInterrupt idle', 'inner idle']);
  });

  it('tells of a slow callback while it still runs, and with its name after it (C100, rule 50)', async () => {
    const { lines } = await start('slow').ended;
    expect(lines[0]).to.match(/^A callback has been running for \d+ ms and blocks its loop$/);
    expect(lines[1]).to.equal('end');
    // stdout and stderr are two pipes
    expect(lines.slice(2).join()).to.match(/Callback .* took [7-9]\d\d ms/);
  });
});

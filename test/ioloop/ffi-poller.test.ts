import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { IOLoop, LoopHandle, type LoopHandleData, type LoopServices } from '../../ioloop/index.ts';
import type { EpollCalls } from '../../ioloop/native/calls.ts';
import { whyNoSystem } from '../../ioloop/native/system.ts';
import { EPOLL } from '../../ioloop/pollers/epoll.ts';
import { FfiPoller } from '../../ioloop/pollers/ffi.ts';
import { POLL } from '../../ioloop/pollers/poll.ts';
import type { Selector } from '../../ioloop/pollers/selector.ts';
import { Descriptors, idleDescriptor } from '../support/descriptors.ts';
import { describeEachPoller, keepingLogger } from '../support/each-poller.ts';
import { openDescriptors, openedSince } from '../support/open-descriptors.ts';

const { READ, ERROR } = IOLoop;

describeEachPoller('A thread that waits in the system', (poller) => {
  if (!poller.realFds) return;
  const threads: Worker[] = [];
  afterEach(() => Promise.all(threads.splice(0).map((thread) => thread.terminate())));

  async function waiting(): Promise<{ thread: Worker; handle: LoopHandle; bell: Int32Array }> {
    const workerData = { poller: poller.name, fd: idleDescriptor() };
    const thread = new Worker(new URL('./watching-worker.js', import.meta.url), { workerData, execArgv: [] });
    threads.push(thread);
    const data = (await heard(thread)) as LoopHandleData;
    return { thread, handle: LoopHandle.attach(data), bell: new Int32Array(data.bell) };
  }

  it('is woken by a handle', async () => {
    const { thread, handle } = await waiting();
    for (let i = 0; i < 10; i++) {
      const answer = heard(thread);
      const began = performance.now();
      handle.call('answer', i);
      expect(await answer).to.equal(i);
      // it wakes by itself after 250 ms: not all ten may have needed that
      if (performance.now() - began < 200) return;
    }
    throw new Error('it was never woken');
  });

  it('ends at terminate(), and leaves no descriptor (C93)', async () => {
    await (await waiting()).thread.terminate();
    const before = openDescriptors();
    const { thread } = await waiting();
    const opened = openedSince(before);
    expect(opened).not.to.deep.equal([]);
    const began = performance.now();
    await thread.terminate();
    expect(performance.now() - began).to.be.below(5000);
    expect(openDescriptors()).not.to.include.any.keys(...opened);
  });

  it('gets no bytes once it was ended, nor does whoever has the number of its descriptor then', async () => {
    const fds = new Descriptors();
    const { thread, handle, bell } = await waiting();
    const number = bell[LOOP_FD]!;
    expect(number).to.be.above(0);
    await thread.terminate();
    // as it was left in the middle of a wait
    bell[LOOP_WAITING] = 2;
    const [reads, writes] = fds.pipe();
    fds.replace(writes, number);
    handle.wake();
    expect(fds.receive(reads)).to.equal(null);
    fds.closeAll();
  });
});

describe('The poller of system calls', () => {
  if (whyNoSystem() !== null) {
    it(`cannot run here: ${whyNoSystem()}`);
    return;
  }
  const fds = new Descriptors();
  afterEach(() => fds.closeAll());

  it('resumes a wait that a signal has ended with the time that is left (rule 29)', () => {
    const { poller, timeouts } = scripted([20, 20]);
    const began = performance.now();
    expect(poller.wait(400, new Int32Array(16))).to.equal(0);
    expect(performance.now() - began).to.be.at.least(400);
    expect(timeouts[0]).to.be.within(300, 400);
    expect(timeouts[1]).to.be.at.most(380);
    expect(timeouts[2]).to.be.at.most(360);
    poller.close();
  });

  it('waits for no time at all when it was rung since it last looked', () => {
    const { poller, timeouts } = scripted([]);
    poller.wake();
    poller.wait(1000, new Int32Array(16));
    expect(timeouts).to.deep.equal([0]);
    poller.close();
  });

  it('holds descriptors of its own only while it watches some (C15)', () => {
    const loop = new IOLoop({ poller: 'poll', makeCurrent: false });
    const [reads] = fds.pipe();
    for (const end of [() => loop.removeHandler(reads), () => loop.close()]) {
      const before = openDescriptors();
      loop.addHandler(reads, () => {}, READ);
      const opened = openedSince(before);
      expect(opened).not.to.deep.equal([]);
      end();
      expect(openDescriptors()).not.to.include.any.keys(...opened);
    }
  });

  it('tells a handler whose number became a stream of the loop that its source is gone (rule 28)', () => {
    const logger = keepingLogger();
    let poller: FfiPoller | undefined;
    let services: LoopServices | undefined;
    const loop = new IOLoop({
      makeCurrent: false,
      logger,
      poller: (given) => {
        services = given;
        poller = new FfiPoller(given, fds.system, POLL);
        return poller;
      },
    });
    const [old] = fds.pipe();
    const [reads, writes] = fds.pipe();
    const seen: unknown[] = [];
    loop.addHandler(old, (_fd, bits) => seen.push('old', bits), READ);
    fds.replace(reads, old);
    poller!.watch(
      old,
      READ,
      services!.register((bits) => seen.push('stream', bits)),
    );
    fds.send(writes, 'x');
    loop.runOnce(0);
    expect(seen).to.have.members(['old', ERROR, 'stream', READ]);
    expect(loop.removeHandler(old)).to.equal(false);
    loop.runOnce(0);
    expect(seen.slice(4)).to.deep.equal(['stream', READ]);
    loop.close();
  });

  it('never ends a wait early where the system counts in whole milliseconds (rule 6)', () => {
    const { epoll, ppoll: _ppoll, ...others } = fds.system;
    const coarse = { ...others, ...(epoll === undefined ? {} : { epoll: withoutPwait2(epoll) }) };
    for (const kind of epoll === undefined ? [POLL] : [POLL, EPOLL]) {
      const loop = new IOLoop({ makeCurrent: false, poller: (services) => new FfiPoller(services, coarse, kind) });
      loop.addHandler(idleDescriptor(), () => {}, READ);
      for (const ms of [0.2, 1.3, 5.5]) {
        const began = performance.now();
        loop.runOnce(ms);
        expect(performance.now() - began).to.be.at.least(ms);
      }
      loop.close();
    }
  });

  it('keeps the epoll it has when it can have no other in its place', function () {
    const { epoll } = fds.system;
    if (epoll === undefined) this.skip();
    const opened: number[] = [];
    let refuses = false;
    const create = (flags: number): number => {
      if (refuses) return -1;
      opened.push(fds.keep(epoll.create(flags)));
      return opened.at(-1) ?? -1;
    };
    const selector = EPOLL.open({ ...fds.system, errno: () => EMFILE, epoll: { ...epoll, create } });
    const [reads, writes] = fds.pipe();
    selector.add(reads, READ, 1);
    // the file stays open elsewhere: epoll goes on to tell of it
    fds.copy(reads);
    fds.close(reads);
    selector.remove(reads);
    fds.send(writes, 'x');
    refuses = true;
    expect(() => selector.wait(0, new Int32Array(16), 8)).to.throw('EMFILE');
    expect(opened.map((fd) => fds.isOpen(fd))).to.deep.equal([true]);
    refuses = false;
    expect(selector.wait(0, new Int32Array(16), 8)).to.equal(0);
    expect(opened.map((fd) => fds.isOpen(fd))).to.deep.equal([false, true]);
    selector.close();
    for (const fd of opened) fds.disown(fd);
  });

  it('refuses what it watches for itself', () => {
    let poller: FfiPoller | undefined;
    const loop = new IOLoop({
      makeCurrent: false,
      poller: (services) => {
        poller = new FfiPoller(services, fds.system, POLL);
        return poller;
      },
    });
    loop.addHandler(fds.pipe()[0], () => {}, READ);
    const own = new Int32Array(poller!.bell)[LOOP_FD]!;
    expect(() => loop.addHandler(own, () => {}, READ)).to.throw('belongs to');
    loop.close();
  });

  /** A poller that watches something, and whose waits end after so many ms each, with nothing to tell. */
  function scripted(lengths: readonly number[]): { poller: FfiPoller; timeouts: number[] } {
    const timeouts: number[] = [];
    const left = [...lengths];
    const selector: Selector = {
      add() {},
      modify() {},
      remove() {},
      close() {},
      wait(timeout) {
        timeouts.push(timeout);
        Atomics.wait(NEVER, 0, 0, Math.min(timeout, left.shift() ?? timeout));
        return 0;
      },
    };
    const poller = new FfiPoller(quietServices(), fds.system, {
      name: 'poll',
      missing: () => null,
      open: () => selector,
    });
    poller.add(fds.pipe()[0], READ, 1);
    return { poller, timeouts };
  }
});

const NEVER = new Int32Array(new SharedArrayBuffer(4));

const EMFILE = 24;

/** Words of a bell. */
const LOOP_WAITING = 1;
const LOOP_FD = 4;

function withoutPwait2({ pwait2: _pwait2, ...others }: EpollCalls): EpollCalls {
  return others;
}

function heard(thread: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    thread.once('message', resolve);
    thread.once('error', reject);
  });
}

function quietServices(): LoopServices {
  return {
    time: () => performance.now(),
    register: () => 1,
    unregister() {},
    post() {},
    later: () => ({ cancel() {} }),
    call: () => undefined,
    warn() {},
  };
}

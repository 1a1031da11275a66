import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { ConnectionBlockedTimeout, ConnectionClosedByClient } from '../../adapters/index.ts';
import { CONNECTION_BLOCKED, CONNECTION_UNBLOCKED } from '../../amqp/index.ts';
import type { Broker } from '../support/describe-broker.ts';
import { type AdapterUnderTest, inLoop, liveOnce, parametersOf, pretend } from './adapter-under-test.ts';

/** Rows A34 to A40: time, threads and the loop. */
export function loopRows(adapter: AdapterUnderTest, broker: Broker): void {
  describe('a blocked connection', () => {
    it('closes with ConnectionBlockedTimeout when it stays blocked for too long (A34)', async () => {
      const { closeErrors } = await liveOnce(adapter, parametersOf(broker, { blockedConnectionTimeout: 1 }), {
        onOpen: (connection) => pretend(connection, CONNECTION_BLOCKED, { reason: 'a test' }),
      });
      expect(closeErrors).to.have.length(1);
      expect(closeErrors[0]).to.be.instanceOf(ConnectionBlockedTimeout).and.include({ reason: 'a test' });
    });

    it('closes as any other when it was unblocked in time (A35)', async () => {
      const { closeErrors } = await liveOnce(adapter, parametersOf(broker, { blockedConnectionTimeout: 1 }), {
        onOpen: (connection) => {
          pretend(connection, CONNECTION_BLOCKED, { reason: 'a test' });
          pretend(connection, CONNECTION_UNBLOCKED, {});
          connection.ioloop.callLater(5, () => connection.close());
        },
      });
      expect(closeErrors).to.have.length(1);
      expect(closeErrors[0])
        .to.be.instanceOf(ConnectionClosedByClient)
        .and.include({ replyCode: 200, replyText: 'Normal shutdown' });
    });
  });

  describe('its loop', () => {
    it('calls a threadsafe callback that was added before it runs (A36)', async () => {
      let called = 0;
      await inLoop(adapter, (loop) =>
        loop.addCallbackThreadsafe(() => {
          called++;
          loop.stop();
        }),
      );
      expect(called).to.equal(1);
    });

    it('calls a threadsafe callback that a callback of its own added (A37)', async () => {
      let called = 0;
      await inLoop(adapter, (loop) =>
        loop.addCallback(() =>
          loop.addCallbackThreadsafe(() => {
            called++;
            loop.stop();
          }),
        ),
      );
      expect(called).to.equal(1);
    });

    it('calls what another thread asks for, on its own thread (A38)', async () => {
      const threads: boolean[] = [];
      const here = {};
      Reflect.set(globalThis, THREAD_MARK, here);
      let worker: Worker | null = null;
      await inLoop(adapter, (loop) => {
        loop.expose('ring', (greeting) => {
          threads.push(greeting === 'hello' && Reflect.get(globalThis, THREAD_MARK) === here);
          loop.stop();
        });
        const data = loop.handle();
        worker = new Worker(CALLER, { eval: true, workerData: { data, door: LOOP_DOOR }, transferList: [data.port] });
      });
      await (worker as Worker | null)?.terminate();
      Reflect.deleteProperty(globalThis, THREAD_MARK);
      expect(threads).to.deep.equal([true]);
    });

    const itBlocks = adapter.blocks ? it : (): void => undefined;
    itBlocks(
      'returns at once from start() when stop() came before, and goes on at the next start() (A39)',
      async () => {
        let called = 0;
        const loop = adapter.makeLoop();
        loop.callLater(0, () => {
          called++;
          loop.stop();
        });
        loop.stop();
        await adapter.run(loop);
        const before = called;
        await adapter.run(loop);
        loop.close();
        expect([before, called]).to.deep.equal([0, 1]);
      },
    );

    it('keeps two timers of one function apart: removing one leaves the other to fire (A40)', async () => {
      let called = 0;
      const count = (): void => void called++;
      await inLoop(adapter, (loop) => {
        const first = loop.callLater(0, count);
        const second = loop.callLater(0, count);
        expect(first).not.to.equal(second);
        loop.removeTimeout(first);
        loop.callLater(5, () => loop.stop());
      });
      expect(called).to.equal(1);
    });
  });
}

const THREAD_MARK = 'pikaloopConformanceThread';
const LOOP_DOOR = new URL('../../ioloop/index.js', import.meta.url).href;
const CALLER = `
  const { workerData } = require('node:worker_threads');
  import(workerData.door).then(({ LoopHandle }) => LoopHandle.attach(workerData.data).call('ring', 'hello'));
`;

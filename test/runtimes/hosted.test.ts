import { expect } from 'chai';
import { describeMemoryBroker } from '../support/describe-memory-broker.ts';
import { describeEachRuntime } from '../support/runtimes.ts';

const PROGRAM = new URL('./hosted-program.js', import.meta.url);

describeMemoryBroker("Another runtime's own loop", (broker) => {
  describeEachRuntime('with promises', (runtime) => {
    for (const [way, title] of [
      ['sockets', 'carries a connection over its sockets'],
      ['open', 'carries a connection over a stream that the program opens'],
      ['duplex', 'carries a connection over a ready stream that is no socket'],
      ['worker', 'carries a connection whose socket is in an I/O thread'],
    ] as const) {
      it(`${title}, and ends with it`, async () => {
        const ended = await runtime.run(PROGRAM, { args: [broker.url, way] });
        expect(ended).to.deep.equal({ code: 0, stdout: 'closed\nended\n', stderr: '' });
      }).timeout(60_000);

      // nor can others tell what lies behind a stream not to hold the process
      if (way === 'duplex') continue;

      it(`${title}, and ends before it where that does not keep it`, async () => {
        const ended = await runtime.run(PROGRAM, { args: [broker.url, way, 'leave'] });
        expect(ended).to.deep.equal({ code: 0, stdout: 'ended\n', stderr: '' });
      }).timeout(60_000);
    }
  });
});

import { expect } from 'chai';
import { describeExamples } from './programs.ts';

describeExamples('host-ticks', 'positions', (examples) => {
  it('publishes and consumes in its frames, and ends by itself', async () => {
    const program = examples.run('host-ticks', ['60']);
    expect(await program.ended).to.equal(0);
    const published = [10, 20, 30, 40, 50].map((frame) => `frame ${frame}: x = ${frame * 3}`);
    // the last one may still be on its way in the last frame
    const count = program.lines.length - 1;
    expect(count).to.be.at.least(1);
    expect(program.lines).to.deep.equal([...published.slice(0, count), `${count} positions in 60 frames`]);
  });
});

describeExamples('host-ioloop', 'inner', (examples) => {
  it('turns a loop inside a loop', async () => {
    const program = examples.run('host-ioloop');
    expect(await program.ended).to.equal(0);
    const outer = program.lines.filter((line) => line.startsWith('the outer loop'));
    expect(outer).to.have.length.of.at.least(2);
    const inner = program.lines.filter((line) => !outer.includes(line));
    expect(inner).to.deep.equal([...[1, 2, 3].map((i) => `the inner loop got message ${i}`), 'closed']);
  });
});

import { expect } from 'chai';
import { ReadingBrake } from '../../adapters/reading-brake.ts';
import { IOLoop } from '../../ioloop/index.ts';

interface Lab {
  readonly brake: ReadingBrake;
  readonly told: string[];
  /** What the program does. */
  readonly program: { awaitsAnswer: boolean };
  pass(milliseconds: number): void;
}

function lab(limit: number): Lab {
  const loop = new IOLoop({ poller: 'virtual', makeCurrent: false });
  const told: string[] = [];
  const program = { awaitsAnswer: false };
  const reading = {
    stopReading: () => told.push('stop'),
    goOnReading: () => told.push('go on'),
    get awaitsAnswer() {
      return program.awaitsAnswer;
    },
  };
  const pass = (milliseconds: number): void => {
    loop.callLater(milliseconds, () => loop.stop());
    loop.start();
  };
  return { brake: new ReadingBrake(limit, reading, loop), told, program, pass };
}

describe('ReadingBrake', () => {
  it('stops the reading once at its limit, and lets it go on once when half of that is left', () => {
    const { brake, told } = lab(1000);
    brake.add(400);
    expect(told).to.deep.equal([]);
    brake.add(400);
    brake.add(400);
    expect(told).to.deep.equal(['stop']);
    brake.remove(400);
    brake.remove(400);
    expect(told).to.deep.equal(['stop']);
    brake.remove(400);
    expect(told).to.deep.equal(['stop', 'go on']);
  });

  it('counts empty messages too', () => {
    const { brake, told } = lab(1000);
    for (let i = 0; i < 4; i++) brake.add(0);
    expect(told).to.deep.equal(['stop']);
  });

  it('holds while nobody waits for an answer, and while messages are taken', () => {
    const { brake, told, program, pass } = lab(10_000);
    for (let i = 0; i < 10; i++) brake.add(1000);
    pass(1000);
    program.awaitsAnswer = true;
    for (let i = 0; i < 3; i++) {
      brake.remove(0);
      pass(90);
    }
    expect(told).to.deep.equal(['stop']);
  });

  it('lets a piece through at a time for a program that takes nothing until its answer comes', () => {
    const { brake, told, program, pass } = lab(1000);
    program.awaitsAnswer = true;
    brake.add(1000);
    pass(150);
    expect(told).to.deep.equal(['stop', 'go on']);
    brake.add(1 << 19);
    expect(told).to.have.lengthOf(2);
    brake.add(1 << 19);
    expect(told).to.deep.equal(['stop', 'go on', 'stop']);
    pass(150);
    expect(told).to.have.lengthOf(4);
  });
});

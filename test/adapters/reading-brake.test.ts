import { expect } from 'chai';
import { ReadingBrake } from '../../adapters/reading-brake.ts';

describe('ReadingBrake', () => {
  it('stops the reading once at its limit, and lets it go on once when half of that is left', () => {
    const told: string[] = [];
    const brake = new ReadingBrake(1000, {
      stopReading: () => told.push('stop'),
      goOnReading: () => told.push('go on'),
    });
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
    let stopped = false;
    const brake = new ReadingBrake(1000, { stopReading: () => (stopped = true), goOnReading: () => undefined });
    for (let i = 0; i < 4; i++) brake.add(0);
    expect(stopped).to.equal(true);
  });
});

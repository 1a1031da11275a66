import { expect } from 'chai';
import { TimerTable } from '../../amqp/timers.ts';

describe('TimerTable', () => {
  it('has the soonest of its timers as its deadline', () => {
    const timers = new TimerTable<'a' | 'b'>();
    expect(timers.soonest()).to.equal(Number.POSITIVE_INFINITY);
    timers.set('a', 20);
    timers.set('b', 10);
    expect(timers.soonest()).to.equal(10);
    timers.set('b', 30);
    expect(timers.soonest()).to.equal(20);
    timers.clear('a');
    expect(timers.soonest()).to.equal(30);
  });

  it('gives what is due by deadline, each once', () => {
    const timers = new TimerTable<'a' | 'b' | 'c'>();
    timers.set('a', 20);
    timers.set('b', 10);
    timers.set('c', 21);
    expect([timers.takeDue(9), timers.takeDue(20), timers.takeDue(20), timers.takeDue(20)]).to.deep.equal([
      null,
      'b',
      'a',
      null,
    ]);
    expect(timers.isSet('c')).to.equal(true);
  });

  it('forgets a timer that is set to never', () => {
    const timers = new TimerTable<'a'>();
    timers.set('a', 1);
    timers.set('a', Number.POSITIVE_INFINITY);
    expect(timers.isSet('a')).to.equal(false);
  });
});

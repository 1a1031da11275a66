import { expect } from 'chai';
import { CallbackList } from '../../adapters/callbacks.ts';
import { expectFault } from './caught.ts';

describe('CallbackList', () => {
  const call = (list: CallbackList<[number]>, value: number): void => list.call((fn, ...args) => fn(...args), value);

  it('calls in the order of registration with what it is given', () => {
    const list = new CallbackList<[number]>('x', () => undefined);
    const got: string[] = [];
    list.add((value) => got.push(`a${value}`));
    list.add((value) => got.push(`b${value}`));
    call(list, 1);
    call(list, 2);
    expect(got).to.deep.equal(['a1', 'b1', 'a2', 'b2']);
  });

  it('keeps an identical callback once, and warns', () => {
    const warnings: string[] = [];
    const list = new CallbackList<[number]>('the event', (text) => warnings.push(text));
    const got: number[] = [];
    const callback = (value: number): number => got.push(value);
    list.add(callback);
    list.add(callback);
    call(list, 1);
    expect(got).to.deep.equal([1]);
    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.include('the event');
    expect([list.remove(callback), list.remove(callback), list.size]).to.deep.equal([true, false, 0]);
  });

  it('calls those that were there on entry: what a callback adds or removes counts from the next time', () => {
    const list = new CallbackList<[number]>('x', () => undefined);
    const got: string[] = [];
    const second = (): void => void got.push('second');
    const third = (): void => void got.push('third');
    list.add(() => {
      list.remove(second);
      list.add(third);
    });
    list.add(second);
    call(list, 1);
    expect(got).to.deep.equal(['second']);
    call(list, 2);
    expect(got).to.deep.equal(['second', 'third']);
  });

  it('takes a one-shot off before it is called, so that it can add itself again', () => {
    const list = new CallbackList<[number]>('x', () => undefined);
    const got: number[] = [];
    const once = (value: number): void => {
      got.push(value);
      if (value === 1) list.add(once, { oneShot: true });
    };
    list.add(once, { oneShot: true });
    for (const value of [1, 2, 3]) call(list, value);
    expect(got).to.deep.equal([1, 2]);
  });

  it('refuses what is no function', () => {
    const list = new CallbackList<[number]>('x', () => undefined);
    for (const value of [null, undefined, {}, 'f']) {
      expectFault(() => list.add(value as never), TypeError, 'ARG_TYPE', 'callback');
    }
  });
});

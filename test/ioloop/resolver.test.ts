import { expect } from 'chai';
import { Resolver } from '../../ioloop/resolver.ts';

describe('the resolver', () => {
  type Answer = (error: Error | null, found: readonly { address: string; family: number }[]) => void;

  function open(): { resolver: Resolver; asked: string[]; answers: Answer[] } {
    const asked: string[] = [];
    const answers: Answer[] = [];
    const resolver = new Resolver(2, (host, _family, done) => {
      asked.push(host);
      answers.push(done);
    });
    return { resolver, asked, answers };
  }

  it('looks up two names at a time, in order', () => {
    const { resolver, asked, answers } = open();
    const found: string[] = [];
    for (const name of ['a', 'b', 'c', 'd']) {
      resolver.resolve(name, 5672, 0, (_error, list) => found.push(`${name} ${list[0]?.address}:${list[0]?.port}`));
    }
    expect(asked).to.deep.equal(['a', 'b']);
    answers[1]?.(null, [{ address: '::2', family: 6 }]);
    expect(asked).to.deep.equal(['a', 'b', 'c']);
    answers[0]?.(null, [{ address: '10.0.0.1', family: 4 }]);
    expect(found).to.deep.equal(['b ::2:5672', 'a 10.0.0.1:5672']);
  });

  it('never starts a lookup that was cancelled while it waited', () => {
    const { resolver, asked, answers } = open();
    const done = (): void => expect.fail('called');
    for (const name of ['a', 'b']) resolver.resolve(name, 1, 0, () => {});
    resolver.resolve('c', 1, 0, done);
    resolver.cancel(done);
    for (const answer of answers) answer(null, []);
    expect(asked).to.deep.equal(['a', 'b']);
  });

  it('tells nobody of a lookup that was cancelled under way, and goes on with the next', () => {
    const { resolver, asked, answers } = open();
    const done = (): void => expect.fail('called');
    resolver.resolve('a', 1, 0, done);
    resolver.resolve('b', 1, 0, () => {});
    resolver.resolve('c', 1, 0, () => {});
    resolver.cancel(done);
    answers[0]?.(new Error('too late'), []);
    expect(asked).to.deep.equal(['a', 'b', 'c']);
  });

  it('hands on the error of the system', () => {
    const { resolver, answers } = open();
    const error = Object.assign(new Error('getaddrinfo ENOTFOUND a'), { code: 'ENOTFOUND' });
    let told: Error | null = null;
    resolver.resolve('a', 1, 0, (given) => {
      told = given;
    });
    answers[0]?.(error, []);
    expect(told).to.equal(error);
  });
});

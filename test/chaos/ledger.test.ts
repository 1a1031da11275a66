import { expect } from 'chai';
import type { Entry } from './journal.ts';
import { Ledger, type Restart, type Verdicts } from './ledger.ts';

/** What a program writes of one message that is published, confirmed and handled, under this delivery. */
const whole = (id: string, tag: string): Entry[] => [
  ['called', 1, id],
  ['settled', 2, id, 'confirmed'],
  ['handled', 3, 1, tag, id, false, true],
];

describe('The ledger of a restart run', () => {
  const wrong = (entries: readonly Entry[], restarts: readonly Restart[] = []): (keyof Verdicts)[] => {
    const ledger = new Ledger();
    for (const entry of entries) ledger.add(entry);
    const verdicts = ledger.verdicts(restarts);
    return (Object.keys(verdicts) as (keyof Verdicts)[]).filter((name) => verdicts[name].length > 0);
  };

  it('finds nothing wrong where nothing is', () => {
    expect(
      wrong([...whole('a', '1'), ...whole('b', '2'), ['called', 4, 'c'], ['settled', 5, 'c', 'unknown']]),
    ).to.deep.equal([]);
  });

  it('takes what was drained at the end for there', () => {
    const ledger = new Ledger();
    for (const entry of whole('a', '1').slice(0, 2)) ledger.add(entry);
    expect(ledger.verdicts([]).lost).to.deep.equal(['a']);
    ledger.drained('a', true);
    expect(ledger.verdicts([]).lost).to.deep.equal([]);
  });

  for (const [lie, name, entries] of [
    ['a confirmed message that nobody got', 'lost', whole('a', '1').slice(0, 2)],
    [
      'a handler that is called twice for a delivery',
      'duplicated',
      [...whole('a', '1'), ['handled', 4, 1, '1', 'a', true, true]],
    ],
    [
      'a message that comes twice by itself',
      'duplicated',
      [...whole('a', '1'), ['handled', 4, 1, '2', 'a', false, true]],
    ],
    [
      'a publish that resolves without being sent',
      'lost',
      [
        ['called', 1, 'a'],
        ['settled', 1, 'a', 'confirmed'],
      ],
    ],
    [
      'an unknown one that nobody was told of',
      'unsettled',
      [
        ['called', 1, 'a'],
        ['handled', 2, 1, '1', 'a', false, true],
      ],
    ],
    ['two verdicts on one message', 'settledTwice', [...whole('a', '1'), ['settled', 4, 'a', 'unknown']]],
    ['a message that nobody published', 'damaged', [['handled', 1, 1, '1', 'b', false, true]]],
    ['another body', 'damaged', [...whole('a', '1').slice(0, 2), ['handled', 3, 1, '1', 'a', false, false]]],
    ['an error without a type', 'untyped', [['error', 1, false, 'Error', 'x']]],
  ] as [lie: string, name: keyof Verdicts, entries: Entry[]][]) {
    it(`names ${lie}`, () => expect(wrong(entries)).to.include(name));
  }

  it('excuses a message without the flag where the broker was killed in between', () => {
    const entries: Entry[] = [...whole('a', '1'), ['handled', 9, 1, '2', 'a', false, true]];
    expect(wrong(entries, [{ kind: 'kill', at: 4, ready: 8 }])).to.deep.equal([]);
    expect(wrong(entries, [{ kind: 'stop', at: 4, ready: 8 }])).to.deep.equal(['duplicated']);
  });
});

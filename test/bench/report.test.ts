import { expect } from 'chai';
import { aimsTable, type CaseResult, conditions, markdown, table } from './report.ts';
import type { Sample } from './rounds.ts';
import type { ClientProgram, Suite } from './suites.ts';

describe('The report of the benchmarks', () => {
  const [slow, fast] = [program('slow'), program('fast')];
  const suite: Suite = {
    name: 'two',
    title: 'two programs',
    server: null,
    bodySize: 16,
    effort: { rounds: 2, roundSeconds: 1 },
    clients: [slow, fast],
    cases: [{ name: 'work', title: 'some work' }],
    aims: [
      { case: 'work', client: 'fast', than: 'slow', ratio: 2 },
      { case: 'work', client: 'fast', than: 'slow', ratio: 4 },
      { case: 'work', client: 'fast', than: 'absent', ratio: 1 },
    ],
  };

  it('sets each aim beside what was reached, and leaves out what was not measured', () => {
    expect(aimsTable(suite, [result()])).to.deep.equal([
      '| aim             |      wanted | reached (quartiles) | met |',
      '| --------------- | ----------: | ------------------: | --: |',
      '| some work: FAST | ≥ 2 of SLOW |    3.00 (3.00–3.00) | yes |',
      '| some work: FAST | ≥ 4 of SLOW |    3.00 (3.00–3.00) |  no |',
    ]);
  });

  it('sets an aim beside the fastest of several clients', () => {
    const third = { program: program('middle'), samples: samples(2) };
    const several = { ...result(), clients: [...result().clients, third] };
    const aims = [{ case: 'work', client: 'fast', than: ['slow', 'middle'], ratio: 1.5 }];
    expect(aimsTable({ ...suite, aims }, [several])[2]).to.match(/≥ 1.5 of MIDDLE, the fastest +\| +1.50 \(/);
  });

  it('sets the memory that was held beside what may be', () => {
    const clients = [{ program: slow, samples: [{ ...samples(1)[0]!, held: 3 }] }];
    const bounds = [2, 4].map((mebibytes) => ({ case: 'work', client: 'slow', mebibytes }));
    const rows = aimsTable({ ...suite, aims: [], bounds }, [{ ...result(), clients }]);
    expect(rows.slice(2)).to.deep.equal([
      '| some work: SLOW | ≤ 2 MiB |             3.0 MiB |  no |',
      '| some work: SLOW | ≤ 4 MiB |             3.0 MiB | yes |',
    ]);
  });

  it('has the most memory that a round held in place of speeds', () => {
    const rounds = [
      { ...samples(1)[0]!, held: 2 },
      { ...samples(1)[0]!, held: 1 },
    ];
    expect(table({ ...result(), clients: [{ program: slow, samples: rounds }] })).to.deep.equal([
      '| client |    held |',
      '| ------ | ------: |',
      '| SLOW   | 2.0 MiB |',
    ]);
  });

  it('has no ratios where the reference does not run', () => {
    const alone = { ...result(), clients: [{ program: fast, samples: samples(3) }] };
    const page = markdown(suite, [alone], conditions('npm run bench', suite.effort), []);
    expect(page).to.match(/^\| FAST +\| +3 \| +\| 1000000\.000 µs \| +\|$/m);
  });

  it('tells why a client was left out', () => {
    const how = conditions('npm run bench', suite.effort);
    const page = markdown(suite, [result()], how, [{ title: 'SLOW', text: 'left out: nobody has it' }]);
    expect(page.split('\n')).to.include('- SLOW: left out: nobody has it');
  });

  function result(): CaseResult {
    const clients = [
      { program: slow, samples: samples(1) },
      { program: fast, samples: samples(3) },
    ];
    return { case: { name: 'work', title: 'some work' }, reference: slow, clients };
  }
});

function program(name: string): ClientProgram {
  return { name, title: name.toUpperCase(), command: () => [] };
}

function samples(perSecond: number): Sample[] {
  return [1, 2].map(() => ({ count: perSecond, seconds: 1, cpuSeconds: perSecond }));
}

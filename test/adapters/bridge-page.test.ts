import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { CLOSE } from '../../adapters/websocket-bridge-admission.ts';
import { checkBridgeOptions, type WebSocketBridgeOptions } from '../../adapters/websocket-bridge-options.ts';
import { ROOT } from '../rules/sources.ts';

const PAGE = readFileSync(`${ROOT}docs/bridge.md`, 'utf8');

/** The first two cells of the rows under a heading. */
function rowsOf(heading: string): [string, string][] {
  const section = PAGE.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return [...section.matchAll(/^\| `?(\w+)`? \| ([^|]*) \|/gm)].map(([, name = '', cell = '']) => [name, cell]);
}

describe('the page of the WebSocket bridge', () => {
  const settings = checkBridgeOptions({ targets: { main: 'amqp://localhost' } });
  const rows = rowsOf('Options').slice(1);

  it('has every option, and no other', () => {
    // as a program without types may
    const wrong = { '?': 0 } as unknown as WebSocketBridgeOptions;
    let known = '';
    try {
      checkBridgeOptions(wrong);
    } catch (error) {
      known = (error as Error).message.replace(/^.*: it has /, '');
    }
    expect(rows.map(([name]) => name).sort()).to.deep.equal(known.split(', ').sort());
  });

  for (const [name, value] of Object.entries(settings)) {
    if (typeof value !== 'number' && typeof value !== 'string') continue;
    it(`has the default of ${name}`, () => {
      const cell = new Map(rows).get(name);
      expect(cell).to.equal(name === 'maxConnectionsPerAddress' ? '`maxConnections`' : String(value));
    });
  }

  it('has every code that the bridge closes with', () => {
    expect(rowsOf('Close codes').map(([code]) => Number(code))).to.include.members(Object.values(CLOSE));
  });
});

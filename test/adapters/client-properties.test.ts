import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { clientProperties, VERSION } from '../../adapters/client-properties.ts';
import { ConnectionParameters } from '../../adapters/index.ts';

describe('clientProperties()', () => {
  it('carries the version of package.json', () => {
    const manifest = new URL('../../../package.json', import.meta.url);
    expect(VERSION).to.equal(JSON.parse(readFileSync(manifest, 'utf8')).version);
    expect(clientProperties(new ConnectionParameters())).to.include({ product: 'pikaloop', version: VERSION });
  });

  it('names the runtime', () => {
    expect(clientProperties(new ConnectionParameters()).platform).to.equal(
      `Node.js ${process.version} on ${process.platform}`,
    );
  });
});

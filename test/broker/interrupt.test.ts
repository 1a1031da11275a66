import { expect } from 'chai';
import { Child } from '../support/child.ts';
import { describeBroker } from '../support/describe-broker.ts';

describeBroker('Ctrl-C', (broker) => {
  it('leaves start(), and close() with a second start() ends in order', async () => {
    const child = new Child(new URL('./interrupted-consumer.js', import.meta.url), broker.url);
    await child.said('ready');
    child.signal('SIGINT');
    const { code, lines } = await child.ended;
    expect(lines).to.deep.equal(['ready', 'KeyboardInterrupt', 'ConnectionClosedByClient', 'closed']);
    expect(code).to.equal(0);
  });
});

import { expect } from 'chai';
import { Peer } from './peer.ts';

describe('ConnectionMachine', () => {
  it('logs in with header, start-ok, tune-ok and open', () => {
    const peer = new Peer().login({ heartbeat: 60 });
    expect(peer.names).to.deep.equal(['connection.start-ok', 'connection.tune-ok', 'connection.open']);
    expect(peer.events).to.deep.equal(['open']);
    expect(peer.machine.state).to.equal('open');
    expect(peer.machine.heartbeat).to.equal(60);
  });
});

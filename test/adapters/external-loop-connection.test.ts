import { expect } from 'chai';
import { ExternalLoopConnection, IOLoop } from '../../adapters/index.ts';
import { runModule } from '../support/module-process.ts';

describe('ExternalLoopConnection', () => {
  it('lives on the loop or the host that it is given, else on a guest of its own', () => {
    const loop = IOLoop.fromHost('libuv', { makeCurrent: false });
    const given = new ExternalLoopConnection(null, { ioloop: loop });
    const own = new ExternalLoopConnection();
    expect(given.ioloop).to.equal(loop);
    expect(own.ioloop.poller.name).to.equal('host');
    expect(IOLoop.current(false)).to.equal(undefined);
    for (const connection of [given, own]) {
      connection.addOnOpenErrorCallback(() => undefined);
      connection.close();
    }
  });

  it('refuses what is neither a loop nor a host', () => {
    for (const wrong of [5, 'libuv', {}, { now: () => 0 }] as never[]) {
      expect(() => new ExternalLoopConnection(null, null, null, null, wrong)).to.throw(TypeError);
    }
  });

  it('refuses a keepAlive that is none, or that its loop has chosen', () => {
    const loop = IOLoop.fromHost('libuv', { makeCurrent: false });
    for (const wrong of [{ keepAlive: 'always' }, { keepAlive: 'worker', ioloop: loop }] as never[]) {
      expect(() => new ExternalLoopConnection(null, wrong))
        .to.throw()
        .with.property('field', 'keepAlive');
    }
    const webSocket = 'ws://127.0.0.1:1/';
    expect(() => new ExternalLoopConnection({ webSocket }, { keepAlive: 'worker' })).to.throw(RangeError, 'webSocket');
    loop.close();
  });

  it('reports an opening that failed unheard, and leaves the process to end by itself', async () => {
    const ended = await runModule(`
      const { ExternalLoopConnection } = await import(${JSON.stringify(new URL('../../adapters/index.js', import.meta.url).href)});
      for (let i = 0; i < 20; i++) new ExternalLoopConnection({ port: 1, socketTimeout: 2000 });
    `);
    expect(ended.code).to.equal(0);
    expect(ended.stderr.match(/AMQPConnectionError/g)).to.have.length.at.least(20);
    expect(ended.stderr).not.to.include('MaxListeners');
  });
});

import { expect } from 'chai';
import { IOLoop } from 'pikaloop/ioloop';
import { quietHandlers } from '../support/stream-handlers.ts';
import { StreamServer } from '../support/stream-server.ts';

/** What `npm run build` has made of the programs of threads, found from the bundle by their URLs. */
describe('the threads of the package', () => {
  let loop: IOLoop;
  beforeEach(() => {
    loop = new IOLoop({ poller: 'worker', makeCurrent: false });
    loop.callLater(10_000, () => loop.stop());
  });
  afterEach(() => loop.close());

  it('carry the bytes of a stream', async () => {
    const server = new StreamServer();
    let text = '';
    const stream = loop.transports.create({
      ...quietHandlers(),
      onData: (bytes) => {
        text += Buffer.from(bytes.slice()).toString();
        stream.abort();
      },
      onClose: () => loop.stop(),
    });
    stream.connect(server.listen('hello'));
    loop.start();
    expect(text).to.equal('hello');
    await server.terminate();
  });

  it('take over SIGINT while a loop runs, and give it back', () => {
    const listener = (): void => {};
    process.on('SIGINT', listener);
    let taken = false;
    const look = (): void => {
      taken = process.listenerCount('SIGINT') === 0;
      if (taken) loop.stop();
      else loop.callLater(10, look);
    };
    look();
    loop.start();
    expect(process.listeners('SIGINT')).to.include(listener);
    process.off('SIGINT', listener);
    expect(taken).to.equal(true);
  });
});

import { expect } from 'chai';
import { IOLoop } from 'pikaloop/ioloop';
import { Child } from '../support/child.ts';
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

  it('take over SIGINT while a loop runs', async () => {
    const { code, lines } = await new Child(new URL('./interrupted-package.js', import.meta.url)).ended;
    expect([code, lines]).to.deep.equal([0, ['called in the loop']]);
  });
});

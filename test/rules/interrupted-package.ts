import { IOLoop } from 'pikaloop/ioloop';

/** Sends itself SIGINT until its listener is called while the loop of the bundle runs; `package-threads.test.ts` runs it. */
const loop = new IOLoop({ poller: 'worker' });
process.on('SIGINT', () => {
  if (loop.state !== 'running') return;
  console.log('called in the loop');
  process.exit(0);
});
function interrupt(): void {
  process.kill(process.pid, 'SIGINT');
  loop.callLater(20, interrupt);
}
interrupt();
loop.callLater(10_000, () => loop.stop());
loop.start();

import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { closeOwned, ownFd } from '../../../ioloop/native/own-fd.ts';
import { openSystem } from '../../../ioloop/native/system.ts';
import { openDescriptors, openedSince } from '../../support/open-descriptors.ts';

/**
 * A thread opens sockets, closes one of them, and is terminated. Prints how many it held, and how many the process
 * still holds of those later: after the milliseconds of its argument at the latest.
 */
if (isMainThread) {
  const before = openDescriptors();
  const held = (): number => socketsSince(before);
  const worker = new Worker(new URL(import.meta.url));
  const opened = await new Promise((resolve) => worker.once('message', resolve));
  await worker.terminate();
  const end = performance.now() + Number(process.argv[2]);
  while (held() > 0 && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
  console.log(JSON.stringify({ opened, left: held() }));
  process.exit(0);
} else {
  const system = openSystem();
  const { AF_INET, SOCK_STREAM } = system.constants;
  const before = openDescriptors();
  const fds = [1, 2, 3, 4].map(() => ownFd(system, system.socket(AF_INET, SOCK_STREAM, 0)));
  closeOwned(system, fds[0] ?? -1);
  // closed already, which Node warns of: on time or not, depending on when this thread is terminated
  process.removeAllListeners('warning');
  closeOwned(system, fds[0] ?? -1);
  const { FD_CLOEXEC, F_GETFD } = system.constants;
  const inherited = fds.slice(1).filter((fd) => (system.fcntl(fd, F_GETFD, 0) & FD_CLOEXEC) === 0).length;
  const count = socketsSince(before);
  parentPort?.postMessage({ count, inherited });
  setInterval(() => {}, 1000);
}

/** Those of the whole process. */
function socketsSince(before: ReadonlySet<string>): number {
  return openedSince(before).filter((descriptor) => descriptor.includes('socket:')).length;
}

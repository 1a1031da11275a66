import { workerData } from 'node:worker_threads';
import { FAILED, LISTENING, PORT, STATE } from './background-broker.ts';
import { MemoryBroker, type MemoryBrokerOptions } from './broker.ts';
import { listen } from './listen.ts';

// The program of the thread that startBackgroundBroker() starts.
const { options, report } = workerData as { options: MemoryBrokerOptions; report: Int32Array };
let state = FAILED;
try {
  const { port } = await listen(new MemoryBroker(options));
  Atomics.store(report, PORT, port);
  state = LISTENING;
} finally {
  Atomics.store(report, STATE, state);
  Atomics.notify(report, STATE);
}

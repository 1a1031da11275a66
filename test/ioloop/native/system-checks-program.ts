import { openSystem } from '../../../ioloop/native/system.ts';
import { checksHere } from './system-checks.ts';

/** Runs the checks on the runtime that runs this, and prints what became of each: `null` or the text of its error. */
const system = openSystem();
const outcomes: Record<string, string | null> = {};
for (const { title, run } of checksHere()) {
  try {
    run(system);
    outcomes[title] = null;
  } catch (error) {
    outcomes[title] = String(error instanceof Error ? error.stack : error);
  }
}
console.log(JSON.stringify({ library: system.library, outcomes }));

import { CHROMIUM } from './find-chromium.ts';
import { RABBITMQ } from './find-rabbitmq.ts';
import { ensureInstalled } from './install-programs.ts';
import { runInLanes } from './lanes.ts';

// What `npm test` runs after the build: sees to a broker and a browser, then hands over to mocha with its arguments.
const wanted = [RABBITMQ, CHROMIUM].filter(({ givenBy }) => !process.env[givenBy]);
const missing = ensureInstalled(wanted, (text) => console.log(text));
const reasons = Object.fromEntries([...missing].map(([{ reasonIn }, reason]) => [reasonIn, reason]));
process.exitCode = await runInLanes(process.argv.slice(2), { ...process.env, ...reasons });

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { NO_BROKER } from './describe-broker.ts';
import { ensureRabbitMQ } from './install-rabbitmq.ts';

// What `npm test` runs after the build: sees to a broker, then hands over to mocha with the arguments that it was given.
const reason = process.env.AMQP_URL ? null : ensureRabbitMQ((text) => console.log(text));
const mocha = fileURLToPath(import.meta.resolve('mocha/bin/mocha.js'));
const env = reason === null ? process.env : { ...process.env, [NO_BROKER]: reason };
const given = process.argv.slice(2);
const specs = given.some((arg) => arg.endsWith('.test.js')) ? [] : ['build/test/**/*.test.js'];
const child = spawn(process.execPath, [mocha, ...given, ...specs], { stdio: 'inherit', env });
let interrupted = false;
process.on('SIGINT', () => {
  interrupted = true; // the terminal's Ctrl-C reaches mocha too, which then ends what it started
});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code) => {
  process.exitCode = interrupted ? 130 : (code ?? 1);
});

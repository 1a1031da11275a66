import { NO_BROKER } from './describe-broker.ts';
import { ensureRabbitMQ } from './install-rabbitmq.ts';
import { runInLanes } from './lanes.ts';

// What `npm test` runs after the build: sees to a broker, then hands over to mocha with the arguments that it was given.
const reason = process.env.AMQP_URL ? null : ensureRabbitMQ((text) => console.log(text));
const env = reason === null ? process.env : { ...process.env, [NO_BROKER]: reason };
process.exitCode = await runInLanes(process.argv.slice(2), env);

import { connect, DeliveryMode, type PromiseChannel } from '../../adapters/index.ts';
import { CONSUMERS, Load, PREFETCH, PUBLISHERS, RECOVERY, TICK } from './load.ts';

/** Publishes and consumes in promise style until SIGTERM; `run.ts` starts it. */
const load = new Load();
const { url, queue, resend } = load.options;
const connection = await connect(url, {
  recovery: { ...RECOVERY, resend },
  onError: (error) => load.error(error),
});
for (const name of ['lost', 'recovering', 'recovered', 'recoveryFailed'] as const) {
  connection.on(name, () => load.event(name));
}
void connection.closed.then((error) => {
  if (!load.stopping) load.thrown('closed', error);
});
const publishing: PromiseChannel[] = [];
for (let i = 0; i < PUBLISHERS; i++) publishing.push(await connection.channel({ confirm: true }));
await publishing[0]?.queueDeclare({ queue, durable: true });
for (let i = 0; i < CONSUMERS; i++) {
  const channel = await connection.channel({ prefetch: PREFETCH });
  if (i % 2 === 0) void iterate(channel);
  else await handle(channel);
}
load.event('open');

const ticking = setInterval(() => {
  publishing.forEach(publishSome);
  load.flush();
  if (load.stopping && load.isQuiet) void end();
}, TICK);
const stop = (): void => {
  load.stopping = true;
};
process.on('SIGTERM', stop);

function publishSome(channel: PromiseChannel, publisher: number): void {
  for (let room = load.room(publisher); room > 0; room--) {
    const { id, body } = load.called(publisher);
    const properties = { deliveryMode: DeliveryMode.Persistent };
    channel.basicPublish('', queue, body, properties, { mandatory: true }).then(
      () => load.settled(id, 'confirmed'),
      (error) => load.refused(id, error),
    );
  }
}

async function iterate(channel: PromiseChannel): Promise<void> {
  try {
    for await (const message of channel.consume({ queue })) {
      const { deliveryTag, redelivered } = message.method;
      load.handled(channel.channelNumber, deliveryTag, redelivered, message.body);
      message.ack();
    }
  } catch (error) {
    load.thrown('consume() ended', error);
  }
}

async function handle(channel: PromiseChannel): Promise<void> {
  await channel.basicConsume({ queue }, (_channel, { deliveryTag, redelivered }, _properties, body) => {
    load.handled(channel.channelNumber, deliveryTag, redelivered, body);
    // of a connection that is lost by now: to the error hook
    channel.basicAck(deliveryTag);
  });
}

async function end(): Promise<void> {
  clearInterval(ticking);
  process.off('SIGTERM', stop);
  await connection.close();
  process.once('beforeExit', () => load.ended());
}

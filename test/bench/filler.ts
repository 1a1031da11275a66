/**
 * Gets a real broker's queues ready for a round; answers lines as a client does. Queues have a limit of life, so that
 * nothing stays behind, and so that a foreign queue of the same name is refused by the broker and not emptied.
 */
import { type Channel, SelectConnection } from '../../adapters/index.ts';
import { roundsInLoop } from './rounds-in-loop.ts';
import { type Finish, serveRounds } from './rounds-on-demand.ts';
import { BODY, QUEUE, UNCONFIRMED } from './workload.ts';

const LIFE = { 'x-expires': 600_000 };

const connection = new SelectConnection(`${process.argv[2]}?heartbeat=0`, open);
let channel: Channel;
let published = 0;
let onConfirmed: (upTo: number) => void = () => {};

connection.ioloop.start();
const [empty, fill] = [emptied, filled];
serveRounds(
  roundsInLoop(connection.ioloop, {
    publish: empty,
    'confirm-each': empty,
    'confirm-window': empty,
    consume: fill,
    generator: fill,
    acks: fill,
  }),
);

function open(): void {
  channel = connection.channel(() => {
    channel.confirmDelivery(({ deliveryTag }) => onConfirmed(Number(deliveryTag)));
    channel.queueDeclare({ queue: QUEUE, durable: true, arguments: LIFE }, () => connection.ioloop.stop());
  });
}

function emptied(_count: number, done: Finish): void {
  channel.queuePurge({ queue: QUEUE }, () => done());
}

/** Messages of `bench.COUNT`, which is gone when its consumer is. */
function filled(count: number, done: Finish): void {
  const queue = `bench.${count}`;
  const last = published + count;
  onConfirmed = (upTo) => {
    for (const until = Math.min(last, upTo + UNCONFIRMED); published < until; published++) {
      channel.basicPublish('', queue, BODY);
    }
    if (upTo === last) done();
  };
  channel.queueDeclare({ queue, durable: true, autoDelete: true, arguments: LIFE }, () =>
    channel.queuePurge({ queue }, () => onConfirmed(published)),
  );
}

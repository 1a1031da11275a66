/** The callback style on a loop that blocks, as a standalone program writes it. */
import { type Channel, SelectConnection } from '../../../adapters/index.ts';
import { roundsInLoop } from '../rounds-in-loop.ts';
import { type Finish, serveRounds } from '../rounds-on-demand.ts';
import { ECHO_QUEUE } from '../session.ts';
import { BODY, PREFETCH, QUEUE, UNCONFIRMED } from '../workload.ts';

/** Messages between two questions that tell how far the server is; two such lots are under way at a time. */
const LOT = 5_000;

const connection = new SelectConnection(`${process.argv[2]}?heartbeat=0`, openChannels);
let plain: Channel;
let confirming: Channel;
let acking: Channel;
let echoing: Channel;
let onConfirmed: (upTo: number) => void = () => {};
let onEcho: () => void = () => {};

connection.ioloop.start();
serveRounds(roundsInLoop(connection.ioloop, { publish, confirms, consume, acks, roundtrip }));

function openChannels(): void {
  plain = connection.channel();
  confirming = connection.channel((channel) =>
    channel.confirmDelivery(({ deliveryTag }) => onConfirmed(Number(deliveryTag))),
  );
  acking = connection.channel((channel) => channel.basicQos({ prefetchCount: PREFETCH }));
  echoing = connection.channel((channel) =>
    channel.basicConsume(
      { queue: ECHO_QUEUE, autoAck: true },
      () => onEcho(),
      () => connection.ioloop.stop(),
    ),
  );
}

function publish(count: number, done: Finish): void {
  let left = count;
  let asked = 0;
  const more = (): void => {
    const size = Math.min(left, LOT);
    left -= size;
    asked += 1;
    for (let i = 0; i < size; i++) plain.basicPublish('', QUEUE, BODY);
    plain.queueDeclare({ queue: QUEUE, passive: true }, () => {
      asked -= 1;
      if (left > 0) more();
      else if (asked === 0) done();
    });
  };
  more();
  if (left > 0) more();
}

let published = 0;
function confirms(count: number, done: Finish): void {
  const last = published + count;
  const more = (confirmed: number): void => {
    const until = Math.min(last, confirmed + UNCONFIRMED);
    for (; published < until; published++) confirming.basicPublish('', QUEUE, BODY);
    if (confirmed === last) done();
  };
  onConfirmed = more;
  more(published);
}

function consume(count: number, done: Finish): void {
  let left = count;
  const consumerTag = plain.basicConsume({ queue: `bench.${count}`, autoAck: true }, () => {
    left -= 1;
    if (left === 0) plain.basicCancel({ consumerTag }, () => done());
  });
}

function acks(count: number, done: Finish): void {
  let left = count;
  const consumerTag = acking.basicConsume({ queue: `bench.${count}` }, (channel, method) => {
    channel.basicAck(method.deliveryTag);
    left -= 1;
    if (left === 0) channel.basicCancel({ consumerTag }, () => done());
  });
}

function roundtrip(count: number, done: Finish): void {
  const times = new Float64Array(count);
  let at = 0;
  let asked = performance.now();
  onEcho = () => {
    const answered = performance.now();
    times[at++] = answered - asked;
    asked = answered;
    if (at < count) echoing.basicPublish('', ECHO_QUEUE, BODY);
    else done(times);
  };
  echoing.basicPublish('', ECHO_QUEUE, BODY);
}

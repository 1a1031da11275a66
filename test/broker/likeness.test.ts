import { expect } from 'chai';
import * as amqp from '../../amqp/index.ts';
import { MemoryBroker } from '../kit/index.ts';
import { type Broker, describeBroker } from '../support/describe-broker.ts';
import { memoryClient, open, tcpClient, type WireClient, type WireEvent } from '../support/wire-client.ts';
import { CHANNELS } from './likeness/channels.ts';
import { DELIVERIES } from './likeness/deliveries.ts';
import { EXCHANGES } from './likeness/exchanges.ts';
import { QUEUES } from './likeness/queues.ts';
import { REPLIES } from './likeness/replies.ts';
import { ROUTING } from './likeness/routing.ts';
import type { Scenario, Speaker } from './likeness/steps.ts';

const SCENARIOS = [...QUEUES, ...EXCHANGES, ...ROUTING, ...DELIVERIES, ...REPLIES, ...CHANNELS];

describeBroker('MemoryBroker', (broker) => {
  for (const scenario of SCENARIOS) {
    it(`answers as RabbitMQ does when ${scenario.when}`, async () => {
      const name = nameMaker(broker);
      const ours = await perform(scenario, memoryClient(new MemoryBroker()), name, null);
      const client = await tcpClient(broker.host, broker.port);
      try {
        expect(ours).to.deep.equal(await perform(scenario, client, name, ours));
      } finally {
        await client[Symbol.asyncDispose]();
      }
    });
  }
});

/** The answers to one step, in words. */
type Outcome = readonly string[];

const PATIENCE = 3_000; // ms for answers that a broker in memory gave at once; what is missing then shows as a difference

/** @param expected - what the scenario brought elsewhere: so many answers are waited for after each step */
async function perform(
  { steps }: Scenario,
  client: WireClient,
  name: Speaker['name'],
  expected: readonly Outcome[] | null,
): Promise<Outcome[]> {
  await open(client, [1, 2]);
  const outcomes: Outcome[] = [];
  const confirmed = new Set<number>();
  let replyTo = '';
  for (const [i, step] of [...steps, anythingElse].entries()) {
    step(speaker(client, name, replyTo));
    const wanted = expected?.[i]?.length ?? 0;
    await client.until(() => answersOf(client.events, confirmed).length >= wanted, PATIENCE).catch(() => undefined);
    const answers = answersOf(client.take(), confirmed);
    for (const { name: kind, fields, properties } of answers) {
      if (kind === 'basic.ack') confirmed.add(Number(fields.deliveryTag));
      replyTo = properties?.replyTo ?? replyTo;
    }
    outcomes.push(answers.map(inWords).sort(byKind));
  }
  return outcomes;
}

/** A call whose answer comes after everything that was still on its way on this connection. */
function anythingElse({ call }: Speaker): void {
  call(amqp.BASIC_QOS, { prefetchCount: 0 }, 2);
}

function speaker(client: WireClient, name: Speaker['name'], replyTo: string): Speaker {
  return {
    name,
    replyTo,
    call: (id, fields = {}, channel = 1) => client.send(channel, id, fields),
    publish(exchange, routingKey, body, { properties = {}, ...flags } = {}) {
      client.publish(1, { exchange, routingKey, ...flags }, body, properties);
    },
  };
}

function nameMaker(broker: Broker): Speaker['name'] {
  const names = new Map<string, string>();
  return (purpose) => {
    const name = names.get(purpose) ?? broker.unique(purpose);
    names.set(purpose, name);
    return name;
  };
}

/**
 * A confirm that covers several messages counts as one for each: brokers are free to put them together.
 * @param before - the tags that were confirmed earlier
 */
function answersOf(events: readonly WireEvent[], before: ReadonlySet<number>): WireEvent[] {
  const confirmed = new Set(before);
  return events.flatMap((event) => {
    if (event.name !== 'basic.ack') return [event];
    const last = Number(event.fields.deliveryTag);
    const covered = event.fields.multiple === true ? Array.from({ length: last }, (_, i) => i + 1) : [last];
    const tags = covered.filter((tag) => !confirmed.has(tag));
    for (const tag of tags) confirmed.add(tag);
    return tags.map((deliveryTag) => ({ ...event, fields: { deliveryTag, multiple: false } }));
  });
}

function inWords({ channel, name, fields, properties, body }: WireEvent): string {
  const set = Object.entries(properties ?? {}).filter(([, value]) => value !== null);
  const text = JSON.stringify({ ...fields, ...(properties && { properties: Object.fromEntries(set), body }) }, exact);
  return `${channel} ${name} ${text.replace(/amq\.(gen-|ctag-|rabbitmq\.reply-to\.)[^"']+/g, 'amq.$1*')}`;
}

/** JSON knows no bigint. */
function exact(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value;
}

/** Answers of different kinds may overtake each other in a broker, and so may confirms; those of one kind may not. */
function byKind(a: string, b: string): number {
  const kind = (text: string): string => (/basic.ack/.test(text) ? text : text.split(' ', 2).join(' '));
  return kind(a) < kind(b) ? -1 : Number(kind(a) > kind(b));
}

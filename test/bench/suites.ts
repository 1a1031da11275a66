import { compiled, python } from './foreign-programs.ts';
import type { Effort } from './measure.ts';
import { packageProgram } from './package-programs.ts';
import { type Command, nodeProgram, nodeProgramOn } from './programs.ts';
import type { ServerKind } from './servers.ts';

/** A program that is measured: it does rounds as `rounds-on-demand.ts` describes, whatever it is written in. */
export interface ClientProgram {
  readonly name: string;
  readonly title: string;
  /** @throws {LeftOut} when it cannot run on this machine */
  command(): Command | Promise<Command>;
}
export interface Case {
  readonly name: string;
  readonly title: string;
  /** In place of the suite's. */
  readonly effort?: Effort;
  /**
   * Clients and server share a processor, where the system can do that: a single question and its answer are over sooner
   * than another processor wakes, and whether one is woken is up to the system, round by round.
   */
  readonly oneProcessor?: boolean;
}
/** A ratio that the client shall have at least. */
export interface Aim {
  readonly case: string;
  readonly client: string;
  /** One client, or several of which the fastest counts. */
  readonly than: string | readonly string[];
  readonly ratio: number;
}
/** Memory that a client shall hold at most. */
export interface Bound {
  readonly case: string;
  readonly client: string;
  readonly mebibytes: number;
}
/** What is measured together: the first client is what the others are compared with. */
export interface Suite {
  readonly name: string;
  readonly title: string;
  readonly server: ServerKind | null;
  /** Bytes of each message. */
  readonly bodySize: number;
  readonly effort: Effort;
  readonly clients: readonly ClientProgram[];
  readonly cases: readonly Case[];
  readonly aims: readonly Aim[];
  readonly bounds?: readonly Bound[];
}

/** The clients of npm that ours is compared with; their fastest counts. */
const OTHERS = ['amqplib', 'rabbitmq-client', 'cloudamqp'] as const;
/** First, while a client's process is as it started. */
const STALLED: Case = {
  name: 'stalled',
  title: 'memory held after publishing for a second to a server that has stopped to read',
  effort: { rounds: 3, roundSeconds: 1 },
};
const RPC: Case = { name: 'rpc', title: 'round trip of a call (queue.declare, passive)' };
const RPC_ON_ONE: Case = { ...RPC, title: `${RPC.title}, on one processor with the server`, oneProcessor: true };
const LONG: Effort = { rounds: 21, roundSeconds: 0.5 };

/** A further client is a file in clients/ and a line here. */
export const SUITES: readonly Suite[] = [
  {
    name: 'amqp',
    title: 'AMQP with 16-byte bodies',
    server: 'framing',
    bodySize: 16,
    effort: LONG,
    clients: [
      ours('raw', 'raw limit of a Node socket', 'clients/raw.js'),
      ours('stream', 'bare bytes through IOLoop’s I/O thread', 'clients/ioloop-stream.js'),
      ours('select', 'SelectConnection', 'clients/select.js'),
    ],
    cases: [
      { name: 'publish', title: 'publish' },
      { name: 'confirms', title: 'publish with confirms, at most 10 000 unconfirmed' },
      { name: 'consume', title: 'consume' },
      { name: 'acks', title: 'consume with an ack each, prefetch 500' },
      { name: 'roundtrip', title: 'round trip of one message at a time' },
    ],
    aims: [],
  },
  {
    name: 'loop',
    title: 'the loop alone',
    server: null,
    bodySize: 0,
    effort: LONG,
    clients: [ours('host', 'Node’s own loop', 'clients/host-loop.js'), ours('ioloop', 'IOLoop', 'clients/ioloop.js')],
    cases: [
      { name: 'schedule-cancel', title: 'timer scheduled and cancelled' },
      { name: 'live-timers', title: 'timer scheduled among up to a million live ones' },
      { name: 'due-timers', title: 'overdue timer fired, of 100 000 at a time' },
      { name: 'callbacks', title: 'callback, of 10 000 queued at a time' },
      { name: 'chain', title: 'turn with one callback, which adds the next' },
      { name: 'empty-turn', title: 'turn with nothing to do, which looks without waiting' },
      { name: 'start-stop', title: 'loop started and stopped' },
      { name: 'wake', title: 'wake by another thread: from its call to the callback' },
      { name: 'lateness', title: 'timer of 1 ms: from its deadline to the callback' },
    ],
    aims: [],
  },
  blocking('blocking', 'blocking calls, 16-byte bodies', 'framing'),
  blocking('blocking-rabbitmq', 'blocking calls on RabbitMQ, 16-byte bodies', 'rabbitmq'),
  promises('promises', 'promises, 100-byte bodies', 'framing'),
  promises('promises-rabbitmq', 'promises on RabbitMQ, 100-byte bodies', 'rabbitmq'),
];

function ours(name: string, title: string, path: string): ClientProgram {
  return { name, title, command: () => nodeProgram(path) };
}

/** The same clients and cases for each server. */
function blocking(name: string, title: string, server: ServerKind): Suite {
  const program = 'clients/blocking.js';
  return {
    name,
    title,
    server,
    bodySize: 16,
    effort: { rounds: 15, roundSeconds: 0.25 },
    clients: [
      { name: 'c', title: 'librabbitmq, C', command: () => compiled('librabbitmq.c', 'rabbitmq') },
      { name: 'pika', title: 'pika, Python', command: () => python('pika-blocking.py', 'pika') },
      { name: 'epoll', title: 'BlockingConnection on epoll', command: () => nodeProgramOn('epoll', program) },
      { name: 'worker', title: 'BlockingConnection on the worker', command: () => nodeProgramOn('worker', program) },
    ],
    cases: [
      { name: 'rpc', title: 'round trip of a call (queue.declare, passive)' },
      { name: 'roundtrip', title: 'round trip of a message: publish, wait for its delivery' },
      { name: 'publish', title: 'publish' },
      { name: 'confirm-each', title: 'publish and wait for the confirm, one at a time' },
      { name: 'confirm-window', title: 'publish with confirms, at most 1 000 unconfirmed' },
      { name: 'consume', title: 'consume with a callback: startConsuming()' },
      { name: 'generator', title: 'consume with the generator: consume()' },
      { name: 'acks', title: 'consume with an ack each, prefetch 500' },
    ],
    aims: [
      { case: 'rpc', client: 'epoll', than: 'c', ratio: 0.8 },
      { case: 'rpc', client: 'worker', than: 'pika', ratio: 1.2 },
      { case: 'publish', client: 'epoll', than: 'c', ratio: 3 },
      { case: 'consume', client: 'epoll', than: 'c', ratio: 0.5 },
      { case: 'generator', client: 'epoll', than: 'c', ratio: 0.5 },
    ],
  };
}

/** The same clients for each server; what only the benchmark's own server can do is left to it. */
function promises(name: string, title: string, server: ServerKind): Suite {
  const framing = server === 'framing';
  return {
    name,
    title,
    server,
    bodySize: 100,
    effort: { rounds: 15, roundSeconds: 0.25 },
    clients: [
      packaged('amqplib', 'amqplib', 'clients/amqplib.js'),
      packaged('rabbitmq-client', 'rabbitmq-client', 'clients/rabbitmq-client.js'),
      packaged('cloudamqp', '@cloudamqp/amqp-client', 'clients/cloudamqp.js'),
      ...(framing ? [ours('raw', 'raw limit of a Node socket', 'clients/raw.js')] : []),
      ours('promises', 'pikaloop’s promises', 'clients/promises.js'),
    ],
    cases: [
      ...(framing ? [STALLED] : []),
      { name: 'publish', title: 'publish' },
      { name: 'confirm-window', title: 'publish with confirms, at most 1 000 unconfirmed' },
      { name: 'consume', title: 'consume' },
      { name: 'acks', title: 'consume with an ack each, prefetch 500' },
      framing ? RPC_ON_ONE : RPC,
      { name: 'outstanding', title: 'round trips of calls, 100 at a time on 100 channels' },
    ],
    aims: [
      aim('publish', 8),
      aim('confirm-window', 6),
      aim('consume', 3),
      aim('acks', 5),
      aim('rpc', 0.8, 'raw'),
      aim('rpc', 1.1),
      aim('outstanding', 3),
    ],
    bounds: framing ? [{ case: 'stalled', client: 'promises', mebibytes: 16 }] : [],
  };
}

/** Of the promise style. */
function aim(measure: string, ratio: number, than: Aim['than'] = OTHERS): Aim {
  return { case: measure, client: 'promises', than, ratio };
}

function packaged(name: string, title: string, path: string): ClientProgram {
  return { name, title, command: () => packageProgram(title, path) };
}

import { fileURLToPath } from 'node:url';

/** A program that is measured: it does rounds as `rounds-on-demand.ts` describes, whatever it is written in. */
export interface ClientProgram {
  readonly name: string;
  readonly title: string;
  /** The program and its arguments; the server's port comes last. */
  readonly command: readonly string[];
}
export interface Case {
  readonly name: string;
  readonly title: string;
}
/** What is measured together: the first client is what the others are compared with. */
export interface Suite {
  readonly name: string;
  readonly title: string;
  readonly needsServer: boolean;
  readonly clients: readonly ClientProgram[];
  readonly cases: readonly Case[];
}

/** A further client is a file in clients/ and a line here. */
export const SUITES: readonly Suite[] = [
  {
    name: 'amqp',
    title: 'AMQP with 16-byte bodies',
    needsServer: true,
    clients: [
      { name: 'raw', title: 'raw limit of a Node socket', command: nodeProgram('clients/raw.js') },
      {
        name: 'stream',
        title: 'bare bytes through IOLoop’s I/O thread',
        command: nodeProgram('clients/ioloop-stream.js'),
      },
      { name: 'select', title: 'SelectConnection', command: nodeProgram('clients/select.js') },
    ],
    cases: [
      { name: 'publish', title: 'publish' },
      { name: 'confirms', title: 'publish with confirms, at most 10 000 unconfirmed' },
      { name: 'consume', title: 'consume' },
      { name: 'acks', title: 'consume with an ack each, prefetch 500' },
      { name: 'roundtrip', title: 'round trip of one message at a time' },
    ],
  },
  {
    name: 'loop',
    title: 'the loop alone',
    needsServer: false,
    clients: [
      { name: 'host', title: 'Node’s own loop', command: nodeProgram('clients/host-loop.js') },
      { name: 'ioloop', title: 'IOLoop', command: nodeProgram('clients/ioloop.js') },
    ],
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
  },
];

function nodeProgram(path: string): string[] {
  return [process.execPath, '--enable-source-maps', fileURLToPath(new URL(path, import.meta.url))];
}

import { readLong } from './frame-scanner.ts';
import type { Finish, Rounds } from './rounds-on-demand.ts';
import { ECHO_QUEUE } from './session.ts';
import * as wire from './wire.ts';
import { BODY, CHANNELS, PREFETCH, QUEUE, UNCONFIRMED, WINDOW } from './workload.ts';

/** A channel for each way of working. */
const PLAIN = 1;
const CONFIRMS = 2;
const ACKS = 3;
const ECHO = 4;
/** The first of those that ask at the same time. */
const ASKERS = 5;
const CONSUMER_TAG = 'bench-consumer';
const NO_ACK = 2;
/** Messages a write: about 64 KiB. */
const BATCH = 800;

const MESSAGES: Record<number, Buffer> = {
  [PLAIN]: wire.publish(PLAIN, QUEUE, BODY),
  [CONFIRMS]: wire.publish(CONFIRMS, QUEUE, BODY),
};
const BATCHES: Record<number, Buffer> = {
  [PLAIN]: wire.repeated(wire.publish(PLAIN, QUEUE, BODY), BATCH),
  [CONFIRMS]: wire.repeated(wire.publish(CONFIRMS, QUEUE, BODY), BATCH),
};
const ACK_SIZE = wire.ack(ACKS, 1, false).length;
const ACK_BATCH = wire.repeated(wire.ack(ACKS, 1, false), PREFETCH);
const ECHO_PUBLISH = wire.publish(ECHO, ECHO_QUEUE, BODY);
const ECHO_SIZE = wire.deliver(ECHO, CONSUMER_TAG, ECHO_QUEUE, BODY).length;
const QUESTION_SIZE = declare(PLAIN).length;
const DECLARE_OK = [wire.shortString(QUEUE), wire.long(0), wire.long(0)];
const DECLARE_OK_SIZE = wire.method(PLAIN, wire.QUEUE_DECLARE_OK, ...DECLARE_OK).length;
/** A question on each channel, twice over: as many as there are channels follow each other from any place on. */
const QUESTIONS = wire.repeated(Buffer.concat(Array.from({ length: CHANNELS }, (_, i) => declare(ASKERS + i))), 2);

/** What a bare stream of bytes can do. */
export interface ByteStream {
  /** @returns false when it asks to wait for the drain */
  write(bytes: Uint8Array): boolean;
}

/**
 * The limit of a byte stream: rounds that send bytes built beforehand, and read what comes back by counting it.
 * The owner of the stream calls `received` and `drained`.
 */
export class RawRounds {
  readonly rounds: Rounds = {
    publish: (count, done) => this.#publish(count, done),
    confirms: (count, done) => this.#confirms(count, done, UNCONFIRMED),
    'confirm-window': (count, done) => this.#confirms(count, done, WINDOW),
    consume: (count, done) => this.#consume(count, done),
    acks: (count, done) => this.#acks(count, done),
    roundtrip: (count, done) => this.#timed(count, done, ECHO_PUBLISH, ECHO_SIZE),
    rpc: (count, done) => this.#timed(count, done, declare(PLAIN), DECLARE_OK_SIZE),
    outstanding: (count, done) => this.#outstanding(count, done),
  };
  readonly #stream: ByteStream;
  #confirmed = 0;
  #onDrain: () => void = () => {};
  #onBytes: (bytes: Uint8Array) => void = () => {};

  constructor(stream: ByteStream) {
    this.#stream = stream;
  }

  /** Logs in and opens the channels. */
  prepare(done: () => void): void {
    this.#stream.write(Buffer.concat([wire.PROTOCOL_HEADER, ...preparation()]));
    // The last answer of the preparation is the only one that names the queue.
    this.#onBytes = (bytes) => {
      if (Buffer.from(bytes).includes(QUEUE)) done();
    };
  }

  received(bytes: Uint8Array): void {
    this.#onBytes(bytes);
  }

  drained(): void {
    this.#onDrain();
  }

  #publish(count: number, done: Finish): void {
    let left = count;
    const more = (): void => {
      for (let room = true; room && left > 0; ) {
        const size = Math.min(left, BATCH);
        left -= size;
        room = this.#send(PLAIN, size);
      }
      if (left > 0) return;
      this.#onDrain = () => {};
      this.#ask(declare(PLAIN), DECLARE_OK_SIZE, done);
    };
    this.#onDrain = more;
    more();
  }

  #confirms(count: number, done: Finish, window: number): void {
    const last = this.#confirmed + count;
    let sent = this.#confirmed;
    let unread = Buffer.alloc(0);
    const more = (): void => {
      for (let room = 1; room > 0; sent += room) {
        room = Math.min(last - sent, window - (sent - this.#confirmed), BATCH);
        if (room > 0) this.#send(CONFIRMS, room);
      }
    };
    this.#onBytes = (bytes) => {
      unread = Buffer.concat([unread, bytes]);
      const whole = unread.length - (unread.length % ACK_SIZE);
      if (whole > 0) this.#confirmed = readLong(unread, whole - ACK_SIZE + 7 + 4 + 4);
      unread = unread.subarray(whole);
      if (this.#confirmed === last) done();
      else more();
    };
    more();
  }

  #consume(count: number, done: Finish): void {
    const queue = `bench.${count}`;
    const size = wire.deliver(PLAIN, CONSUMER_TAG, queue, BODY).length;
    this.#ask(consumer(PLAIN, queue, NO_ACK), consumeOkSize() + count * size, done);
  }

  #acks(count: number, done: Finish): void {
    const queue = `bench.${count}`;
    const size = wire.deliver(ACKS, CONSUMER_TAG, queue, BODY).length;
    let received = -consumeOkSize();
    let settled = 0;
    this.#onBytes = (bytes) => {
      received += bytes.length;
      const unsettled = Math.max(0, Math.floor(received / size)) - settled;
      if (unsettled > 0) this.#stream.write(ACK_BATCH.subarray(0, unsettled * ACK_SIZE));
      settled += unsettled;
      if (settled === count) done();
    };
    this.#stream.write(consumer(ACKS, queue, 0));
  }

  /** Questions are answered in their order, so that the next ones are for the channels that waited longest. */
  #outstanding(count: number, done: Finish): void {
    let asked = 0;
    let answered = 0;
    let received = 0;
    const more = (): void => {
      const from = (asked % CHANNELS) * QUESTION_SIZE;
      const questions = Math.min(count - asked, CHANNELS - (asked - answered));
      asked += questions;
      if (questions > 0) this.#stream.write(QUESTIONS.subarray(from, from + questions * QUESTION_SIZE));
    };
    this.#onBytes = (bytes) => {
      received += bytes.length;
      answered = Math.floor(received / DECLARE_OK_SIZE);
      if (answered === count) done();
      else more();
    };
    more();
  }

  #timed(count: number, done: Finish, question: Uint8Array, answerSize: number): void {
    const times = new Float64Array(count);
    let at = 0;
    let asked = 0;
    const next = (): void => {
      const answered = performance.now();
      if (at > 0) times[at - 1] = answered - asked;
      asked = answered;
      at += 1;
      if (at > count) done(times);
      else this.#ask(question, answerSize, next);
    };
    next();
  }

  /** Writes and calls `done` when `size` bytes have come. */
  #ask(bytes: Uint8Array, size: number, done: () => void): void {
    let missing = size;
    this.#onBytes = (got) => {
      missing -= got.length;
      if (missing === 0) done();
    };
    this.#stream.write(bytes);
  }

  #send(channel: typeof PLAIN | typeof CONFIRMS, count: number): boolean {
    return this.#stream.write(BATCHES[channel]!.subarray(0, count * MESSAGES[channel]!.length)); // both tables have both
  }
}

function preparation(): Buffer[] {
  const client = [wire.shortString('PLAIN'), wire.longString('\0guest\0guest'), wire.shortString('en_US')];
  const virtualHost = [wire.shortString('/'), wire.shortString(''), wire.octet(0)];
  return [
    wire.method(0, wire.CONNECTION_START_OK, wire.table(), ...client),
    wire.method(0, wire.CONNECTION_TUNE_OK, wire.short(0), wire.long(131072), wire.short(0)),
    wire.method(0, wire.CONNECTION_OPEN, ...virtualHost),
    ...[PLAIN, CONFIRMS, ACKS, ECHO, ...askers()].map((number) =>
      wire.method(number, wire.CHANNEL_OPEN, wire.shortString('')),
    ),
    wire.method(CONFIRMS, wire.CONFIRM_SELECT, wire.octet(0)),
    wire.method(ACKS, wire.BASIC_QOS, wire.long(0), wire.short(PREFETCH), wire.octet(0)),
    consumer(ECHO, ECHO_QUEUE, NO_ACK),
    declare(PLAIN),
  ];
}

function askers(): number[] {
  return Array.from({ length: CHANNELS }, (_, i) => ASKERS + i);
}

function declare(channel: number): Buffer {
  return wire.method(channel, wire.QUEUE_DECLARE, wire.short(0), wire.shortString(QUEUE), wire.octet(1), wire.table());
}
function consumer(channel: number, queue: string, flags: number): Buffer {
  const names = [wire.shortString(queue), wire.shortString(CONSUMER_TAG)];
  return wire.method(channel, wire.BASIC_CONSUME, wire.short(0), ...names, wire.octet(flags), wire.table());
}
function consumeOkSize(): number {
  return wire.method(PLAIN, wire.BASIC_CONSUME_OK, wire.shortString(CONSUMER_TAG)).length;
}

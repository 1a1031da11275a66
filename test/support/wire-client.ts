import { connect } from 'node:net';
import * as amqp from '../../amqp/index.ts';
import type { MemoryBroker } from '../kit/index.ts';

/** A method that came, with its content if it carries any. */
export interface WireEvent {
  readonly channel: number;
  /** `queue.declare-ok`. */
  readonly name: string;
  readonly fields: Readonly<Record<string, unknown>>;
  properties?: amqp.BasicProperties;
  body?: string;
}

/** A client that is nothing but frames: for tests of a broker, which shall see exactly what the test says. */
export class WireClient implements amqp.FrameSink {
  /** Every method that came, oldest first; those of the connection's opening are left out. */
  readonly events: WireEvent[] = [];
  /** Whether the broker has ended the stream. */
  ended = false;
  readonly #write: (bytes: Uint8Array) => void;
  readonly #reader = new amqp.FrameReader(this);
  readonly #payload = new amqp.Reader();
  readonly #bodies = new Map<number, { event: WireEvent; size: number; bytes: Uint8Array[] }>();
  #waiting: { until: () => boolean; done: () => void } | null = null;

  constructor(write: (bytes: Uint8Array) => void) {
    this.#write = write;
    this.#reader.frameMax = amqp.FRAME_HEAD_SIZE + 131_072;
  }

  send(channel: number, id: amqp.MethodId, fields: object = {}): void {
    this.#write(amqp.encodeMethodFrame(channel, id, fields));
  }

  publish(channel: number, fields: amqp.BasicPublish, body: string, properties: amqp.PropertiesIn = {}): void {
    this.#write(amqp.encodeContentFrames(channel, amqp.BASIC_PUBLISH, fields, properties, body, 4096));
  }

  raw(bytes: Uint8Array): void {
    this.#write(bytes);
  }

  /** What came since the last call. */
  take(): WireEvent[] {
    return this.events.splice(0);
  }

  /** Settles when the condition holds; fails with what has come when it does not in time. */
  async until(condition: () => boolean, limit = 10_000): Promise<void> {
    if (condition()) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve, reject) => {
      this.#waiting = { until: condition, done: resolve };
      const soFar = (): Error => new Error(`no more in ${limit} ms; so far: ${JSON.stringify(this.events)}`);
      timer = setTimeout(() => reject(soFar()), limit);
    });
    clearTimeout(timer);
  }

  receive(bytes: Uint8Array): void {
    this.#reader.feed(bytes);
    this.#wake();
  }

  end(): void {
    this.ended = true;
    this.#wake();
  }

  frame(type: number, channel: number, bytes: Uint8Array, start: number, end: number): void {
    const payload = this.#payload.reset(bytes, start, end);
    if (type === amqp.FRAME_METHOD) this.#method(channel, payload);
    else if (type === amqp.FRAME_HEADER) this.#header(channel, payload);
    else if (type === amqp.FRAME_BODY) this.#body(channel, bytes.slice(start, end));
  }

  #method(channel: number, payload: amqp.Reader): void {
    const id = payload.long();
    const info = amqp.METHODS[id];
    const fields = amqp.decodeMethod(payload, id) as Record<string, unknown>; // fields of a method, by name
    const event: WireEvent = { channel, name: info?.name ?? String(id), fields: { ...fields } };
    if (info?.content) this.#bodies.set(channel, { event, size: 0, bytes: [] });
    else this.events.push(event);
  }

  #header(channel: number, payload: amqp.Reader): void {
    const content = this.#bodies.get(channel);
    if (!content) throw new Error(`a header without a method on channel ${channel}`);
    payload.long();
    content.size = Number(payload.longlong());
    content.event.properties = amqp.decodeProperties(payload);
    this.#body(channel, new Uint8Array(0));
  }

  #body(channel: number, bytes: Uint8Array): void {
    const content = this.#bodies.get(channel);
    if (!content) throw new Error(`a body without a method on channel ${channel}`);
    content.bytes.push(bytes);
    const whole = Buffer.concat(content.bytes);
    if (whole.length < content.size) return;
    content.event.body = whole.toString();
    this.#bodies.delete(channel);
    this.events.push(content.event);
  }

  #wake(): void {
    if (!this.#waiting?.until()) return;
    const { done } = this.#waiting;
    this.#waiting = null;
    done();
  }
}

/** What opens a connection, for {@link WireClient} to say. */
export const OPENING: amqp.ConnectionStartOk = {
  clientProperties: { capabilities: { authentication_failure_close: true, consumer_cancel_notify: true } },
  mechanism: 'PLAIN',
  response: '\0guest\0guest',
  locale: 'en_US',
};

/** A client of a broker in memory: every call is answered when it returns. */
export function memoryClient(broker: MemoryBroker): WireClient {
  let client: WireClient;
  const session = broker.connect({ write: (bytes) => client.receive(bytes), end: () => client.end() });
  client = new WireClient((bytes) => session.receive(bytes, 0));
  return client;
}

/** A client of a broker that listens. */
export async function tcpClient(host: string, port: number): Promise<WireClient & AsyncDisposable> {
  const socket = connect({ host, port, noDelay: true });
  const client = new WireClient((bytes) => socket.write(bytes));
  socket.on('data', (bytes) => client.receive(bytes));
  socket.on('close', () => client.end());
  socket.on('error', () => undefined); // 'close' follows
  return Object.assign(client, {
    async [Symbol.asyncDispose](): Promise<void> {
      socket.destroy();
      await client.until(() => client.ended);
    },
  });
}

/** Brings a client to where channels can be opened, and opens the given ones. */
export async function open(client: WireClient, channels: readonly number[] = [1], virtualHost = '/'): Promise<void> {
  client.raw(amqp.PROTOCOL_HEADER);
  await client.until(() => client.events.length === 1);
  client.send(0, amqp.CONNECTION_START_OK, OPENING);
  await client.until(() => client.events.length === 2);
  client.send(0, amqp.CONNECTION_TUNE_OK, { channelMax: 2047, frameMax: 131_072, heartbeat: 0 });
  client.send(0, amqp.CONNECTION_OPEN, { virtualHost });
  for (const channel of channels) client.send(channel, amqp.CHANNEL_OPEN);
  await client.until(() => client.events.length === 3 + channels.length);
  client.take();
}

import {
  BlockingConnection,
  connect,
  ExternalLoopConnection,
  IOLoop,
  PeriodicCallback,
  PlainCredentials,
  type PromiseChannel,
  type PromiseConnection,
  SelectConnection,
} from 'pikaloop';

// What a window runs: connections on its own loop.

/** Where to connect, as plain data. */
interface Where {
  readonly webSocket?: string;
  readonly host?: string;
}

/** What a failure tells, and why. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly cause: { readonly name: string; readonly code: unknown; readonly message: string } | null;
}

/** Publishes with confirms, without waiting one by one, and consumes with acks. @returns the bodies, and what is left */
export async function publishesAndConsumes(
  webSocket: string,
  queue: string,
  count: number,
): Promise<[string[], number]> {
  const connection = await connect({ webSocket });
  const channel = await connection.channel({ confirm: true, prefetch: 20 });
  await channel.queueDeclare({ queue, exclusive: true });
  await Promise.all(Array.from({ length: count }, (_, i) => channel.basicPublish('', queue, `message ${i}`)));
  const bodies: string[] = [];
  for await (const message of channel.consume({ queue })) {
    bodies.push(textOf(message.body));
    message.ack();
    if (bodies.length === count) break;
  }
  const { messageCount } = await channel.queueDeclare({ queue, passive: true });
  await connection.close();
  return [bodies, messageCount];
}

/** A server of requests and its client, on one connection. */
export async function asks(webSocket: string, queue: string, questions: readonly string[]): Promise<string[]> {
  const connection = await connect({ webSocket });
  const channel = await connection.channel();
  await channel.queueDeclare({ queue, exclusive: true });
  const server = await connection.serve(queue, async ({ body }) => textOf(body).toUpperCase());
  const answers = await Promise.all(questions.map((question) => connection.request(queue, question)));
  await server.close();
  await connection.close();
  return answers.map(({ body }) => textOf(body));
}

/** @returns the class of a body, and how many of its bytes came back as they were sent */
export async function sendsLarge(webSocket: string, queue: string, size: number): Promise<[string, number]> {
  const connection = await connect({ webSocket });
  const channel = await connection.channel({ confirm: true });
  await channel.queueDeclare({ queue, exclusive: true });
  await channel.basicPublish(
    '',
    queue,
    Uint8Array.from({ length: size }, (_, i) => i % 251),
  );
  const message = await channel.basicGet({ queue, autoAck: true });
  await connection.close();
  const body = message?.body ?? new Uint8Array(0);
  return [body.constructor.name, body.reduce((same, byte, i) => same + Number(byte === i % 251), 0)];
}

/** Reads one of many messages and then none for a while. @returns bytes that had come by then, and messages in the end */
export async function readsSlowly(
  where: Where,
  queue: string,
  autoAck: boolean,
  count: number,
): Promise<[number, number]> {
  const connection = await connect(where);
  const channel = await connection.channel({ prefetch: 10 });
  const before = connection.bytesReceived;
  let read = 0;
  let held = 0;
  for await (const message of channel.consume({ queue, autoAck })) {
    if (!autoAck) message.ack();
    if (++read === 1) {
      await pause(700);
      held = connection.bytesReceived - before;
    }
    if (read === count) break;
  }
  await connection.close();
  return [held, read];
}

/** @returns how connecting failed */
export async function fails(where: Where, user?: string): Promise<Failure> {
  const login = user === undefined ? {} : { credentials: new PlainCredentials(user, 'wrong') };
  try {
    await (await connect({ ...where, ...login })).close();
  } catch (error) {
    return failureOf(error);
  }
  throw new Error('it has connected');
}

/** Publishes messages of 1 MiB one after the other on the connection of {@link opens}. @returns how many found room in time */
export async function publishesUntilFull(duration: number): Promise<number> {
  const body = new Uint8Array(1 << 20);
  let published = 0;
  const publish = async (): Promise<void> => {
    for (; published < 200; published++) await channel?.basicPublish('', 'nobody', body);
  };
  await Promise.race([publish(), pause(duration)]);
  return published;
}

/** For {@link ends} and {@link publishesUntilFull}. */
export async function opens(webSocket: string): Promise<void> {
  opened = await connect({ webSocket }, { recovery: false, onError: () => undefined });
  channel = await opened.channel();
}

/** @returns why the connection of {@link opens} is gone */
export async function ends(): Promise<Failure> {
  return failureOf(await opened?.closed);
}

/** In callback style. @returns what was called, in order */
export function callsBack(webSocket: string, queue: string): Promise<string[]> {
  const told: string[] = [];
  return new Promise((resolve) => {
    const connection = new ExternalLoopConnection(
      { webSocket },
      () => {
        told.push('open');
        connection.channel((channel) => {
          channel.queueDeclare({ queue, exclusive: true }, () => channel.basicPublish('', queue, 'hello'));
          channel.basicConsume({ queue }, (_channel, method, _properties, body) => {
            told.push(textOf(body));
            channel.basicAck(method.deliveryTag);
            connection.close();
          });
        });
      },
      () => resolve(['no connection']),
      (_connection, reason) => {
        told.push(reason.name);
        resolve(told);
      },
    );
  });
}

/** What may not hold a window up. @returns the errors, in words */
export function blocks(webSocket: string): string[] {
  const attempts: (() => void)[] = [
    () => new IOLoop({ makeCurrent: false }).start(),
    () => IOLoop.fromHost('browser', { makeCurrent: false }).runSync(() => undefined),
    () => new SelectConnection({ webSocket }).ioloop.start(),
    () => void new BlockingConnection({ webSocket }),
    () => void IOLoop.fromHost('libuv'),
  ];
  return attempts.map((attempt) => {
    try {
      attempt();
    } catch (error) {
      return String(error);
    }
    return 'it blocks';
  });
}

/** @returns what ran, in order */
export function turns(): Promise<string[]> {
  const told: string[] = [];
  return new Promise((resolve) => {
    const loop = IOLoop.current();
    const ticks = new PeriodicCallback(() => {
      if (told.push('tick') < 4) return;
      ticks.stop();
      resolve(told);
    }, 40);
    ticks.start();
    loop.callLater(10, () => told.push('later'));
    loop.addCallback(() => told.push('callback'));
  });
}

/** Says nothing for a while, with a heartbeat of 2 s. @returns whether the broker still answers */
export async function idles(webSocket: string, duration: number): Promise<boolean> {
  const connection = await connect({ webSocket, heartbeat: 2 });
  await pause(duration);
  await (await connection.channel()).queueDeclare({ exclusive: true });
  await connection.close();
  return true;
}

let opened: PromiseConnection | null = null;
let channel: PromiseChannel | null = null;

function failureOf(error: unknown): Failure {
  const { name, message, cause } = error as Error; // ours are
  const reason = cause instanceof Error ? cause : null;
  const told = reason && { name: reason.name, code: Reflect.get(reason, 'code'), message: reason.message };
  return { name, message, cause: told };
}

/** `String()` of a Uint8Array is a list of numbers. */
function textOf(body: Uint8Array): string {
  return new TextDecoder().decode(body);
}

function pause(duration: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, duration));
}

import { connect, createServer, type Server, type Socket } from 'node:net';
import { FRAME_METHOD, FrameReader, METHODS, PROTOCOL_HEADER, Reader } from '../../amqp/index.ts';
import { answerCalls } from './called-thread.ts';
import type { ProxyRequest, ProxyRule, ProxyTarget } from './frame-proxy.ts';

/** One listening port of the thread. */
class Door {
  rules: readonly ProxyRule[];
  readonly seen: string[] = [];
  readonly #links = new Set<Link>();
  readonly #server: Server;

  constructor(target: ProxyTarget | null, rules: readonly ProxyRule[]) {
    this.rules = rules;
    this.#server = createServer({ noDelay: true }, (client) => {
      const link = new Link(this, client, target);
      this.#links.add(link);
      client.on('close', () => this.#links.delete(link));
    });
  }

  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.on('error', reject);
      // a TCP server's address has a port
      this.#server.listen(0, '127.0.0.1', () => resolve((this.#server.address() as { port: number }).port));
    });
  }

  cut(): void {
    for (const link of this.#links) link.obey('reset');
  }

  send(bytes: Uint8Array): void {
    for (const { client } of this.#links) client.write(bytes);
  }

  close(): void {
    this.#server.close();
    this.cut();
  }

  ruleFor(from: ProxyRule['from'], at: string): ProxyRule['act'] | null {
    return this.rules.find((rule) => rule.from === from && (rule.at === at || rule.at === '*'))?.act ?? null;
  }
}

/** A client's connection, and the one to the broker that belongs to it. */
class Link {
  readonly client: Socket;
  readonly #door: Door;
  readonly #broker: Socket | null;

  constructor(door: Door, client: Socket, target: ProxyTarget | null) {
    this.#door = door;
    this.client = client;
    this.#broker = target === null ? null : connect({ ...target, noDelay: true });
    client.on('error', () => this.#broker?.destroy()).on('close', () => this.#broker?.destroy());
    this.#broker?.on('error', () => client.destroy()).on('close', () => client.destroySoon());
    this.#pass('client', client, this.#broker);
    if (this.#broker !== null) this.#pass('broker', this.#broker, client);
    const act = door.ruleFor('client', 'connect');
    if (act !== null) this.obey(act);
  }

  obey(act: ProxyRule['act']): void {
    if (act === 'drop') return;
    if (act === 'end') this.client.end();
    // Node never closes a socket that is reset while its end is under way, and the thread could not end either
    else if (this.client.writableEnded) this.client.destroy();
    else this.client.resetAndDestroy();
    this.#broker?.destroy();
  }

  /** Takes the stream apart, looks at each frame, and passes it on. */
  #pass(from: ProxyRule['from'], input: Socket, output: Socket | null): void {
    const look = (at: string, bytes: Uint8Array): void => {
      if (from === 'client') this.#door.seen.push(at);
      const act = this.#door.ruleFor(from, at);
      if (act === null) output?.write(bytes);
      else this.obey(act);
    };
    const reader = new FrameReader({
      frame: (type, channel, bytes, start, end) => {
        look(nameOf(type, bytes, start, end), framed(type, channel, bytes.subarray(start, end)));
      },
    });
    reader.frameMax = Number.POSITIVE_INFINITY;
    let header = from === 'client' ? PROTOCOL_HEADER.length : 0;
    input.on('data', (bytes) => {
      // a client sends its header in one piece
      if (header > 0) look('protocol header', bytes.subarray(0, header));
      const rest = bytes.subarray(header);
      header = 0;
      if (rest.length > 0) reader.feed(rest);
    });
  }
}

function nameOf(type: number, bytes: Uint8Array, start: number, end: number): string {
  if (type !== FRAME_METHOD) return `frame of type ${type}`;
  const id = new Reader().reset(bytes, start, end).long();
  return METHODS[id]?.name ?? String(id);
}

function framed(type: number, channel: number, payload: Uint8Array): Uint8Array {
  const frame = Buffer.alloc(payload.length + 8);
  frame.writeUInt8(type);
  frame.writeUInt16BE(channel, 1);
  frame.writeUInt32BE(payload.length, 3);
  frame.set(payload, 7);
  frame.writeUInt8(FRAME_END, payload.length + 7);
  return frame;
}

const FRAME_END = 0xce;
const doors = new Map<number, Door>();

async function answer(request: ProxyRequest): Promise<unknown> {
  if (request.does === 'listen') {
    const door = new Door(request.target, request.rules);
    const port = await door.listen();
    doors.set(port, door);
    return port;
  }
  const door = doors.get(request.proxy);
  if (door === undefined) throw new Error(`nothing listens on ${request.proxy}`);
  if (request.does === 'rule') door.rules = request.rules;
  else if (request.does === 'send') door.send(request.bytes);
  else if (request.does === 'seen') return door.seen;
  else door[request.does]();
  return null;
}

answerCalls((request) => answer(request as ProxyRequest));

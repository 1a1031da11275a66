import {
  CHANNEL_CLOSE,
  CHANNEL_CLOSE_OK,
  CHANNEL_OPEN,
  CHANNEL_OPEN_OK,
  CONNECTION_CLOSE,
  CONNECTION_CLOSE_OK,
  CONNECTION_OPEN,
  CONNECTION_OPEN_OK,
  CONNECTION_START,
  CONNECTION_START_OK,
  CONNECTION_TUNE,
  decodeMethod,
  encodeMethodFrame,
  FRAME_HEADER,
  FRAME_HEARTBEAT,
  FRAME_METHOD,
  FrameReader,
  METHODS,
  type MethodId,
  PROTOCOL_HEADER,
  Reader,
} from '../../amqp/index.ts';
import type { Transport, TransportHandlers } from '../../ioloop/index.ts';
import type { World } from './virtual-world.ts';

/** How far the peer takes part in the handshake: what it last sends. */
export type Until = 'nothing' | 'start' | 'tune' | 'open';

export interface PeerOptions {
  readonly host?: string;
  readonly port?: number;
  readonly path?: string;
  readonly until?: Until;
  readonly heartbeat?: number;
  readonly frameMax?: number;
  /** Whether it answers channel.open, channel.close and connection.close. Default true. */
  readonly polite?: boolean;
}

/** The other end of a connection, which does only what a test tells it to, at the time that the test chooses. */
export class ScriptedPeer {
  /** What came, as `[milliseconds, name]`; heartbeats and the protocol header too. */
  readonly seen: [at: number, name: string, fields?: object][] = [];
  /** When each stream came and went. */
  readonly streams: { readonly openedAt: number; closedAt: number | null }[] = [];
  transport: Transport | null = null;
  readonly #world: World;
  readonly #options: Required<Omit<PeerOptions, 'path'>>;

  constructor(world: World, options: PeerOptions = {}) {
    const { host = 'localhost', port = 5672, path } = options;
    const { until = 'open', heartbeat = 0, frameMax = 131_072, polite = true } = options;
    this.#world = world;
    this.#options = { host, port, until, heartbeat, frameMax, polite };
    world.network.listen(path === undefined ? { host, port } : { path }, (transport) => this.#accept(transport));
  }

  get names(): string[] {
    return this.seen.map(([, name]) => name);
  }

  send(channel: number, id: MethodId, fields: object = {}): void {
    this.transport?.write(encodeMethodFrame(channel, id, fields));
  }

  /** The end of the stream, orderly. */
  end(): void {
    this.transport?.shutdown();
  }

  #accept(transport: Transport): TransportHandlers {
    const { loop } = this.#world;
    const stream = { openedAt: loop.time(), closedAt: null as number | null };
    this.streams.push(stream);
    this.transport = transport;
    const reader = new FrameReader({
      frame: (type, channel, bytes, start, end) => this.#frame(type, channel, bytes, start, end),
    });
    reader.frameMax = Number.POSITIVE_INFINITY;
    let headerDue = true;
    return {
      onConnect() {},
      onData: (bytes) => {
        const from = headerDue ? PROTOCOL_HEADER.length : 0;
        if (headerDue) this.#saw('header');
        headerDue = false;
        if (bytes.length > from) reader.feed(bytes.subarray(from));
      },
      onDrain() {},
      onEof: () => false,
      onIdle() {},
      onClose: () => {
        stream.closedAt = loop.time();
      },
    };
  }

  #frame(type: number, channel: number, bytes: Uint8Array, start: number, end: number): void {
    if (type !== FRAME_METHOD) {
      this.#saw(type === FRAME_HEARTBEAT ? 'heartbeat' : type === FRAME_HEADER ? 'content header' : 'content body');
      return;
    }
    const reader = new Reader().reset(bytes, start, end);
    const id = reader.long();
    this.#saw(METHODS[id]?.name ?? String(id), decodeMethod(reader, id));
    this.#answer(channel, id);
  }

  #saw(name: string, fields?: object): void {
    this.seen.push(fields === undefined ? [this.#world.loop.time(), name] : [this.#world.loop.time(), name, fields]);
    if (name === 'header' && this.#goesTo('start')) this.send(0, CONNECTION_START, START);
  }

  #answer(channel: number, id: MethodId): void {
    const { heartbeat, frameMax, polite } = this.#options;
    if (id === CONNECTION_START_OK && this.#goesTo('tune')) {
      this.send(0, CONNECTION_TUNE, { channelMax: 2047, frameMax, heartbeat });
    }
    if (id === CONNECTION_OPEN && this.#goesTo('open')) this.send(0, CONNECTION_OPEN_OK);
    if (!polite) return;
    if (id === CHANNEL_OPEN) this.send(channel, CHANNEL_OPEN_OK);
    if (id === CHANNEL_CLOSE) this.send(channel, CHANNEL_CLOSE_OK);
    if (id === CONNECTION_CLOSE) this.send(0, CONNECTION_CLOSE_OK);
  }

  #goesTo(step: Until): boolean {
    return STEPS.indexOf(step) <= STEPS.indexOf(this.#options.until);
  }
}

const STEPS: readonly Until[] = ['nothing', 'start', 'tune', 'open'];
const START = {
  versionMajor: 0,
  versionMinor: 9,
  serverProperties: { product: 'scripted', capabilities: { 'basic.nack': true, publisher_confirms: true } },
  mechanisms: 'PLAIN EXTERNAL',
  locales: 'en_US',
};

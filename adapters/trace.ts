import {
  CONNECTION_SECURE_OK,
  CONNECTION_START_OK,
  CONNECTION_UPDATE_SECRET,
  decodeMethod,
  decodeProperties,
  FRAME_BODY,
  FRAME_HEADER,
  FRAME_HEARTBEAT,
  FRAME_METHOD,
  FrameReader,
  METHODS,
  PROTOCOL_HEADER,
  Reader,
} from '../amqp/index.ts';

/** `PIKALOOP_TRACE=frames`: one readable line for each frame in either direction. Secrets are hidden, bodies cut. */
export class FrameTrace {
  readonly #sent: Direction;
  readonly #received: Direction;
  #headerSent = false;

  /** @param print - takes one line, without its end */
  constructor(print: (line: string) => void) {
    this.#sent = new Direction('->', print);
    this.#received = new Direction('<-', print);
  }

  /** @param parts - as they go to the socket */
  sent(parts: readonly Uint8Array[]): void {
    for (const part of parts) this.#sent.feed(this.#headerSent ? part : this.#withoutHeader(part));
  }

  received(bytes: Uint8Array): void {
    this.#received.feed(bytes);
  }

  /** The first eight bytes that a client sends are no frame. */
  #withoutHeader(part: Uint8Array): Uint8Array {
    this.#headerSent = true;
    this.#sent.note('protocol header AMQP 0-9-1');
    return part.subarray(PROTOCOL_HEADER.length);
  }
}

/** A trace to stderr, or null unless the environment asks for it. */
export function frameTrace(): FrameTrace | null {
  const environment = (globalThis as { process?: { env?: Record<string, string | undefined> } }).process?.env;
  return environment?.PIKALOOP_TRACE === 'frames' ? new FrameTrace((line) => console.error(line)) : null;
}

class Direction {
  readonly #arrow: string;
  readonly #print: (line: string) => void;
  readonly #frames: FrameReader;
  readonly #reader = new Reader();
  #readable = true;

  constructor(arrow: string, print: (line: string) => void) {
    this.#arrow = arrow;
    this.#print = print;
    this.#frames = new FrameReader({
      frame: (type, channel, bytes, start, end) =>
        this.note(`ch ${channel} ${this.#describe(type, bytes, start, end)}`),
    });
    this.#frames.frameMax = Number.POSITIVE_INFINITY;
  }

  feed(bytes: Uint8Array): void {
    if (!this.#readable) return;
    try {
      this.#frames.feed(bytes);
    } catch (error) {
      this.#readable = false;
      this.note(`unreadable from here on: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  note(text: string): void {
    this.#print(`pikaloop ${this.#arrow} ${text}`);
  }

  #describe(type: number, bytes: Uint8Array, start: number, end: number): string {
    if (type === FRAME_HEARTBEAT) return 'heartbeat';
    if (type === FRAME_BODY) return `body ${end - start} bytes ${abbreviated(bytes, start, end)}`;
    try {
      const reader = this.#reader.reset(bytes, start, end);
      if (type === FRAME_METHOD) return describeMethod(reader);
      if (type === FRAME_HEADER) return describeHeader(reader);
    } catch (error) {
      return `frame of type ${type} that does not decode: ${error instanceof Error ? error.message : String(error)}`;
    }
    return `frame of type ${type}`;
  }
}

function describeMethod(reader: Reader): string {
  const id = reader.long();
  const name = METHODS[id]?.name ?? `method ${id >>> 16}.${id & 0xffff}`;
  const secret = SECRETS[id];
  const fields = Object.entries(decodeMethod(reader, id)).map(
    ([field, value]) => `${field}: ${field === secret ? '[hidden]' : inspect(value)}`,
  );
  return fields.length === 0 ? name : `${name} { ${fields.join(', ')} }`;
}

function describeHeader(reader: Reader): string {
  reader.skip(4); // class and weight
  const size = reader.longlong();
  const properties = Object.entries(decodeProperties(reader)).filter(([, value]) => value !== null);
  const fields = properties.map(([name, value]) => `${name}: ${inspect(value)}`).join(', ');
  return `header of ${size} bytes${fields === '' ? '' : ` { ${fields} }`}`;
}

/** The fields that nobody may read in a log, by the method that carries them. */
const SECRETS: Readonly<Record<number, string>> = {
  [CONNECTION_START_OK]: 'response',
  [CONNECTION_SECURE_OK]: 'response',
  [CONNECTION_UPDATE_SECRET]: 'newSecret',
};

/** Values as one would write them in code; depth is what a frame's tables have. */
function inspect(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value);
  if (typeof value === 'bigint') return `${value}n`;
  if (value === null || typeof value !== 'object') return String(value);
  if (value instanceof Uint8Array) return `<${value.length} bytes ${abbreviated(value, 0, value.length)}>`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (Array.isArray(value)) return `[${value.map(inspect).join(', ')}]`;
  const fields = Object.entries(value).map(([name, item]) => `${name}: ${inspect(item)}`);
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
}

/** The first bytes, as text where they are printable ASCII. */
function abbreviated(bytes: Uint8Array, start: number, end: number): string {
  const head = bytes.subarray(start, Math.min(end, start + LONGEST));
  const more = end - start > LONGEST ? '…' : '';
  if (head.every((byte) => byte >= 0x20 && byte < 0x7f)) return `"${String.fromCharCode(...head)}"${more}`;
  return `${Array.from(head.subarray(0, LONGEST / 2), (byte) => byte.toString(16).padStart(2, '0')).join(' ')}${more}`;
}

/** Characters or bytes of one value that are worth a reader's time. */
const LONGEST = 64;

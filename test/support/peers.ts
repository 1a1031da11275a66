/** The other end of a stream under test, whatever it is made of. */
export interface PeerSocket {
  /** @returns false above the high-water mark: `onDrain` follows */
  write(bytes: Uint8Array): boolean;
  end(): void;
  /** Ends it the hard way. */
  reset(): void;
  pause(): void;
  resume(): void;
  onData: (bytes: Uint8Array) => void;
  onDrain: () => void;
  onEnd: () => void;
}

/** What the peers of one place share. */
export interface PeerRoom {
  /** What a `report` peer tells. */
  readonly notes: string[];
  /** What a `release` peer wakes. */
  readonly stalled: Set<PeerSocket>;
  /** How many came before whom they were to wake. */
  released: number;
}

/** How a peer behaves. */
export type PeerName = keyof typeof PEERS;

export const PEERS = {
  /** Sends back what it gets. */
  echo(peer: PeerSocket): void {
    peer.onData = (bytes) => {
      if (!peer.write(bytes.slice())) peer.pause();
    };
    peer.onDrain = () => peer.resume();
    peer.onEnd = () => peer.end();
  },
  /** Tells at the end how much it got, and a hash of it. */
  digest(peer: PeerSocket): void {
    const hash = new Hash();
    peer.onData = (bytes) => hash.add(bytes);
    peer.onEnd = () => {
      peer.write(Buffer.from(hash.text));
      peer.end();
    };
  },
  /** Sends as many bytes of a known pattern as its first line asks for, then ends. */
  source(peer: PeerSocket): void {
    let left = 0;
    let at = 0;
    const pump = (): void => {
      for (let goesOn = true; goesOn && left > 0; ) {
        const bytes = pattern(at, Math.min(left, 65_536));
        at += bytes.length;
        left -= bytes.length;
        goesOn = peer.write(bytes);
      }
      if (at > 0 && left === 0) peer.end();
    };
    peer.onData = (bytes) => {
      left = Number(Buffer.from(bytes.slice()).toString());
      pump();
    };
    peer.onDrain = pump;
  },
  /** Reads nothing until it is released; then as `digest`. */
  stalled(peer: PeerSocket, room: PeerRoom): void {
    PEERS.digest(peer);
    // the connection of its release may have been taken first
    if (room.released > 0) {
      room.released--;
      return;
    }
    peer.pause();
    room.stalled.add(peer);
  },
  release(peer: PeerSocket, room: PeerRoom): void {
    if (room.stalled.size === 0) room.released++;
    for (const stalled of room.stalled) stalled.resume();
    room.stalled.clear();
    peer.end();
  },
  silent(peer: PeerSocket): void {
    peer.onEnd = () => peer.end();
  },
  /** Says hello once. */
  hello(peer: PeerSocket): void {
    peer.write(Buffer.from('hello'));
    peer.onEnd = () => peer.end();
  },
  /** Says bye, ends its side, and notes what still comes. */
  leaving(peer: PeerSocket, room: PeerRoom): void {
    const parts: string[] = [];
    peer.onData = (bytes) => parts.push(Buffer.from(bytes.slice()).toString());
    peer.onEnd = () => room.notes.push(`after eof: ${parts.join('')}`);
    peer.write(Buffer.from('bye'));
    peer.end();
  },
  /** Resets at the first byte. */
  resetting(peer: PeerSocket): void {
    peer.onData = () => peer.reset();
  },
  /** Notes what it got, once the other side has ended. */
  witness(peer: PeerSocket, room: PeerRoom): void {
    const parts: string[] = [];
    peer.onData = (bytes) => parts.push(Buffer.from(bytes.slice()).toString('latin1'));
    peer.onEnd = () => {
      room.notes.push(parts.join(''));
      peer.end();
    };
  },
  /** Gets lines, each the moment when it was written, and answers with how long it took. */
  delays(peer: PeerSocket): void {
    peer.onData = (bytes) => {
      const now = Number(process.hrtime.bigint()) / 1e6;
      for (const line of Buffer.from(bytes.slice()).toString().trim().split('\n')) {
        peer.write(Buffer.from(`${now - Number(line)}\n`));
      }
    };
    peer.onEnd = () => peer.end();
  },
  /** Tells the notes so far, and forgets them. */
  report(peer: PeerSocket, room: PeerRoom): void {
    peer.write(Buffer.from(JSON.stringify(room.notes.splice(0))));
    peer.end();
  },
  /** Takes the stream apart into units and keep-alives, and notes at the end what it found. */
  units(peer: PeerSocket, room: PeerRoom): void {
    const units = new UnitReader();
    peer.onData = (bytes) => units.add(bytes.slice());
    peer.onEnd = () => {
      room.notes.push(JSON.stringify(units.result));
      peer.end();
    };
  },
} satisfies Record<string, (peer: PeerSocket, room: PeerRoom) => void>;

/** A byte for each position, so that a byte lost, doubled or moved is seen. */
export function pattern(start: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = patternByte(start + i);
  return bytes;
}

/** @returns the position of the first byte that is not the pattern's, or -1 */
export function mismatch(bytes: Uint8Array, start: number): number {
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== patternByte(start + i)) return start + i;
  return -1;
}

/** FNV-1a over all bytes, and their number. */
export class Hash {
  #length = 0;
  #hash = 0x811c9dc5;

  add(bytes: Uint8Array): void {
    let hash = this.#hash;
    for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193);
    this.#hash = hash;
    this.#length += bytes.length;
  }

  get text(): string {
    return `${this.#length} ${(this.#hash >>> 0).toString(16)}`;
  }
}

/** Bytes that no unit starts with. */
export const BEAT: Uint8Array = Uint8Array.of(0xff, 0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0xfa, 0xce);

/** A unit: two bytes of length, then as many bytes of its length's low byte. */
export function unit(length: number): Uint8Array {
  const bytes = new Uint8Array(2 + length).fill(length & 0xff);
  bytes[0] = length >> 8;
  bytes[1] = length & 0xff;
  return bytes;
}

class UnitReader {
  readonly result = { units: 0, beats: 0, damaged: 0, longestGap: 0 };
  #rest: Uint8Array = new Uint8Array(0);
  #last = performance.now();

  add(bytes: Uint8Array): void {
    const now = performance.now();
    this.result.longestGap = Math.max(this.result.longestGap, Math.round(now - this.#last));
    this.#last = now;
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    let at = 0;
    for (let size = this.#unitAt(at); size > 0; size = this.#unitAt(at)) at += size;
    this.#rest = this.#rest.subarray(at);
  }

  /** @returns the size of the whole unit there, or 0 */
  #unitAt(at: number): number {
    const bytes = this.#rest;
    if (bytes.length - at < 8) return 0;
    const [high = 0, low = 0] = bytes.subarray(at, at + 2);
    if (high === 0xff) {
      if (!BEAT.every((byte, i) => bytes[at + i] === byte)) this.result.damaged++;
      this.result.beats++;
      return BEAT.length;
    }
    const size = 2 + high * 256 + low;
    if (bytes.length - at < size) return 0;
    if (!bytes.subarray(at + 2, at + size).every((byte) => byte === low)) this.result.damaged++;
    this.result.units++;
    return size;
  }
}

function patternByte(position: number): number {
  return (Math.imul(position, 0x9e3779b1) >>> 24) ^ (position & 0xff);
}

import { expect } from 'chai';
import { UnsupportedError, WebSocketError } from '../../ioloop/index.ts';
import type { SocketEvents } from '../../ioloop/io-socket.ts';
import { type WebSocketLike, WebSocketSocket } from '../../ioloop/transports/websocket.ts';
import { RecordedHost } from '../support/recorded-host.ts';

/** A WebSocket whose other end is the test. */
class ScriptedWebSocket implements WebSocketLike {
  static last: ScriptedWebSocket;
  readonly url: string;
  readonly offered: readonly string[];
  binaryType = '';
  bufferedAmount = 0;
  protocol = 'amqp';
  onopen: WebSocketLike['onopen'] = null;
  onmessage: WebSocketLike['onmessage'] = null;
  onerror: WebSocketLike['onerror'] = null;
  onclose: WebSocketLike['onclose'] = null;
  readonly sent: (Uint8Array | string)[] = [];
  readonly closes: unknown[][] = [];

  constructor(url: string, protocols: string[]) {
    this.url = url;
    this.offered = protocols;
    ScriptedWebSocket.last = this;
  }

  send(data: Uint8Array | string): void {
    this.sent.push(typeof data === 'string' ? data : data.slice());
    if (typeof data !== 'string') this.bufferedAmount += data.length;
  }

  close(...args: unknown[]): void {
    this.closes.push(args);
  }

  open(protocol: string): void {
    this.protocol = protocol;
    this.onopen?.({} as never); // nothing of it is read
  }

  bring(size: number, fill = 0): void {
    this.onmessage?.({ data: new Uint8Array(size).fill(fill).buffer });
  }
}

describe('A byte stream over a WebSocket', () => {
  let host: RecordedHost;
  let told: string[];
  let error: unknown;
  let reads: boolean;

  beforeEach(() => {
    host = new RecordedHost();
    told = [];
    error = null;
    reads = true;
  });

  const events: SocketEvents = {
    securing: () => void told.push('securing'),
    connected: ({ remote }) => void told.push(`connected ${remote.address} ${remote.port}`),
    data: (bytes) => {
      told.push(`data ${bytes.length}`);
      return reads;
    },
    end: () => void told.push('end'),
    closed: (reason) => {
      told.push('closed');
      error = reason;
    },
  };

  function connect(
    url = 'wss://bridge.example:8443/amqp?token=secret',
    timeout = 0,
  ): [WebSocketSocket, ScriptedWebSocket] {
    const socket = new WebSocketSocket({ url }, { timeout }, ScriptedWebSocket, host, events);
    return [socket, ScriptedWebSocket.last];
  }

  function open(protocol = 'amqp'): [WebSocketSocket, ScriptedWebSocket] {
    const [socket, ws] = connect();
    ws.open(protocol);
    told = [];
    return [socket, ws];
  }

  const runQueued = (): void => {
    for (const fn of host.queued.splice(0)) fn();
  };
  const bytesOf = (ws: ScriptedWebSocket): number =>
    ws.sent.reduce((sum, data) => sum + (typeof data === 'string' ? 0 : data.length), 0);

  it('is open once its WebSocket is, which speaks AMQP in binary', () => {
    const [, ws] = connect();
    expect([ws.url, ws.binaryType]).to.deep.equal(['wss://bridge.example:8443/amqp?token=secret', 'arraybuffer']);
    expect(ws.offered).to.deep.equal(['amqp.credit', 'amqp']);
    ws.open('amqp');
    expect(told).to.deep.equal(['connected bridge.example 8443']);
  });

  it('hands on what comes, in order', () => {
    const [, ws] = open();
    ws.bring(3);
    ws.bring(0);
    ws.bring(5);
    expect(told).to.deep.equal(['data 3', 'data 5']);
  });

  it('sends in messages of 128 KiB at most', () => {
    const [socket, ws] = open();
    socket.write(new Uint8Array(300_000), new Uint8Array([7]), () => told.push('taken'));
    expect(ws.sent.map(({ length }) => length)).to.deep.equal([131_072, 131_072, 37_856, 1]);
    expect(told, 'from inside the call').to.deep.equal([]);
    runQueued();
    expect(told).to.deep.equal(['taken']);
  });

  it('gives the WebSocket no more than 512 KiB and a message, and the rest as it drains', () => {
    const [socket, ws] = open();
    socket.write(new Uint8Array(2_000_000), null, () => told.push('taken'));
    expect(bytesOf(ws)).to.equal(4 * 131_072);
    expect([socket.idle, told]).to.deep.equal([false, []]);
    for (let looks = 0; told.length === 0 && looks < 20; looks++) {
      ws.bufferedAmount = 0;
      host.turn(host.time + 16);
      runQueued();
    }
    expect([bytesOf(ws), told]).to.deep.equal([2_000_000, ['taken']]);
    expect(host.timers.size, 'no timer when nothing waits').to.equal(0);
  });

  it('looks for room the less often the longer there is none, and soon again once there was', () => {
    const [socket, ws] = open();
    socket.write(new Uint8Array(4_000_000), null, () => undefined);
    const pauses: number[] = [];
    const look = (): void => {
      const [next = 0] = host.deadlines;
      pauses.push(next - host.time);
      host.turn(next);
    };
    for (let looks = 0; looks < 7; looks++) look();
    ws.bufferedAmount = 0;
    look();
    look();
    expect(pauses).to.deep.equal([1, 2, 4, 8, 16, 16, 16, 16, 1]);
  });

  it('copies views of shared memory, which no browser sends', () => {
    const [socket, ws] = open();
    const given: Uint8Array[] = [];
    ws.send = (data) => void given.push(data as Uint8Array); // only bytes are written here
    const shared = new Uint8Array(new SharedArrayBuffer(4)).fill(9);
    socket.write(shared, null, () => undefined);
    expect(given[0]?.buffer).to.be.instanceOf(ArrayBuffer);
    expect([...(given[0] ?? [])]).to.deep.equal([9, 9, 9, 9]);
  });

  it('keeps what comes while nobody reads, and gives it in order afterwards', () => {
    const [socket, ws] = open();
    reads = false;
    for (const size of [1, 2, 3]) ws.bring(size);
    expect(told).to.deep.equal(['data 1']);
    reads = true;
    socket.resume();
    expect(told).to.deep.equal(['data 1', 'data 2', 'data 3']);
  });

  it('tells of the end after what nobody has read yet', () => {
    const [socket, ws] = open();
    reads = false;
    ws.bring(1);
    ws.bring(2);
    ws.onclose?.({ code: 1000, reason: '' });
    expect(told).to.deep.equal(['data 1']);
    reads = true;
    socket.resume();
    expect(told).to.deep.equal(['data 1', 'data 2', 'end', 'closed']);
  });

  it('ends with an error above 16 MiB that nobody reads, where the other side does not count', () => {
    const [, ws] = open();
    reads = false;
    for (let i = 0; i < 18; i++) ws.bring(1 << 20);
    expect(told).to.deep.equal(['data 1048576', 'closed']);
    expect(error).to.be.instanceOf(WebSocketError).with.property('code', 'WS_HELD');
  });

  describe('to a bridge that counts', () => {
    it('says what was read, at 16 KiB or after 20 ms', () => {
      const [, ws] = open('amqp.credit');
      ws.bring(10_000);
      expect(ws.sent).to.deep.equal([]);
      ws.bring(10_000);
      expect(ws.sent).to.deep.equal(['20000']);
      ws.bring(5);
      host.turn(host.time + 20);
      expect(ws.sent).to.deep.equal(['20000', '5']);
      expect(host.timers.size).to.equal(0);
    });

    it('says nothing of what nobody has read', () => {
      const [socket, ws] = open('amqp.credit');
      reads = false;
      for (const size of [20_000, 20_001, 20_002]) ws.bring(size);
      host.turn(host.time + 1000);
      expect(ws.sent).to.deep.equal(['20000']);
      reads = true;
      socket.resume();
      expect(ws.sent).to.deep.equal(['20000', '20001', '20002']);
    });
  });

  describe('ends', () => {
    it('in order when the other side closes with 1000', () => {
      const [, ws] = open();
      ws.onclose?.({ code: 1000, reason: '' });
      expect([told, error]).to.deep.equal([['end', 'closed'], null]);
    });

    it('after what was written, when it is told to', () => {
      const [socket, ws] = open();
      socket.write(new Uint8Array(700_000), null, () => undefined);
      socket.end();
      expect(ws.closes).to.deep.equal([]);
      ws.bufferedAmount = 0;
      host.turn(host.time + 16);
      expect([bytesOf(ws), ws.closes]).to.deep.equal([700_000, [[1000]]]);
      ws.onclose?.({ code: 1005, reason: '' });
      expect([told, error]).to.deep.equal([['closed'], null]);
    });

    it('at once when it is destroyed, with nothing told but that', () => {
      const [socket, ws] = open('amqp.credit');
      ws.bring(5);
      socket.destroy();
      expect(told).to.deep.equal(['data 5']);
      runQueued();
      ws.onmessage?.({ data: new ArrayBuffer(1) });
      expect([told, error, host.timers.size]).to.deep.equal([['data 5', 'closed'], null, 0]);
      expect(ws.closes).to.have.length(1);
    });

    it('while it connects', () => {
      const [socket, ws] = connect();
      socket.destroy();
      runQueued();
      expect([told, error, ws.closes]).to.deep.equal([['closed'], null, [[]]]);
    });

    it('when it has not connected within its limit', () => {
      connect('ws://bridge/', 300);
      host.turn(host.time + 300);
      expect(told).to.deep.equal(['closed']);
      expect(error).to.include({ code: 'ETIMEDOUT', syscall: 'connect' });
    });
  });

  describe('says why it ended, and what to do,', () => {
    for (const [code, name, words] of [
      [1001, 'BRIDGE_CLOSING', 'connect again later'],
      [1009, 'BRIDGE_MESSAGE_SIZE', 'maxBytesInFlight'],
      [4400, 'BRIDGE_BAD_REQUEST', 'path and query'],
      [4403, 'BRIDGE_REFUSED', 'list the origin'],
      [4429, 'BRIDGE_FULL', 'wait'],
      [4502, 'BRIDGE_TARGET_UNREACHABLE', 'look whether the broker runs'],
      [4504, 'BRIDGE_TARGET_TIMEOUT', 'look whether the broker runs'],
      [1006, 'WS_LOST', 'was lost'],
      [1011, 'WS_CLOSED', '1011'],
    ] as const) {
      it(`after a close with ${code}`, () => {
        const [, ws] = open();
        ws.onclose?.({ code, reason: 'because' });
        expect(told).to.deep.equal(['closed']);
        expect(error).to.be.instanceOf(WebSocketError).and.to.include({ code: name, closeCode: code });
        expect(String(error))
          .to.include(words)
          .and.to.include('because')
          .and.to.include('wss://bridge.example:8443/amqp?…');
        expect(String(error)).not.to.include('secret');
      });
    }

    it('when none came about, with what the runtime says', () => {
      const [, ws] = connect();
      ws.onerror?.({ message: 'connect ECONNREFUSED' });
      ws.onclose?.({ code: 1006, reason: '' });
      expect(error).to.include({ code: 'WS_FAILED' });
      expect(String(error)).to.include('ECONNREFUSED').and.to.include('wss:');
    });

    it('when the other side speaks another protocol', () => {
      const [, ws] = connect();
      ws.open('');
      expect([told, ws.closes.length]).to.deep.equal([['closed'], 1]);
      expect(error).to.include({ code: 'WS_PROTOCOL' });
    });

    it('when the other side sends text', () => {
      const [, ws] = open();
      ws.onmessage?.({ data: 'hello' });
      expect([told, ws.closes.length]).to.deep.equal([['closed'], 1]);
      expect(error).to.include({ code: 'WS_TEXT' });
    });
  });

  it('cannot begin TLS: its URL says whether it has it', () => {
    const [socket] = open();
    expect(() => socket.startTls()).to.throw(UnsupportedError, 'wss:');
  });
});

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { FrameScanner, readLong } from './frame-scanner.ts';
import { Session, STALL_QUEUE } from './session.ts';
import * as wire from './wire.ts';
import { BODY } from './workload.ts';

describe('The server of the benchmarks', () => {
  let server: Server;
  let socket: Socket;
  let served: Socket;
  let frames: Buffer[];

  beforeEach(async () => {
    server = createServer((peer) => {
      served = peer;
      const session = new Session(peer);
      peer.on('data', (bytes) => session.receive(bytes));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    frames = [];
    const scanner = new FrameScanner((bytes, start, end) => frames.push(Buffer.from(bytes.subarray(start, end))));
    socket.on('data', (bytes) => scanner.receive(bytes));
  });

  afterEach(() => {
    socket.destroy();
    server.close();
  });

  it('greets, tunes and opens', async () => {
    socket.write(wire.PROTOCOL_HEADER);
    socket.write(wire.method(0, wire.CONNECTION_START_OK, wire.table()));
    socket.write(wire.method(0, wire.CONNECTION_OPEN, wire.shortString('/')));
    await arrived(3);
    expect(frames.map(id)).to.deep.equal([wire.CONNECTION_START, wire.CONNECTION_TUNE, wire.CONNECTION_OPEN_OK]);
  });

  it('counts publishes and tells how many in declare-ok', async () => {
    socket.write(Buffer.concat([wire.PROTOCOL_HEADER, wire.repeated(wire.publish(1, 'q', BODY), 1_000), declare(1)]));
    await arrived(2);
    expect(frames[1]).to.deep.equal(
      wire.method(1, wire.QUEUE_DECLARE_OK, wire.shortString('q'), wire.long(1_000), wire.long(0)),
    );
  });

  it('answers in the order in which it was asked', async () => {
    socket.write(Buffer.concat([wire.PROTOCOL_HEADER, declare(1), consume('bench.0', true), declare(2)]));
    await arrived(4);
    const answers = [wire.QUEUE_DECLARE_OK, wire.BASIC_CONSUME_OK, wire.QUEUE_DECLARE_OK];
    expect(frames.slice(1).map(id)).to.deep.equal(answers);
    expect(frames[3]).to.deep.equal(
      wire.method(2, wire.QUEUE_DECLARE_OK, wire.shortString('q'), wire.long(0), wire.long(0)),
    );
  });

  it('confirms what was published with multiple, up to the last', async () => {
    socket.write(Buffer.concat([wire.PROTOCOL_HEADER, wire.method(1, wire.CONFIRM_SELECT, wire.octet(0))]));
    socket.write(wire.repeated(wire.publish(1, 'q', BODY), 500));
    await until(() => frames.at(-1)?.equals(wire.ack(1, 500, true)) ?? false);
  });

  it('delivers as many messages as the queue is named for, with tags that go on counting', async () => {
    socket.write(Buffer.concat([wire.PROTOCOL_HEADER, consume('bench.2000', true)]));
    await arrived(2 + 3 * 2_000);
    const deliveries = frames.filter((frame) => frame[0] === wire.METHOD && id(frame) === wire.BASIC_DELIVER);
    expect(deliveries.map(tag)).to.deep.equal(Array.from({ length: 2_000 }, (_, i) => i + 1));
  });

  it('keeps to the prefetch until acks make room', async () => {
    const qos = wire.method(1, wire.BASIC_QOS, wire.long(0), wire.short(5), wire.octet(0));
    socket.write(Buffer.concat([wire.PROTOCOL_HEADER, qos, consume('bench.100', false), declare(1)]));
    await until(() => frames.some((frame) => id(frame) === wire.QUEUE_DECLARE_OK) && frames.length >= 4 + 3 * 5);
    expect(frames).to.have.length(4 + 3 * 5);
    socket.write(wire.ack(1, 1, false));
    socket.write(wire.ack(1, 5, true));
    await arrived(4 + 3 * 10);
    expect(tag(frames.at(-3)!)).to.equal(10); // the two acks settled five
  });

  it('gives an echo queue’s consumer what its channel publishes', async () => {
    socket.write(Buffer.concat([wire.PROTOCOL_HEADER, consume('echo', true), wire.publish(1, 'echo', BODY)]));
    await arrived(2 + 3);
    expect(frames.at(-1)).to.deep.equal(wire.frame(wire.BODY, 1, BODY));
  });

  it('reads no more from who has asked for the queue that stalls', async () => {
    socket.write(Buffer.concat([wire.PROTOCOL_HEADER, declare(1, STALL_QUEUE)]));
    await arrived(2);
    expect(id(frames[1]!)).to.equal(wire.QUEUE_DECLARE_OK);
    expect(served.isPaused()).to.equal(true);
  });

  const arrived = (count: number): Promise<void> => until(() => frames.length >= count);

  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await once(socket, 'data');
  }
});

const id = (frame: Buffer): number => readLong(frame, 7);
const tag = (frame: Buffer): number => readLong(frame, wire.deliveryTagOffset('tag') + 4);

function declare(channel: number, queue = 'q'): Buffer {
  return wire.method(channel, wire.QUEUE_DECLARE, wire.short(0), wire.shortString(queue), wire.octet(0), wire.table());
}

function consume(queue: string, noAck: boolean): Buffer {
  const names = [wire.shortString(queue), wire.shortString('tag')];
  return wire.method(1, wire.BASIC_CONSUME, wire.short(0), ...names, wire.octet(noAck ? 2 : 0), wire.table());
}

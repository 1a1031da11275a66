import { expect } from 'chai';
import { FrameTrace } from '../../adapters/index.ts';
import {
  BASIC_DELIVER,
  BASIC_PUBLISH,
  CHANNEL_OPEN,
  CONNECTION_SECURE_OK,
  CONNECTION_START_OK,
  CONNECTION_UPDATE_SECRET,
  encodeContentFrames,
  encodeMethodFrame,
  HEARTBEAT_FRAME,
  PROTOCOL_HEADER,
} from '../../amqp/index.ts';

describe('FrameTrace', () => {
  let lines: string[];
  let trace: FrameTrace;
  beforeEach(() => {
    lines = [];
    trace = new FrameTrace((line) => lines.push(line));
  });

  it('prints a line for each frame, with direction, channel, method and fields', () => {
    trace.sent([PROTOCOL_HEADER]);
    trace.sent([encodeMethodFrame(3, CHANNEL_OPEN, {}), HEARTBEAT_FRAME]);
    const deliver = { consumerTag: 'c', deliveryTag: 7, redelivered: false, exchange: '', routingKey: 'k' };
    trace.received(
      encodeContentFrames(3, BASIC_DELIVER, deliver, { priority: 4, headers: { a: [1n, null] } }, 'hello', 0),
    );
    expect(lines).to.deep.equal([
      'pikaloop -> protocol header AMQP 0-9-1',
      'pikaloop -> ch 3 channel.open',
      'pikaloop -> ch 0 heartbeat',
      'pikaloop <- ch 3 basic.deliver { consumerTag: "c", deliveryTag: 7, redelivered: false, exchange: "", routingKey: "k" }',
      'pikaloop <- ch 3 header of 5 bytes { headers: { a: [1, null] }, priority: 4 }',
      'pikaloop <- ch 3 body 5 bytes "hello"',
    ]);
  });

  it('prints the same when frames come cut into single bytes', () => {
    const bytes = encodeContentFrames(1, BASIC_PUBLISH, { routingKey: 'k' }, {}, 'x', 0);
    for (const byte of bytes) trace.received(Uint8Array.of(byte));
    expect(lines).to.have.length(3);
    expect(lines[2]).to.equal('pikaloop <- ch 1 body 1 bytes "x"');
  });

  it('hides the response of start-ok and secure-ok, and the new secret', () => {
    trace.sent([PROTOCOL_HEADER]);
    const startOk = { clientProperties: {}, mechanism: 'PLAIN', response: '\0guest\0s3cret', locale: 'en_US' };
    trace.sent([encodeMethodFrame(0, CONNECTION_START_OK, startOk)]);
    trace.sent([encodeMethodFrame(0, CONNECTION_SECURE_OK, { response: 's3cret' })]);
    trace.sent([encodeMethodFrame(0, CONNECTION_UPDATE_SECRET, { newSecret: 's3cret', reason: 'expiry' })]);
    expect(lines.join('\n')).not.to.include('s3cret');
    expect(lines.slice(1).map((line) => /\[hidden\]/.test(line))).to.deep.equal([true, true, true]);
    expect(lines[1]).to.include('mechanism: "PLAIN"');
    expect(lines[3]).to.include('reason: "expiry"');
  });

  it('cuts bodies and long texts, and prints bytes that are no text in hex', () => {
    trace.received(encodeContentFrames(1, BASIC_PUBLISH, { routingKey: 'k'.repeat(200) }, {}, 'a'.repeat(5000), 0));
    trace.received(encodeContentFrames(1, BASIC_PUBLISH, {}, {}, Uint8Array.of(0, 1, 255), 0));
    expect(lines[0]).to.have.length.below(200).and.include('k…"');
    expect(lines[2]).to.equal(`pikaloop <- ch 1 body 5000 bytes "${'a'.repeat(64)}"…`);
    expect(lines[5]).to.equal('pikaloop <- ch 1 body 3 bytes 00 01 ff');
  });

  it('says once where a stream stops being readable', () => {
    trace.received(Buffer.from('HTTP/1.1 400 Bad Request\r\n'));
    trace.received(Buffer.from('more'));
    expect(lines).to.have.length(1);
    expect(lines[0]).to.match(/^pikaloop <- unreadable from here on: /);
  });
});

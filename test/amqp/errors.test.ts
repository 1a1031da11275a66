import { inspect } from 'node:util';
import { expect } from 'chai';
import * as amqp from '../../amqp/index.ts';

const close = [404, "NOT_FOUND - no queue 'q'", { classId: 50, methodId: 10, method: 'queue.declare' }] as const;
const message = { method: { exchange: 'e', routingKey: 'k' }, properties: {}, body: 'x' };

/** One of each class, and the class above it. */
const TREE: readonly (readonly [amqp.AMQPError, abstract new (...args: never[]) => Error])[] = [
  [new amqp.AMQPError('text'), Error],
  [new amqp.AMQPConnectionError('text'), amqp.AMQPError],
  [new amqp.ConnectionOpenAborted('text'), amqp.AMQPConnectionError],
  [new amqp.StreamLostError('text'), amqp.AMQPConnectionError],
  [new amqp.IncompatibleProtocolError('text', 'HTTP/1.1'), amqp.AMQPConnectionError],
  [new amqp.ProtocolVersionMismatch('0-9-1', '1-0'), amqp.IncompatibleProtocolError],
  [new amqp.ProbableAuthenticationError('text'), amqp.AMQPConnectionError],
  [new amqp.ProbableAccessDeniedError('text'), amqp.AMQPConnectionError],
  [new amqp.AuthenticationError('EXTERNAL', 'PLAIN'), amqp.AMQPConnectionError],
  [new amqp.NoFreeChannels(7), amqp.AMQPConnectionError],
  [new amqp.ConnectionWrongStateError('text'), amqp.AMQPConnectionError],
  [new amqp.ConnectionClosed(...close), amqp.AMQPConnectionError],
  [new amqp.ConnectionClosedByBroker(...close), amqp.ConnectionClosed],
  [new amqp.ConnectionClosedByClient(200, 'Normal shutdown'), amqp.ConnectionClosed],
  [new amqp.ConnectionBlockedTimeout('low on memory', 1_000), amqp.AMQPConnectionError],
  [new amqp.AMQPHeartbeatTimeout(3_000, 1), amqp.AMQPConnectionError],
  [new amqp.WorkQueueFullError('text'), amqp.AMQPConnectionError],
  [new amqp.AMQPChannelError('text'), amqp.AMQPError],
  [new amqp.ChannelWrongStateError('text'), amqp.AMQPChannelError],
  [new amqp.ChannelClosed(...close), amqp.AMQPChannelError],
  [new amqp.ChannelClosedByBroker(...close), amqp.ChannelClosed],
  [new amqp.ChannelClosedByClient(0, 'Normal shutdown'), amqp.ChannelClosed],
  [new amqp.DuplicateConsumerTag('tag'), amqp.AMQPChannelError],
  [new amqp.DuplicateGetOkCallback(), amqp.AMQPChannelError],
  [new amqp.ConsumerCancelled('tag'), amqp.AMQPChannelError],
  [new amqp.UnroutableError([message]), amqp.AMQPChannelError],
  [new amqp.NackError([message, message], 7), amqp.AMQPChannelError],
  [new amqp.PublishUnknownError(7), amqp.AMQPChannelError],
  [new amqp.RpcTimeout('queue.declare', 20_000), amqp.AMQPChannelError],
  [new amqp.InvalidChannelNumber(0, 'is out of range'), amqp.AMQPError],
  [new amqp.MethodNotImplemented('text'), amqp.AMQPError],
  [new amqp.ReentrancyError('text'), amqp.AMQPError],
  [new amqp.WaitCancelled('text'), amqp.AMQPError],
  [new amqp.ProtocolSyntaxError('text'), amqp.AMQPError],
  [new amqp.InvalidFrameError('text'), amqp.ProtocolSyntaxError],
  [new amqp.UnexpectedFrameError('text'), amqp.ProtocolSyntaxError],
  [new amqp.FieldError('text', 7), amqp.ProtocolSyntaxError],
  [new amqp.InvalidFieldTypeException('Z', 7), amqp.FieldError],
  [new amqp.BodyTooLongError(11, 10), amqp.ProtocolSyntaxError],
];

describe('the tree of errors', () => {
  it('is listed here in full', () => {
    const exported = Object.values(amqp).filter((value) => isErrorClass(value));
    const listed = TREE.map(([error]) => error.constructor);
    expect(exported.filter((c) => c.prototype instanceof amqp.AMQPError || c === amqp.AMQPError)).to.have.members(
      listed,
    );
  });

  for (const [error, above] of TREE) {
    it(`has ${error.constructor.name} right under ${above.name}, under its own name`, () => {
      expect(Object.getPrototypeOf(error.constructor)).to.equal(above);
      expect(error.name).to.equal(error.constructor.name);
      expect(Object.keys(error)).to.not.include.members(['name', 'code']);
    });
  }

  it('has a code of its own for each class', () => {
    const codes = TREE.map(([error]) => error.code);
    expect(new Set(codes).size).to.equal(TREE.length);
    for (const code of codes) expect(code).to.match(/^[A-Z_]+$/);
  });

  it('has texts of one printable line of at most 512 characters, whatever the peer sent', () => {
    const hostile = `a\nb\u202e\x1b[2J\0${'x'.repeat(100_000)}`;
    const errors = [
      new amqp.StreamLostError(hostile),
      new amqp.ConnectionClosedByBroker(999, hostile, { method: 'queue.declare' }).locate('h', 1),
      new amqp.UnroutableError([{ ...message, method: { exchange: hostile, routingKey: hostile } }]),
      new amqp.ConsumerCancelled(hostile),
      new amqp.InvalidFieldTypeException('\x00', 1),
    ];
    for (const { message: text } of errors) {
      expect(text).to.match(/^[^\p{C}\p{Zl}\p{Zp}]*$/u);
      expect(text.length).to.be.at.most(512);
    }
    expect(errors[0]?.message.slice(0, 25)).to.equal('a\\x0ab\\u{202e}\\x1b[2J\\x00');
  });

  it('tells what to do about a close, and by which method it came', () => {
    const error = new amqp.ChannelClosedByBroker(...close, 3);
    expect(error.message).to.equal(
      "the broker closed channel 3: 404 NOT_FOUND - no queue 'q' (queue.declare); declare it first, or check the virtual host",
    );
    const [replyCode, replyText, details] = close;
    expect(error).to.include({ replyCode, replyText, ...details });
  });

  it('takes code and text of a close first, as whoever catches it would write it down', () => {
    for (const type of [amqp.ConnectionClosed, amqp.ConnectionClosedByBroker, amqp.ConnectionClosedByClient]) {
      const cause = new Error('why');
      expect(new type(320, 'bye', { cause })).to.include({
        replyCode: 320,
        replyText: 'bye',
        classId: 0,
        method: '',
        cause,
      });
      expect(new type(320, 'bye').message).to.match(/the connection.* 320 bye/);
    }
    for (const type of [amqp.ChannelClosed, amqp.ChannelClosedByBroker, amqp.ChannelClosedByClient]) {
      expect(new type(406, 'no')).to.include({ replyCode: 406, replyText: 'no', methodId: 0 });
      expect(new type(406, 'no').message).to.match(/the channel.* 406 no/);
    }
  });

  it('can be made without a text', () => {
    for (const type of [amqp.AMQPError, amqp.StreamLostError, amqp.ChannelWrongStateError, amqp.ProtocolSyntaxError]) {
      expect(new type().message).to.equal('');
    }
  });

  it('keeps the cause', () => {
    const cause = new Error('ECONNRESET');
    expect(new amqp.StreamLostError('text', { cause }).cause).to.equal(cause);
    expect(new amqp.PublishUnknownError(1, { cause }).cause).to.equal(cause);
  });

  it('tells the peer once it is known, in fields and text, and only once', () => {
    const error = new amqp.StreamLostError('the stream ended');
    expect(inspect(error)).to.not.match(/\bhost:/);
    error.locate('::1', 5672).locate('other', 1);
    expect(error).to.include({ host: '::1', port: 5672, message: 'the stream ended ([::1]:5672)' });
    expect(error.stack).to.match(/^StreamLostError: the stream ended \(\[::1\]:5672\)\n/);
    const outer = new amqp.ProbableAuthenticationError(`refused: ${error.message}`).locate('::1', 5672);
    expect(outer.message).to.equal('refused: the stream ended ([::1]:5672)');
  });

  it('has the reply code that each protocol error is told to the peer with', () => {
    expect(new amqp.InvalidFrameError('').replyCode).to.equal(501);
    expect(new amqp.FieldError('', 0).replyCode).to.equal(502);
    expect(new amqp.UnexpectedFrameError('').replyCode).to.equal(505);
    expect(new amqp.BodyTooLongError(2, 1).replyCode).to.equal(501);
  });
});

describe('argument errors', () => {
  it('are a TypeError or RangeError with code and field, outside the tree', () => {
    const errors = [
      amqp.makeTypeError('ARG_TYPE', 'host', 'host must be a string'),
      amqp.makeRangeError('ARG_RANGE', 'port', 'port must be in range'),
      new amqp.ShortStringTooLong('queue', 'x'.repeat(256)),
      new amqp.UnsupportedAMQPFieldException('x-arg', 'a function'),
    ];
    const seen = errors.map((e) => [e.name, e instanceof RangeError, e.code, e.field, e instanceof amqp.AMQPError]);
    expect(seen).to.deep.equal([
      ['TypeError', false, 'ARG_TYPE', 'host', false],
      ['RangeError', true, 'ARG_RANGE', 'port', false],
      ['ShortStringTooLong', true, 'TOO_LONG', 'queue', false],
      ['UnsupportedAMQPFieldException', false, 'UNENCODABLE', 'x-arg', false],
    ]);
    for (const { message: text, field } of errors) expect(text).to.include(field);
  });
});

describe('reply codes', () => {
  it('name every code of the protocol, what it closes and what to do', () => {
    const codes = [200, 311, 312, 313, 320, 402, 403, 404, 405, 406, 501, 502, 503, 504, 505, 506, 530, 540, 541];
    expect(Object.keys(amqp.REPLY_CODES).map(Number)).to.deep.equal(codes);
    for (const code of codes) {
      expect(amqp.REPLY_CODES[code]?.name).to.match(/^[A-Z_]+$/);
      expect(amqp.REPLY_CODES[code]?.advice).to.be.a('string').that.is.not.empty;
    }
  });
});

describe('a Decimal', () => {
  it('reads as the number that it is', () => {
    const texts = [new amqp.Decimal(2, 1250), new amqp.Decimal(0, -5), new amqp.Decimal(3, -5), new amqp.Decimal(1, 0)];
    expect(texts.map(String)).to.deep.equal(['12.50', '-5', '-0.005', '0.0']);
  });

  it('is refused with a scale or a value that the wire cannot carry', () => {
    for (const [scale, value] of [
      [256, 1],
      [-1, 1],
      [0.5, 1],
      [1, 2 ** 31],
      [1, 0.5],
      [1, Number.NaN],
    ] as const) {
      expect(() => new amqp.Decimal(scale, value), `${scale} ${value}`)
        .to.throw(RangeError)
        .and.include({ code: 'ARG_RANGE' });
    }
  });
});

function isErrorClass(value: unknown): value is new (...args: never[]) => Error {
  return typeof value === 'function' && value.prototype instanceof Error;
}

import { expect } from 'chai';
import { type ConnectionFields, SelectConnection } from '../../adapters/index.ts';
import { InvalidChannelNumber, ShortStringTooLong } from '../../amqp/index.ts';
import { caught, expectFault } from './caught.ts';
import { virtualBroker, virtualWorld, type World } from './virtual-world.ts';

describe('What a connection is called with', () => {
  let world: World;

  beforeEach(() => {
    world = virtualWorld();
  });

  afterEach(() => {
    world.loop.close();
  });

  // what a program in JavaScript may pass, types or no types
  const anything = (value: unknown): never => value as never;
  const settings = (setup: object): (() => unknown) => {
    return () => new SelectConnection({}, anything({ ioloop: world.loop, ...setup }));
  };

  /** Runs the checks on an open connection, then sees that it still is. */
  function open(check: (connection: SelectConnection) => void, fields: ConnectionFields = {}): void {
    virtualBroker(world);
    let checked = false;
    new SelectConnection(fields, {
      ioloop: world.loop,
      onOpen(connection) {
        world.loop.stop();
        check(connection);
        expect(connection.isOpen).to.equal(true);
        checked = true;
      },
    });
    world.loop.start();
    expect(checked, world.log.join('\n')).to.equal(true);
  }

  it('is checked at channel(): fields that exist, a number, a function', () => {
    open((connection) => {
      expectFault(
        () => connection.channel(anything({ chanelNumber: 3 })),
        TypeError,
        'ARG_UNKNOWN_FIELD',
        'chanelNumber',
      );
      expectFault(() => connection.channel({ channelNumber: anything('3') }), TypeError, 'ARG_TYPE', 'channelNumber');
      expectFault(() => connection.channel(anything(3)), TypeError, 'ARG_TYPE', 'fields');
      expectFault(() => connection.channel({}, anything(3)), TypeError, 'ARG_TYPE', 'onOpen');
      for (const channelNumber of [-1, 1.5, 65_536, Number.NaN]) {
        expect(caught(() => connection.channel({ channelNumber }))).to.be.instanceOf(InvalidChannelNumber);
      }
    });
  });

  it('cannot be put in place of what a connection knows of itself', () => {
    open((connection) => {
      for (const name of ['params', 'ioloop', 'isOpen', 'serverProperties', 'bytesSent']) {
        expect(() => Reflect.set(connection, name, 5) || expect.fail('refused'), name).to.throw('refused');
        expect(Reflect.get(connection, name)).to.not.equal(5);
      }
    });
  });

  it('is checked at close() before anything is closed', () => {
    open((connection) => {
      expectFault(() => connection.close(anything({ replycode: 200 })), TypeError, 'ARG_UNKNOWN_FIELD', 'replycode');
      expectFault(() => connection.close({ replyCode: anything('200') }), TypeError, 'ARG_TYPE', 'replyCode');
      expectFault(() => connection.close({ replyCode: 65_536 }), RangeError, 'ARG_RANGE', 'replyCode');
      expectFault(() => connection.close(anything(200)), TypeError, 'ARG_TYPE', 'fields');
      expectFault(() => connection.close(anything(null)), TypeError, 'ARG_TYPE', 'fields');
      expect(caught(() => connection.close({ replyText: 'x'.repeat(256) }))).to.be.instanceOf(ShortStringTooLong);
    });
  });

  it('is checked at updateSecret(), and no secret is in the error', () => {
    open((connection) => {
      const update = (fields: unknown) => () => connection.updateSecret(anything(fields));
      expectFault(update(undefined), TypeError, 'ARG_TYPE', 'newSecret');
      expectFault(update({ newSecret: 5, reason: 'r' }), TypeError, 'ARG_TYPE', 'newSecret');
      expectFault(update({ newSecret: 'hunter2' }), TypeError, 'ARG_TYPE', 'reason');
      const error = expectFault(update({ secret: 'hunter2', reason: 'r' }), TypeError, 'ARG_UNKNOWN_FIELD', 'secret');
      expect(error.message).not.to.include('hunter2');
    });
  });

  it('is checked at construction, each setting by name', () => {
    expectFault(settings({ onOpn: () => 0 }), TypeError, 'ARG_UNKNOWN_FIELD', 'onOpn');
    expectFault(settings({ onOpen: 5 }), TypeError, 'ARG_TYPE', 'onOpen');
    expectFault(settings({ onOpenError: 5 }), TypeError, 'ARG_TYPE', 'onOpenError');
    expectFault(settings({ onClose: 'x' }), TypeError, 'ARG_TYPE', 'onClose');
    expectFault(settings({ ioloop: {} }), TypeError, 'ARG_TYPE', 'ioloop');
    expectFault(settings({ stopIoloopOnClose: 1 }), TypeError, 'ARG_TYPE', 'stopIoloopOnClose');
    expectFault(settings({ workflow: {} }), TypeError, 'ARG_TYPE', 'workflow');
    const onLoop = (loop: unknown): SelectConnection => new SelectConnection({}, null, null, null, anything(loop));
    expectFault(() => onLoop({}), TypeError, 'ARG_TYPE', 'ioloop');
  });

  it('is checked at createConnection(): configs, the callback, the loop, the workflow', () => {
    const create = (...args: unknown[]) => {
      return () => SelectConnection.createConnection(...(args as Parameters<typeof SelectConnection.createConnection>));
    };
    const done = (): void => undefined;
    expectFault(create(null, done, world.loop), TypeError, 'ARG_TYPE', 'configs');
    expectFault(create([], done, world.loop), RangeError, 'ARG_RANGE', 'configs');
    expectFault(create([{}], null, world.loop), TypeError, 'ARG_TYPE', 'onDone');
    expectFault(create([{}], done, {}), TypeError, 'ARG_TYPE', 'customIoloop');
    expectFault(create([{}], done, world.loop, {}), TypeError, 'ARG_TYPE', 'workflow');
  });
});

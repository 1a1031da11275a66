import { expect } from 'chai';
import { type ConnectionFields, SelectConnection } from '../../adapters/index.ts';
import { type AMQPError, CONNECTION_UPDATE_SECRET_OK, PlainCredentials } from '../../amqp/index.ts';
import { ScriptedPeer } from './scripted-peer.ts';
import { virtualBroker, virtualWorld, type World } from './virtual-world.ts';

describe('Credentials from a function', () => {
  let world: World;
  let errors: AMQPError[];

  beforeEach(() => {
    world = virtualWorld();
    errors = [];
  });

  function connect(credentials: ConnectionFields['credentials'], fields: ConnectionFields = {}): SelectConnection {
    const connection = new SelectConnection(
      { ...fields, credentials },
      {
        ioloop: world.loop,
        onOpen: () => world.loop.stop(),
        onOpenError: (_connection, error) => {
          errors.push(error);
          world.loop.stop();
        },
      },
    );
    world.loop.start();
    return connection;
  }

  it('log in, given at once or with a time at which they expire', () => {
    virtualBroker(world, { users: { app: 'secret' } });
    const credentials = new PlainCredentials('app', 'secret');
    expect(connect(() => credentials).isOpen).to.equal(true);
    expect(connect(() => ({ credentials, expiresAt: new Date(Date.now() + 3_600_000) })).isOpen).to.equal(true);
  });

  it('are asked for at each connect, and not before a stream stands', () => {
    let asked = 0;
    const credentials = (): PlainCredentials => {
      asked++;
      return new PlainCredentials('guest', 'guest');
    };
    connect(credentials);
    expect(asked).to.equal(0);
    virtualBroker(world);
    connect(credentials);
    connect(credentials);
    expect(asked).to.equal(2);
  });

  for (const [what, credentials] of [
    [
      'throws',
      () => {
        throw new Error('no token');
      },
    ],
    ['gives something else', () => 'guest:guest' as never],
    [
      'gives a field that there is not',
      () => ({ credentials: new PlainCredentials('a', 'b'), expiresAt: new Date(), expires: 5 }),
    ],
    [
      'gives a date that is none',
      () => ({ credentials: new PlainCredentials('a', 'b'), expiresAt: new Date(Number.NaN) }),
    ],
    ['gives a class that nobody registered', () => ({ credentials: {}, expiresAt: new Date() }) as never],
  ] as const) {
    it(`that ${what} end the attempt with AMQPConnectionError and the cause`, () => {
      virtualBroker(world);
      connect(credentials);
      expect(errors).to.have.length(1);
      expect(errors[0]).to.have.property('name', 'AMQPConnectionError');
      expect(errors[0]?.cause).to.be.instanceOf(Error);
    });
  }

  describe('that expire', () => {
    it('are asked for again when four fifths of their time are over, and handed to the broker', () => {
      const peer = new ScriptedPeer(world);
      const passwords = ['first', 'second', 'third'];
      connect(() => ({
        credentials: new PlainCredentials('app', passwords.shift() ?? 'none'),
        expiresAt: new Date(Date.now() + 100_000),
      }));
      world.loop.callLater(85_000, () => {
        peer.send(0, CONNECTION_UPDATE_SECRET_OK);
        world.loop.stop();
      });
      world.loop.start();
      const updates = peer.seen.filter(([, name]) => name === 'connection.update-secret');
      expect(updates).to.have.length(1);
      expect(updates[0]?.[0]).to.be.within(79_000, 81_000);
      expect(updates[0]?.[2]).to.include({ newSecret: 'second' });
    });

    it('are asked for again after a failure, with a warning', () => {
      const peer = new ScriptedPeer(world);
      let asked = 0;
      const log: string[] = [];
      const logger = { warn: (text: string) => log.push(text), error: () => {} };
      connect(
        () => {
          if (++asked === 2) throw new Error('token server is down');
          return {
            credentials: new PlainCredentials('app', `password ${asked}`),
            expiresAt: new Date(Date.now() + 100_000),
          };
        },
        { logger },
      );
      world.loop.callLater(99_000_000, () => world.loop.stop());
      world.loop.callLater(170_000, () => world.loop.stop());
      world.loop.start();
      expect(asked).to.equal(3);
      expect(log.join()).to.include('credentials');
      expect(peer.names).to.include('connection.update-secret');
    });

    it('are not asked for once the connection has closed', () => {
      new ScriptedPeer(world);
      let asked = 0;
      const connection = connect(() => {
        asked++;
        return { credentials: new PlainCredentials('app', 'x'), expiresAt: new Date(Date.now() + 100_000) };
      });
      connection.close();
      world.loop.callLater(200_000, () => world.loop.stop());
      world.loop.start();
      expect(asked).to.equal(1);
    });
  });
});

describe('updateSecret()', () => {
  it('hands in the secret and calls back without arguments', () => {
    const world = virtualWorld();
    const peer = new ScriptedPeer(world);
    const heard: unknown[][] = [];
    new SelectConnection(
      null,
      (connection) => {
        connection.updateSecret({ newSecret: 'fresh', reason: 'expiry' }, (...args: unknown[]) => {
          heard.push(args);
          world.loop.stop();
        });
        world.loop.callLater(1, () => peer.send(0, CONNECTION_UPDATE_SECRET_OK));
      },
      null,
      null,
      world.loop,
    );
    world.loop.start();
    expect(heard).to.deep.equal([[]]);
    expect(peer.seen.at(-1)?.[2]).to.include({ newSecret: 'fresh', reason: 'expiry' });
  });

  it('throws for what are no strings and on a connection that is not open', () => {
    const world = virtualWorld();
    new ScriptedPeer(world);
    const connection = new SelectConnection(null, () => world.loop.stop(), null, null, world.loop);
    expect(() => connection.updateSecret({ newSecret: 'x', reason: 'y' }))
      .to.throw()
      .with.property('name', 'ConnectionWrongStateError');
    world.loop.start();
    for (const fields of [{ newSecret: 5, reason: 'x' }, { newSecret: 'x', reason: null }, {}] as never[]) {
      expect(() => connection.updateSecret(fields))
        .to.throw(TypeError)
        .with.property('code', 'ARG_TYPE');
    }
    expect(() => connection.updateSecret({ newSecret: 'x', reason: 'y' }, 5 as never)).to.throw(TypeError);
  });
});

import { expect } from 'chai';
import { type ConnectionFields, SelectConnection } from '../../adapters/index.ts';
import {
  type AMQPError,
  AMQPHeartbeatTimeout,
  CHANNEL_OPEN_OK,
  CONNECTION_BLOCKED,
  CONNECTION_CLOSE,
  CONNECTION_CLOSE_OK,
  CONNECTION_UNBLOCKED,
  ConnectionBlockedTimeout,
  ConnectionClosedByBroker,
  ConnectionClosedByClient,
  ConnectionWrongStateError,
  HEARTBEAT_FRAME,
  InvalidFrameError,
  StreamLostError,
} from '../../amqp/index.ts';
import { type PeerOptions, ScriptedPeer } from './scripted-peer.ts';
import { virtualWorld, type World } from './virtual-world.ts';

describe('An open connection', () => {
  let world: World;
  let peer: ScriptedPeer;
  let calls: string[];
  let ends: { error: AMQPError; at: number }[];

  beforeEach(() => {
    world = virtualWorld();
    calls = [];
    ends = [];
  });

  /** Opens a connection and runs the loop until nothing is left to happen. */
  function run(
    onOpen: (connection: SelectConnection) => void,
    options: PeerOptions = {},
    fields: ConnectionFields = {},
  ): SelectConnection {
    peer = new ScriptedPeer(world, options);
    const connection = new SelectConnection(fields, {
      ioloop: world.loop,
      onOpen,
      onOpenError: (_connection, error) => expect.fail(error.message),
      onClose: (_connection, error) => {
        calls.push('connection closed');
        ends.push({ error, at: world.loop.time() });
      },
    });
    world.loop.callLater(100_000, () => world.loop.stop());
    world.loop.start();
    return connection;
  }

  const later = (delay: number, action: () => void): void => void world.loop.callLater(delay, action);

  it('closes its channels with the same code and text, then itself, and tells ConnectionClosedByClient', () => {
    const connection = run((opened) => {
      opened.channel((first) => first.addOnCloseCallback(() => calls.push(`first closed ${opened.isClosed}`)));
      opened.channel((second) => {
        second.addOnCloseCallback(() => calls.push(`second closed ${opened.isClosed}`));
        opened.close({ replyCode: 320, replyText: 'going home' });
        expect(() => opened.close()).to.throw(ConnectionWrongStateError);
        expect(() => opened.channel()).to.throw(ConnectionWrongStateError);
        expect(() => second.basicPublish('', 'q', 'x')).to.throw();
        expect(opened.isClosing).to.equal(true);
      });
    });
    expect(peer.names.slice(-4)).to.deep.equal(['channel.open', 'channel.close', 'channel.close', 'connection.close']);
    expect(peer.seen.at(-2)?.[2]).to.include({ replyCode: 320, replyText: 'going home' });
    expect(calls).to.deep.equal(['first closed false', 'second closed false', 'connection closed']);
    expect(ends[0]?.error)
      .to.be.instanceOf(ConnectionClosedByClient)
      .and.include({ replyCode: 320, replyText: 'going home' });
    expect(() => connection.close())
      .to.throw(ConnectionWrongStateError)
      .with.property('cause', ends[0]?.error);
    expect(peer.streams[0]?.closedAt).to.equal(0);
  });

  it('answers close of the broker with close-ok, tells ConnectionClosedByBroker, and ends the stream', () => {
    run(() => later(100, () => peer.send(0, CONNECTION_CLOSE, { replyCode: 320, replyText: 'shutdown' })));
    expect(peer.names.at(-1)).to.equal('connection.close-ok');
    expect(ends).to.have.length(1);
    expect(ends[0]?.error)
      .to.be.instanceOf(ConnectionClosedByBroker)
      .and.include({ replyCode: 320, replyText: 'shutdown' });
    expect(ends[0]?.at).to.equal(100);
    expect(peer.streams[0]?.closedAt).to.equal(100);
  });

  it('tells every channel in order of creation before itself, with its own error, when the stream is lost', () => {
    const errors: AMQPError[] = [];
    run((connection) => {
      for (const number of [9, 4, 7]) {
        connection.channel({ channelNumber: number }, (channel) => {
          channel.addOnCloseCallback((_channel, error) => {
            calls.push(`channel ${number}, isClosed ${connection.isClosed}`);
            errors.push(error);
          });
        });
      }
      later(100, () => peer.end());
    });
    expect(calls).to.deep.equal([
      'channel 9, isClosed true',
      'channel 4, isClosed true',
      'channel 7, isClosed true',
      'connection closed',
    ]);
    expect(ends[0]?.error).to.be.instanceOf(StreamLostError);
    expect(new Set([...errors, ends[0]?.error]).size).to.equal(1);
    expect(ends[0]?.error.message).to.include('localhost:5672');
  });

  it('is told StreamLostError when the stream is lost while it closes', () => {
    run(
      (connection) => {
        connection.close();
        later(100, () => peer.end());
      },
      { polite: false },
    );
    expect(ends.map(({ error }) => error.name)).to.deep.equal(['StreamLostError']);
  });

  it('does not wait longer than closeTimeout for close-ok', () => {
    run((connection) => connection.close(), { polite: false }, { closeTimeout: 3000 });
    expect(ends).to.have.length(1);
    expect(ends[0]?.at).to.equal(3000);
    expect(ends[0]?.error).to.be.instanceOf(ConnectionClosedByClient);
    expect(peer.streams[0]?.closedAt).to.equal(3000);
  });

  it('sends the protocol error with connection.close and ends the stream in the same turn', () => {
    run(() => later(100, () => peer.transport?.write(Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0xce))));
    expect(ends[0]?.error).to.be.instanceOf(InvalidFrameError);
    expect(peer.seen.at(-1)?.[1]).to.equal('connection.close');
    expect(peer.seen.at(-1)?.[2]).to.include({ replyCode: 501 });
    expect(peer.streams[0]?.closedAt).to.equal(100);
  });

  it('calls the other callbacks when one throws, and reports the error once', () => {
    run((connection) => {
      connection.addOnCloseCallback(() => calls.push('after'));
      connection.close();
      throw new Error('open callback broke');
    });
    expect(calls).to.deep.equal(['connection closed', 'after']);
    expect(world.log).to.have.length(1);
    expect(world.log[0])
      .to.match(/^error /)
      .and.include('open callback broke');
  });

  it('stays open when a handler throws, or a promise of one rejects', () => {
    const connection = run((opened) => {
      later(10, () => peer.send(0, CONNECTION_BLOCKED, { reason: 'low on memory' }));
      opened.addOnConnectionBlockedCallback(() => {
        throw new Error('blocked callback broke');
      });
    });
    expect(connection.isOpen).to.equal(true);
    expect(world.log.join()).to.include('blocked callback broke');
  });

  it('tells blocked and unblocked with the connection and what the broker said', () => {
    const heard: unknown[] = [];
    const connection = run((opened) => {
      opened.addOnConnectionBlockedCallback((...args) => heard.push(args));
      opened.addOnConnectionUnblockedCallback((...args) => heard.push(args));
      later(10, () => peer.send(0, CONNECTION_BLOCKED, { reason: 'low on memory' }));
      later(20, () => peer.send(0, CONNECTION_UNBLOCKED));
    });
    expect(heard).to.deep.equal([
      [connection, { name: 'connection.blocked', reason: 'low on memory' }],
      [connection, { name: 'connection.unblocked' }],
    ]);
  });

  it('closes with ConnectionBlockedTimeout when it stays blocked; a second blocked does not start anew', () => {
    run(
      () => {
        later(1000, () => peer.send(0, CONNECTION_BLOCKED, { reason: 'low on memory' }));
        later(4000, () => peer.send(0, CONNECTION_BLOCKED, { reason: 'still' }));
      },
      {},
      { blockedConnectionTimeout: 5000 },
    );
    expect(ends[0]?.error).to.be.instanceOf(ConnectionBlockedTimeout);
    expect(ends[0]?.at).to.equal(6000);
  });

  it('forgets the limit of a blocked connection at unblocked', () => {
    run(
      () => {
        later(1000, () => peer.send(0, CONNECTION_BLOCKED, { reason: 'low on memory' }));
        later(4000, () => peer.send(0, CONNECTION_UNBLOCKED));
      },
      {},
      { blockedConnectionTimeout: 5000 },
    );
    expect(ends).to.deep.equal([]);
  });

  it('gives each promised callback once when close() meets the close of the broker', () => {
    run(
      (connection) => {
        connection.close();
        later(0, () => peer.send(0, CONNECTION_CLOSE, { replyCode: 320, replyText: 'shutdown' }));
        later(50, () => peer.send(0, CONNECTION_CLOSE_OK));
      },
      { polite: false },
    );
    expect(calls).to.deep.equal(['connection closed']);
    expect(peer.names).to.include('connection.close-ok');
  });

  it('drops what comes after its end', () => {
    run((connection) => {
      later(100, () => {
        peer.send(0, CONNECTION_CLOSE, { replyCode: 320, replyText: 'shutdown' });
        peer.send(1, CHANNEL_OPEN_OK);
        peer.send(0, CONNECTION_CLOSE_OK);
      });
      connection.addOnCloseCallback(() => calls.push('second'));
    });
    expect(calls).to.deep.equal(['connection closed', 'second']);
    expect(peer.names.filter((name) => name === 'connection.close-ok')).to.have.length(1);
  });

  describe('with a heartbeat', () => {
    it('sends one after half the interval without a write, and no more than that', () => {
      run(
        (connection) => {
          const beat = (): void => {
            peer.transport?.write(HEARTBEAT_FRAME);
            later(5000, beat);
          };
          beat();
          later(60_000, () => connection.close());
        },
        { heartbeat: 10 },
      );
      const beats = peer.seen.filter(([, name]) => name === 'heartbeat').map(([at]) => at);
      expect(beats.length).to.be.within(11, 12);
      for (const [i, at] of beats.entries()) expect(at - (beats[i - 1] ?? 0)).to.be.within(4990, 5010);
    });

    it('ends with AMQPHeartbeatTimeout between 1.5 and 2 intervals of silence', () => {
      run(() => {}, { heartbeat: 10 });
      expect(ends[0]?.error).to.be.instanceOf(AMQPHeartbeatTimeout);
      expect(ends[0]?.at).to.be.within(15_000, 20_250);
      expect(peer.streams[0]?.closedAt).to.equal(ends[0]?.at);
    });

    it('raises no false alarm when user code has held the loop up while bytes waited', () => {
      const connection = run(
        () => {
          const beat = (): void => {
            peer.transport?.write(HEARTBEAT_FRAME);
            later(5000, beat);
          };
          beat();
          later(20_000, () => world.loop.poller.clock?.sleep(3 * 3_600_000));
          later(30_000, () => world.loop.stop());
        },
        { heartbeat: 10 },
      );
      world.loop.callLater(5000, () => world.loop.stop());
      world.loop.start();
      expect(ends).to.deep.equal([]);
      expect(connection.isOpen).to.equal(true);
    });
  });

  it('has no timer left once it has closed', () => {
    run((connection) => later(10, () => connection.close()), { heartbeat: 10 });
    world.loop.callLater(1, () => {});
    // virtual time ends with an error where nothing is left to wait for
    expect(() => world.loop.start())
      .to.throw()
      .with.property('name', 'VirtualDeadlockError');
  });
});

import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { expect } from 'chai';
import { connect, LibuvHost, type OpenStream, StreamLostError } from '../../adapters/index.ts';
import { MemoryBroker } from '../kit/index.ts';
import { duplexPair } from '../support/duplex-pair.ts';

/** A broker in this thread, at the end of streams that are no sockets. */
describe('Connections over streams that the program opens', () => {
  /** What the last one of them is to its connection. */
  let given: Duplex;
  /** And to the broker. */
  let peer: Duplex;

  function toBroker(broker = new MemoryBroker()): Duplex {
    [given, peer] = duplexPair();
    const session = broker.connect(
      {
        write(bytes) {
          if (!peer.write(bytes)) session.congested = true;
        },
        end: () => peer.end(),
      },
      performance.now(),
    );
    peer.on('data', (bytes) => session.receive(bytes, performance.now()));
    peer.on('drain', () => {
      session.congested = false;
    });
    peer.on('close', () => session.lost(performance.now()));
    return given;
  }

  const over = (open: OpenStream): { host: LibuvHost } => ({ host: new LibuvHost({ open }) });

  it('carry what others carry, and close in order', async () => {
    const connection = await connect({}, { host: new LibuvHost({ duplex: toBroker() }) });
    const channel = await connection.channel({ confirm: true });
    const { queue } = await channel.queueDeclare({ exclusive: true });
    const body = Buffer.alloc(3_000_000, 'pikaloop');
    await Promise.all([1, 2, 3].map(() => channel.basicPublish('', queue, body)));
    let left = 3;
    for await (const message of channel.consume({ queue })) {
      expect(Buffer.compare(message.body, body)).to.equal(0);
      message.ack();
      if (--left === 0) break;
    }
    await connection.close();
    expect((await connection.closed).name).to.equal('ConnectionClosedByClient');
    // what is closed stays no task longer than it needs to say so
    if (!given.closed) await once(given, 'close');
  });

  it('have publishes wait while nothing is taken, and memory bounded meanwhile', async () => {
    const connection = await connect(
      { outboundLimit: 1_000_000 },
      over(() => toBroker()),
    );
    const channel = await connection.channel();
    peer.pause();
    let taken = 0;
    const publishing = (async () => {
      for (let i = 0; i < 30; i++) {
        await channel.basicPublish('', 'nowhere', Buffer.alloc(100_000));
        taken++;
      }
    })();
    const pass = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, 50));
    for (let i = 0; i < 100 && taken < 5; i++) await pass();
    await pass();
    expect(taken).to.be.within(5, 20);
    peer.resume();
    await publishing;
    await connection.close();
  });

  it('are lost with what their stream says', async () => {
    const connection = await connect(
      { recovery: false },
      over(() => toBroker()),
    );
    const why = Object.assign(new Error('the tunnel fell in'), { code: 'ETUNNEL' });
    given.destroy(why);
    const reason = await connection.closed;
    expect(reason).to.be.instanceOf(StreamLostError);
    expect(reason.cause).to.include({ code: 'ETUNNEL', cause: why });
  });

  it('try the next host with the next stream', async () => {
    const asked: string[] = [];
    const open: OpenStream = (to) => {
      asked.push('host' in to ? to.host : to.path);
      if (asked.length === 1) throw new Error('no tunnel to this one');
      return toBroker();
    };
    const connection = await connect('amqp://first.invalid,second.invalid', over(open));
    expect(asked).to.deep.equal(['first.invalid', 'second.invalid']);
    expect(connection.params.host).to.equal('second.invalid');
    await connection.close();
  });

  it('fail with the reason when open() gives no stream', async () => {
    const error = await connect(
      {},
      over(() => 'a stream' as never),
    ).catch((reason) => reason);
    expect(error).to.include({ name: 'AMQPConnectionError', host: 'localhost', port: 5672 });
    expect(error.cause).to.be.instanceOf(TypeError).with.property('code', 'ARG_TYPE');
  });

  it('keep their heartbeats', async () => {
    let beats = 0;
    const connection = await connect(
      { heartbeat: 1 },
      over(() => toBroker(new MemoryBroker({ heartbeat: 1 }))),
    );
    peer.on('data', (bytes: Uint8Array) => {
      if (bytes[0] === 8) beats++;
    });
    await new Promise((resolve) => setTimeout(resolve, 1300));
    expect(connection.isOpen).to.equal(true);
    expect(beats).to.be.at.least(1);
    await connection.close();
  });
});

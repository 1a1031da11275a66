import { expect } from 'chai';
import { describeMemoryBroker } from '../support/describe-memory-broker.ts';
import { runModule } from '../support/module-process.ts';

describeMemoryBroker('The process of a connection on its own loop', (broker) => {
  const DOOR = JSON.stringify(new URL('../../adapters/index.js', import.meta.url).href);

  /** Runs a program that has an open `connection`; one that still lives after 100 ms says so and closes. */
  const run = (making: string, body: string): ReturnType<typeof runModule> =>
    runModule(`
      import net from 'node:net';
      import { connect, ExternalLoopConnection } from ${DOOR};
      const url = ${JSON.stringify(broker.url)};
      const connection = ${making};
      setTimeout(() => {
        console.log('alive');
        connection.close();
      }, 100).unref();
      ${body}
    `);

  const MAKINGS = {
    'in promises': 'await connect(url)',
    "with keepAlive: 'worker'": "await connect(url, { keepAlive: 'worker' })",
    'through open()':
      'await connect(url, { host: new LibuvHost({ open: ({ host, port }) => net.connect(port, host) }) })',
    'in callback style':
      'await new Promise((onOpen, onOpenError) => new ExternalLoopConnection(url, { onOpen, onOpenError }))',
  };
  for (const [how, making] of Object.entries(MAKINGS)) {
    describe(how, () => {
      it('lives until the connection is closed, and no longer', async () => {
        expect(await run(making, '')).to.deep.equal({ code: 0, stdout: 'alive\n', stderr: '' });
      });

      it('ends where the connection does not keep it, in order and without a word', async () => {
        const body = 'connection.ioloop.unref();';
        expect(await run(making, body)).to.deep.equal({ code: 0, stdout: '', stderr: '' });
      });
    });
  }

  it('is kept again after ref()', async () => {
    const body = 'connection.ioloop.unref(); await new Promise(setImmediate); connection.ioloop.ref();';
    for (const making of [MAKINGS['in promises'], MAKINGS["with keepAlive: 'worker'"]]) {
      expect(await run(making, body)).to.deep.equal({ code: 0, stdout: 'alive\n', stderr: '' });
    }
  });

  it('goes on with an unreferenced connection while it has something else to do', async () => {
    const body = `
      connection.ioloop.unref();
      const channel = await settled(connection.channel({ confirm: true }));
      const { queue } = await settled(channel.queueDeclare({ exclusive: true }));
      console.log(await settled(channel.basicPublish('', queue, 'hello')));
      async function settled(promise) {
        const busy = setInterval(() => {}, 1000);
        return promise.finally(() => clearInterval(busy));
      }
    `;
    expect(await run(MAKINGS['in promises'], body)).to.deep.equal({ code: 0, stdout: '1\n', stderr: '' });
  });

  it('does not wait for a confirm of an unreferenced connection; the message was handed over', async () => {
    const queue = broker.unique('left behind');
    const body = `
      const channel = await connection.channel({ confirm: true });
      await channel.queueDeclare({ queue: ${JSON.stringify(queue)} });
      connection.ioloop.unref();
      channel.basicPublish('', ${JSON.stringify(queue)}, 'hello').then(() => console.log('confirmed'), console.log);
    `;
    for (const making of [MAKINGS['in promises'], MAKINGS["with keepAlive: 'worker'"]]) {
      const ended = await run(making, body);
      expect(ended).to.include({ code: 0, stderr: '' });
      const look = `const channel = await connection.channel();
        console.log(String((await channel.basicGet({ queue: ${JSON.stringify(queue)}, autoAck: true }))?.body));
        await connection.close();`;
      expect((await run(MAKINGS['in promises'], look)).stdout).to.equal('hello\n');
    }
  });
});

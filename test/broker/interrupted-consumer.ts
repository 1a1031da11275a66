import { KeyboardInterrupt, SelectConnection } from '../../adapters/index.ts';
import { interruptsAreCaught } from '../../ioloop/interrupt.ts';

/** A consumer that Ctrl-C ends in order; `interrupt.test.ts` runs it. */
const connection = new SelectConnection(process.argv[2], {
  onOpen: (opened) =>
    opened.channel((channel) =>
      channel.queueDeclare({ queue: '', exclusive: true }, ({ queue }) => {
        channel.basicConsume({ queue }, () => {}, sayWhenReady);
      }),
    ),
  onClose: (_connection, error) => console.log(error.name),
});
try {
  connection.ioloop.start();
} catch (error) {
  if (!(error instanceof KeyboardInterrupt)) throw error;
  console.log(error.name);
  connection.close();
  connection.ioloop.start();
  console.log(connection.isClosed ? 'closed' : 'not closed');
}

/** An interrupt is the loop's only when start() has run for a moment. */
function sayWhenReady(): void {
  if (interruptsAreCaught()) console.log('ready');
  else connection.ioloop.callLater(5, sayWhenReady);
}

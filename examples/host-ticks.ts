// A game's loop, 60 frames a second, carries a connection: npm run build && node build/examples/host-ticks.js [FRAMES]
import { type Channel, ExternalLoopConnection, type HostLoop, LibuvHost } from 'pikaloop';

/** A host in about 30 lines. What our loop asks for is done in a frame; the sockets are the runtime's. */
class Frames implements HostLoop {
  readonly #jobs = new Set<{ readonly at: number; readonly fn: () => void }>();
  readonly transports = new LibuvHost().transports;

  now(): number {
    return performance.now();
  }

  soon(fn: () => void): void {
    this.later(0, fn);
  }

  later(delay: number, fn: () => void): unknown {
    const job = { at: this.now() + delay, fn };
    this.#jobs.add(job);
    return job;
  }

  cancel(job: unknown): void {
    this.#jobs.delete(job as { at: number; fn: () => void }); // what later() has given
  }

  /** To be called once in each frame. What a job adds waits for the next one. */
  frame(): void {
    const now = this.now();
    for (const job of [...this.#jobs]) if (job.at <= now && this.#jobs.delete(job)) job.fn();
  }
}

const lastFrame = Number(process.argv[2] || 120);
const host = new Frames();
const arrived: string[] = [];
let channel: Channel<ExternalLoopConnection> | null = null;
let frame = 0;
let seen = 0;

const connection = new ExternalLoopConnection(process.env.AMQP_URL || 'amqp://localhost/%2F', {
  ioloop: host,
  onOpen: () => {
    connection.channel((open) => {
      open.queueDeclare({ queue: 'positions', autoDelete: true }, () => {
        // messages come when the socket has them; the frame takes them when it is due
        open.basicConsume({ queue: 'positions', autoAck: true }, (_channel, _method, _properties, body) => {
          arrived.push(String(body));
        });
        channel = open;
      });
    });
  },
  onOpenError: (_connection, error) => {
    console.error(error.message);
    clearInterval(clock);
  },
  onClose: () => clearInterval(clock),
});

const clock = setInterval(() => {
  host.frame();
  if (channel === null) return;
  frame++;
  for (const position of arrived.splice(0)) {
    seen++;
    console.log(position);
  }
  if (frame % 10 === 0 && frame < lastFrame) channel.basicPublish('', 'positions', `frame ${frame}: x = ${frame * 3}`);
  if (frame === lastFrame) {
    console.log(`${seen} positions in ${frame} frames`);
    connection.close();
  }
}, 1000 / 60);

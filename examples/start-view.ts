import { type AMQPError, ConnectionClosedByClient, type SelectConnection } from 'pikaloop';

const SHOWN = 3; // messages that are shown one by one before only their number is

/** What `npm start` prints: a line for each thing that happens, and one that counts. Times are milliseconds. */
export class StartView {
  /** Milliseconds between two looks at the count. */
  readonly interval: number = process.stdout.isTTY ? 250 : 1_000;
  readonly #out: NodeJS.WriteStream = process.stdout;
  #counting = false;
  #published = 0;
  #consumed = 0;
  #started = performance.now();
  #ended = 0;
  #lastLook = 0;
  #lastConsumed = 0;

  connected({ params, serverProperties, ioloop }: SelectConnection, inMemory: boolean): void {
    const where = inMemory ? 'a broker in memory (AMQP_URL names another)' : `${serverProperties.product}`;
    this.#say('connected', `to ${where} at ${params.host}:${params.port}`);
    this.#say('loop', `${ioloop.poller.name}: this thread blocks in start(), Ctrl-C comes out of it`);
    this.#started = performance.now();
    this.#lastLook = this.#started;
  }

  published(body: string): void {
    this.#published++;
    if (this.#published <= SHOWN) this.#say('published', body);
  }

  consumed(body: Uint8Array): void {
    this.#consumed++;
    this.#ended = performance.now();
    if (this.#consumed <= SHOWN) this.#say('consumed', body.toString());
  }

  /** The line that counts: on a terminal always the same one. */
  tick(): void {
    const now = performance.now();
    const rate = ((this.#consumed - this.#lastConsumed) * 1000) / (now - this.#lastLook);
    this.#lastLook = now;
    this.#lastConsumed = this.#consumed;
    const text = `${number(this.#published)} published, ${number(this.#consumed)} consumed, ${number(rate)} a second`;
    if (this.#out.isTTY) {
      this.#out.write(`\r\x1b[K${this.#line(seconds(now - this.#started), text)}`);
      this.#counting = true;
    } else {
      this.#say(seconds(now - this.#started), text);
    }
  }

  interrupted(): void {
    this.#say('Ctrl-C', 'came out of start(): closing, and starting the loop again until all is closed');
  }

  failed(error: AMQPError): void {
    this.#say('failed', error.message);
  }

  closed(reason: AMQPError): void {
    const byUs = reason instanceof ConnectionClosedByClient;
    this.#say('closed', byUs ? 'in order' : reason.message);
  }

  summary(): void {
    if (this.#consumed === 0) return;
    const took = this.#ended - this.#started;
    const rate = `${number((this.#consumed * 1000) / took)} a second`;
    this.#say('done', `${number(this.#consumed)} messages there and back in ${seconds(took)}, ${rate}`);
  }

  #say(what: string, text: string): void {
    this.#out.write(`${this.#counting ? '\n' : ''}${this.#line(what, text)}\n`);
    this.#counting = false;
  }

  #line(what: string, text: string): string {
    const label = what.padStart(10);
    return this.#out.isTTY && !process.env.NO_COLOR ? `\x1b[36m${label}\x1b[0m  ${text}` : `${label}  ${text}`;
  }
}

function number(value: number): string {
  return Math.round(value).toLocaleString('en');
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

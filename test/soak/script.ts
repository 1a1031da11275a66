import { writeSync } from 'node:fs';
import { AMQPError, BlockingConnection, KeyboardInterrupt } from '../../adapters/index.ts';
import { IOLoop } from '../../ioloop/index.ts';

/** What the programs of a soak have in common: they go on, whatever happens to them, until SIGTERM. */
export class Script {
  readonly #url: string;
  /** Waits where there is no connection to wait in; Ctrl-C never meets the process unprepared. */
  readonly #pause = new IOLoop({ makeCurrent: false });
  #connection: BlockingConnection | null = null;
  interrupts = 0;
  connections = 0;
  stopping = false;

  constructor(url: string) {
    this.#url = url;
    this.#pause.keepInterrupts();
    this.#pause.addSignal('SIGTERM', () => this.#stop());
  }

  /** Does `work` on a connection, on a new one when that is lost, until it is to stop. */
  run(opened: (connection: BlockingConnection) => void, work: (connection: BlockingConnection) => void): void {
    const turn = (): void => {
      if (this.stopping) {
        this.#end();
        return;
      }
      this.#survive(() => work(this.#open(opened)));
      // the host has its turn: threads that have ended are cleared away there
      setImmediate(turn);
    };
    setImmediate(turn);
  }

  #open(opened: (connection: BlockingConnection) => void): BlockingConnection {
    if (this.#connection?.isOpen === true) return this.#connection;
    const connection = new BlockingConnection(this.#url);
    this.connections++;
    this.#connection = connection;
    connection.ioloop.addSignal('SIGTERM', () => this.#stop());
    opened(connection);
    return connection;
  }

  #survive(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (error instanceof KeyboardInterrupt) this.interrupts++;
      else if (error instanceof AMQPError) this.#survive(() => this.#wait(200));
      else throw error;
    }
  }

  #wait(ms: number): void {
    const timer = this.#pause.callLater(ms, () => this.#pause.stop());
    try {
      this.#pause.start();
    } finally {
      timer.cancel();
    }
  }

  #stop(): void {
    this.stopping = true;
  }

  #end(): void {
    this.#survive(() => this.#connection?.[Symbol.dispose]());
    this.#pause.close();
    say({ interrupts: this.interrupts, connections: this.connections });
  }
}

/** A line for the one who has started this process. */
export function say(report: object): void {
  writeSync(1, `${JSON.stringify(report)}\n`);
}

/** MiB, after a collection. */
export function usedHeap(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

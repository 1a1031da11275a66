import { encodeMethodFrame, type MethodId } from '../../amqp/index.ts';
import { CalledThread } from './called-thread.ts';

/** What a proxy does with a frame, or at a moment. */
export interface ProxyRule {
  readonly from: 'client' | 'broker';
  /** A method's name, `'connect'` or `'protocol header'`; `'*'` is everything. */
  readonly at: string;
  /** `drop` leaves it out, `reset` cuts the connection in its place, `end` ends it orderly. */
  readonly act: 'drop' | 'reset' | 'end';
}

/** Where the broker listens. */
export interface ProxyTarget {
  readonly host?: string;
  readonly port: number;
}

export type ProxyRequest =
  | { readonly does: 'listen'; readonly target: ProxyTarget | null; readonly rules: readonly ProxyRule[] }
  | { readonly does: 'rule'; readonly proxy: number; readonly rules: readonly ProxyRule[] }
  | { readonly does: 'cut'; readonly proxy: number }
  | { readonly does: 'send'; readonly proxy: number; readonly bytes: Uint8Array }
  | { readonly does: 'seen'; readonly proxy: number }
  | { readonly does: 'close'; readonly proxy: number };

/**
 * Stands between a client that blocks this thread and a broker, in a thread of its own, and passes frames on until it is
 * told otherwise. Its methods block.
 */
export class FrameProxy {
  readonly port: number;

  /** @param target - the broker; null: nobody is there, so nothing is ever answered */
  constructor(target: ProxyTarget | null, ...rules: readonly ProxyRule[]) {
    thread ??= new CalledThread(new URL('./frame-proxy-worker.js', import.meta.url));
    const where = target && { host: target.host ?? '127.0.0.1', port: target.port };
    this.port = this.#ask({ does: 'listen', target: where, rules }) as number; // the program's answer
  }

  get url(): string {
    return `amqp://guest:guest@127.0.0.1:${this.port}/%2F`;
  }

  /** Puts these in the place of the rules so far. */
  follow(...rules: readonly ProxyRule[]): void {
    this.#ask({ does: 'rule', proxy: this.port, rules });
  }

  /** Resets every connection, both ways. */
  cut(): void {
    this.#ask({ does: 'cut', proxy: this.port });
  }

  /** Has each client read a method that the broker never sent. */
  pretend(channel: number, id: MethodId, fields: object = {}): void {
    this.#ask({ does: 'send', proxy: this.port, bytes: encodeMethodFrame(channel, id, fields) });
  }

  /** The names of the methods that came from clients so far, dropped ones too. */
  seen(): string[] {
    return this.#ask({ does: 'seen', proxy: this.port }) as string[]; // the program's answer
  }

  /** Takes no further connection, and cuts those that there are. */
  close(): void {
    this.#ask({ does: 'close', proxy: this.port });
  }

  #ask(request: ProxyRequest): unknown {
    return thread?.ask(request);
  }
}

let thread: CalledThread | null = null;

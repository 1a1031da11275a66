import { UnsupportedError } from './errors.ts';
import type { IoCommand } from './io-messages.ts';
import { IoProgram, type IoRuntime } from './io-program.ts';
import { type IoWorkerData, webChannel } from './io-web.ts';
import { MailWriter } from './mailbox.ts';
import { type WebSocketClass, type WebSocketHost, WebSocketSocket } from './transports/websocket.ts';

/** The script of the I/O worker in a browser: one for all loops of the worker that started it, with the WebSockets of all. */
class IoWorker {
  readonly #programs = new Set<IoProgram>();

  serve(data: IoWorkerData): void {
    const { port } = data;
    const mail = new MailWriter(data.mail);
    const program = new IoProgram(data, {
      post: (event) => mail.put(event),
      open,
      afterWrite: (fn, position) => queueMicrotask(() => fn(position)),
      soon,
      resolver: NO_NAMES,
      leave: () => {
        if (!this.#programs.delete(program)) return;
        program.gone();
        port.close();
      },
    });
    this.#programs.add(program);
    port.onmessage = ({ data: command }): void => {
      mail.moveOn();
      program.receive(command as IoCommand); // the loop has the other end
    };
    program.start();
  }

  /** Nothing can be relied on after an error that nobody has caught. */
  fail(error: unknown): void {
    const told = error instanceof Error ? error : new Error(String(error));
    for (const program of this.#programs) program.fail(told);
    scope.close();
  }
}

const open: IoRuntime['open'] = (to, options, events) => {
  // the loop's side has let nothing else pass
  if (!('url' in to)) throw new UnsupportedError('a browser opens WebSockets only');
  return new WebSocketSocket(to, options, scope.WebSocket, HOST, events);
};

const NO_NAMES: IoRuntime['resolver'] = {
  resolve: (_host, _port, _family, done) => soon(() => done(new UnsupportedError('a browser looks up no names'), [])),
  cancel: () => {},
};

/** Tasks of their own: a nested setTimeout(0) takes 4 ms. */
function soon(fn: () => void): void {
  tasks.push(fn);
  port2.postMessage(null);
}

const HOST: WebSocketHost = {
  soon,
  later: (delay, fn) => setTimeout(fn, delay),
  cancel: (timer) => clearTimeout(timer as number), // what later() has given
};

const tasks: (() => void)[] = [];
const { port1, port2 } = webChannel();
port1.onmessage = (): void => tasks.shift()?.();

/** The web's DedicatedWorkerGlobalScope, as far as it is used here. */
interface Scope {
  readonly WebSocket: WebSocketClass;
  onmessage: ((event: { readonly data: IoWorkerData | null }) => void) | null;
  addEventListener(type: 'error', listener: (event: { readonly error: unknown }) => void): void;
  addEventListener(type: 'unhandledrejection', listener: (event: { readonly reason: unknown }) => void): void;
  postMessage(message: unknown): void;
  close(): void;
}
// a dedicated worker starts this, as io-link-browser.ts does, and sends nothing else
const scope = globalThis as unknown as Scope;

const worker = new IoWorker();
scope.onmessage = ({ data }): void => (data === null ? scope.postMessage(null) : worker.serve(data));
scope.addEventListener('error', ({ error }) => worker.fail(error));
scope.addEventListener('unhandledrejection', ({ reason }) => worker.fail(reason));

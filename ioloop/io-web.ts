import type { IoOwner } from './io-messages.ts';

export interface PrepareOptions {
  /** The URL of the I/O worker's script, where the bundler does not bring the package's own along. */
  readonly program?: URL | string;
}

/** What the I/O worker of a browser is told of each loop that it works for; null = is to be answered. */
export interface IoWorkerData extends IoOwner {
  readonly port: WebPort;
  readonly mail: SharedArrayBuffer;
}

/** The web's MessagePort, as far as it is used here. */
export interface WebPort {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  postMessage(message: unknown): void;
  close(): void;
}

export function webChannel(): { readonly port1: WebPort; readonly port2: WebPort } {
  return new MessageChannel();
}

// Node's types have none of the web's members
declare const MessageChannel: new () => { readonly port1: WebPort; readonly port2: WebPort };

import { ConnectionParameters } from 'pikaloop';

// What a page of the kit's own tests runs.

export function place(): { window: boolean; isolated: boolean; memory: boolean } {
  return {
    window: typeof document === 'object',
    isolated: globalThis.crossOriginIsolated,
    memory: typeof SharedArrayBuffer === 'function',
  };
}

export async function later(value: string): Promise<string> {
  await new Promise((resolve) => setTimeout(resolve, 1));
  return value;
}

export function misuse(): ConnectionParameters {
  return new ConnectionParameters({ port: -1 });
}

export function forget(): void {
  void Promise.reject(new Error('of nobody'));
}

export function blocks(ms: number): string {
  return Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

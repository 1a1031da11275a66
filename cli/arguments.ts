import { type ParseArgsConfig, parseArgs } from 'node:util';
import { UsageError } from './usage-error.ts';

type Options = NonNullable<ParseArgsConfig['options']>;

/** What `parseArgs` makes of a command's arguments. */
export type Values<T extends Options> = ReturnType<typeof parseArgs<{ options: T }>>['values'];

/** Reads options; a command takes nothing else. @throws {UsageError} */
export function readOptions<T extends Options>(args: readonly string[], options: T): Values<T> {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values as Values<T>;
  } catch (error) {
    const { message } = error as Error; // the first sentence says what is wrong
    throw new UsageError(`${message.split(/\. |\n/)[0]}`);
  }
}

/** @throws {UsageError} */
export function readCount(text: string | undefined, flag: string): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new UsageError(`${flag} takes a number from 1 on, not "${text}"`);
}

/** Reads `host:port`, `[::1]:port`, `:port` or `port`; port 0 is any that is free. @throws {UsageError} */
export function readAddress(text: string, flag: string): { readonly host?: string; readonly port: number } {
  const parts = /^(?:(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]]*)):)?(\d{1,5})$/.exec(text);
  const port = Number(parts?.[3] ?? Number.NaN);
  if (!(port <= 65_535)) throw new UsageError(`${flag} takes an address like 127.0.0.1:15670, not "${text}"`);
  const host = parts?.[1] ?? parts?.[2] ?? '';
  return host === '' ? { port } : { host, port };
}

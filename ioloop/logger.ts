/** Where the loop and what stands on it write lines for people. */
export interface Logger {
  debug?(text: string): void;
  info?(text: string): void;
  warn(text: string): void;
  error(text: string): void;
}

/** Warnings and errors to stderr, the rest nowhere. */
export const stderrLogger: Logger = {
  warn: (text) => console.warn(text),
  error: (text) => console.error(text),
};

/** The stack of what was thrown, with those of its causes; whatever it is, this does not throw. */
export function describeError(error: unknown): string {
  const lines: string[] = [];
  const told = new Set<unknown>();
  for (let next = error; !told.has(next) && (told.size === 0 || next !== undefined); ) {
    told.add(next);
    lines.push(`${told.size === 1 ? '' : '[cause] '}${describeOne(next)}`);
    next = next instanceof Error ? next.cause : undefined;
  }
  return lines.join('\n');
}

function describeOne(error: unknown): string {
  return error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : describeValue(error);
}

function describeValue(value: unknown): string {
  try {
    return String(value);
  } catch {
    // an object without a prototype, or one whose toString throws: its kind is all that can be told
    return Object.prototype.toString.call(value);
  }
}

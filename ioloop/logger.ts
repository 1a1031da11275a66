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
  if (!(error instanceof Error)) return describeValue(error);
  const own = error.stack ?? `${error.name}: ${error.message}`;
  return error.cause === undefined || error.cause === error ? own : `${own}\n[cause] ${describeError(error.cause)}`;
}

function describeValue(value: unknown): string {
  try {
    return String(value);
  } catch {
    // an object without a prototype, or one whose toString throws: its kind is all that can be told
    return Object.prototype.toString.call(value);
  }
}

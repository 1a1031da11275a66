/** What a command has of the process around it. */
export interface Terminal {
  /** To stdout. */
  print(text: string): void;
  /** To stderr. */
  complain(text: string): void;
  /** Settles at the first Ctrl-C or SIGTERM; the next one then ends the process. */
  interrupted(): Promise<void>;
}

/** The process's own. */
export function processTerminal(): Terminal {
  return {
    print: (text) => void process.stdout.write(text),
    complain: (text) => void process.stderr.write(text),
    interrupted: () =>
      new Promise((resolve) => {
        // each is heard once, and is the system's again after that
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
      }),
  };
}

/** What the inbox of a loop needs of it. */
export interface InboxOwner {
  queue(fn: (...args: unknown[]) => void, args: readonly unknown[]): void;
  stop(): void;
  /** A handle called a name that nobody exposed. */
  unknown(name: string): void;
}

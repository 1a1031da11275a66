/** What a loop hands over once to what looks after its Ctrl-C and its slow callbacks. */
export interface InterruptOwner {
  /** Whether Ctrl-C leaves `start()`; else it does what it does elsewhere. */
  readonly catches: boolean;
  /** Whether a slow callback is to be told while it runs. */
  readonly watched: boolean;
  /** Runs listeners of the program's; what they throw is the loop's. */
  call(listeners: () => void): void;
}

/** An object that a poller can watch, in place of a bare fd number. */
export interface Pollable {
  fileno?(): number;
  close?(): void;
}

/** Of the loop itself. Every one has a `code` that stays the same over versions. */
export class IOLoopError extends Error {
  static {
    Object.assign(IOLoopError.prototype, { name: 'IOLoopError' });
  }
  readonly code: string;
  constructor(code: string, text: string, options?: ErrorOptions) {
    super(text, options);
    this.code = code;
  }
}

/** `start()` where nobody may block: a guest of a host's loop, a browser's window. */
export class NotBlockingError extends IOLoopError {
  static {
    Object.assign(NotBlockingError.prototype, { name: 'NotBlockingError' });
  }
  constructor(text: string) {
    super('NOT_BLOCKING', text);
  }
}

/** `runSync()` did not end within its limit. */
export class LoopTimeoutError extends IOLoopError {
  static {
    Object.assign(LoopTimeoutError.prototype, { name: 'LoopTimeoutError' });
  }
  constructor(text: string) {
    super('LOOP_TIMEOUT', text);
  }
}

/** A call on a loop that `close()` has ended. */
export class LoopClosedError extends IOLoopError {
  static {
    Object.assign(LoopClosedError.prototype, { name: 'LoopClosedError' });
  }
  constructor(call: string) {
    super('LOOP_CLOSED', `${call}: the loop is closed; make another one`);
  }
}

/** What the chosen poller, runtime or stream cannot do; the text names what could. */
export class UnsupportedError extends IOLoopError {
  static {
    Object.assign(UnsupportedError.prototype, { name: 'UnsupportedError' });
  }
  constructor(text: string, options?: ErrorOptions) {
    super('UNSUPPORTED', text, options);
  }
}

/** A WebSocket that did not come about, or ended out of order; `code` tells the kinds apart. */
export class WebSocketError extends IOLoopError {
  static {
    Object.assign(WebSocketError.prototype, { name: 'WebSocketError' });
  }
  /** Of the close (RFC 6455 §7.4), 4000 and above as docs/bridge.md has them; 0 when this side has ended it. */
  readonly closeCode: number;
  constructor(code: string, text: string, closeCode = 0) {
    super(code, text);
    this.closeCode = closeCode;
  }
}

/** A promise was waited for where it cannot settle: `start()` under a microtask. */
export class MicrotaskDeadlockError extends IOLoopError {
  static {
    Object.assign(MicrotaskDeadlockError.prototype, { name: 'MicrotaskDeadlockError' });
  }
  constructor(text: string) {
    super('MICROTASK_DEADLOCK', text);
  }
}

/** Virtual time has nothing left to wait for. */
export class VirtualDeadlockError extends IOLoopError {
  static {
    Object.assign(VirtualDeadlockError.prototype, { name: 'VirtualDeadlockError' });
  }
  constructor() {
    super('VIRTUAL_DEADLOCK', 'no timer is set and no byte is under way: this loop would wait for ever');
  }
}

/** Ctrl-C. Not an `IOLoopError`, so that a `catch` for those lets it pass. */
export class KeyboardInterrupt extends Error {
  static {
    Object.assign(KeyboardInterrupt.prototype, { name: 'KeyboardInterrupt', code: 'KEYBOARD_INTERRUPT' });
  }
  declare readonly code: 'KEYBOARD_INTERRUPT';
  constructor() {
    super('interrupted from the keyboard');
  }
}

/** @param field - the argument's name; it opens the text */
export function wrongType(field: string, rule: string): TypeError {
  return Object.assign(new TypeError(`${field} ${rule}`), { code: 'ARG_TYPE', field });
}

export function outOfRange(field: string, rule: string): RangeError {
  return Object.assign(new RangeError(`${field} ${rule}`), { code: 'ARG_RANGE', field });
}

/** @param of - what takes no such field */
export function unknownField(field: string, of: string): TypeError {
  return Object.assign(new TypeError(`${field} is no option of ${of}`), { code: 'ARG_UNKNOWN_FIELD', field });
}

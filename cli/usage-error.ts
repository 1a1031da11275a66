/** What was typed makes no sense. The text is one line, for whoever typed it. */
export class UsageError extends Error {
  static {
    Object.assign(UsageError.prototype, { name: 'UsageError', code: 'USAGE' });
  }
  declare readonly code: 'USAGE';
}

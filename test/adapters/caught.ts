import { expect } from 'chai';

/** What `fn` throws. */
export function caught(fn: () => unknown): Error & { code?: string; field?: string } {
  try {
    fn();
  } catch (error) {
    expect(error).to.be.instanceOf(Error);
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

/** Expects an argument error of this kind, code and field, with the field in its text. */
export function expectFault(
  fn: () => unknown,
  type: abstract new (...args: never[]) => TypeError | RangeError,
  code: string,
  field: string,
): Error {
  const error = caught(fn);
  expect(error).to.be.instanceOf(type);
  expect(error.code).to.equal(code);
  expect(error.field).to.equal(field);
  expect(error.message).to.include(field);
  return error;
}

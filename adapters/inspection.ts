/**
 * Decides what `util.inspect` and `console.log` show of a class, with options that show hidden fields too.
 * @param fieldsOf - what to show of an instance: nothing that is secret
 */
export function inspectAs<T extends object>(type: { readonly prototype: T }, fieldsOf: (value: T) => unknown): void {
  const value = function (this: T, _depth: number, options: object, inspect: Inspect): string {
    return `${this.constructor.name} ${inspect(fieldsOf(this), options)}`;
  };
  Object.defineProperty(type.prototype, CUSTOM, { value, writable: true, configurable: true });
}

type Inspect = (value: unknown, options: object) => string;

const CUSTOM = Symbol.for('nodejs.util.inspect.custom');

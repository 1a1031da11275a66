import { BasicProperties, isBytes, PROPERTY_NAMES } from '../amqp/index.ts';
import type { PublishOptions } from './channel-methods.ts';
import { flag, integer, outOfRange, unknownField, wrongType } from './field-checks.ts';

/** @throws {TypeError} ARG_TYPE, ARG_UNKNOWN_FIELD; the bytes' own limits are checked where they are written */
export function checkPublish(exchange: unknown, routingKey: unknown, body: unknown, properties: unknown): void {
  if (typeof exchange !== 'string') wrongType('exchange', 'a string', exchange);
  if (typeof routingKey !== 'string') wrongType('routingKey', 'a string', routingKey);
  if (typeof body !== 'string' && !isBytes(body)) wrongType('body', 'a string or a Uint8Array', body);
  if (properties === undefined || properties === null || properties instanceof BasicProperties) return;
  if (typeof properties !== 'object') wrongType('properties', 'an object', properties);
  for (const name in properties) {
    if (!PROPERTIES.has(name)) unknownField(name, 'properties', PROPERTY_NAMES);
  }
}

export function isMandatory(options: PublishOptions): boolean {
  return optionFlag(options, MANDATORY, 'mandatory', false);
}

/** @throws {TypeError} ARG_TYPE @throws {RangeError} ARG_RANGE */
export function checkTag(tag: unknown): void {
  if (typeof tag === 'number') {
    if (!(Number.isSafeInteger(tag) && tag >= 0)) integer(0)(tag, 'deliveryTag');
  } else if (typeof tag !== 'bigint') {
    wrongType('deliveryTag', 'a number or a bigint', tag);
  } else if (tag < 0n || tag > LARGEST_TAG) {
    outOfRange('deliveryTag', 'an unsigned integer of 64 bits', tag);
  }
}

/**
 * One flag of the options of a cast.
 * @param known - the options that this cast has
 * @throws {TypeError} ARG_TYPE, ARG_UNKNOWN_FIELD
 */
export function optionFlag(
  options: object | undefined,
  known: readonly string[],
  name: string,
  initial: boolean,
): boolean {
  if (options === undefined) return initial;
  if (typeof options !== 'object' || options === null) wrongType('options', 'an object', options);
  for (const given in options) {
    if (!known.includes(given)) unknownField(given, 'options', known);
  }
  const value: unknown = Reflect.get(options, name);
  return value === undefined ? initial : flag(value, name);
}

const LARGEST_TAG = 2n ** 64n - 1n;
const PROPERTIES: ReadonlySet<string> = new Set(PROPERTY_NAMES);
const MANDATORY = ['mandatory'];
/** What settling a message takes, by the way it is settled. */
export const ACK_OPTIONS: readonly string[] = ['multiple'];
export const NACK_OPTIONS: readonly string[] = ['multiple', 'requeue'];
export const REJECT_OPTIONS: readonly string[] = ['requeue'];

/** Bytes of a message beside its body and names: frames, and properties as they mostly are. */
export const MESSAGE_OVERHEAD = 64;

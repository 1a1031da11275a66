import { type Credentials, isDate, VALID_TYPES } from '../amqp/index.ts';
import { type Check, isRecord, outOfRange, shape, wrongType } from './field-checks.ts';

/** Credentials that stop being valid at a time: the provider is asked again before it. */
export interface ExpiringCredentials {
  readonly credentials: Credentials;
  readonly expiresAt: Date;
}

/** Asked at each connect, and before `expiresAt`; what it gives is checked as the field would be. */
export type CredentialsProvider = () =>
  | Credentials
  | ExpiringCredentials
  | PromiseLike<Credentials | ExpiringCredentials>;

/** Takes an instance of one of `VALID_TYPES`, and keeps a copy of it: erasing it does not touch the caller's. */
export const credentials: Check<Credentials> = (value, field) => {
  if (VALID_TYPES.some((type) => value instanceof type)) return copyCredentials(value as Credentials);
  const names = VALID_TYPES.map((type) => type.name).join(', ');
  return wrongType(field, `an instance of a class in VALID_TYPES (${names})`, value);
};

export const credentialsOrProvider: Check<Credentials | CredentialsProvider> = (value, field) =>
  typeof value === 'function' ? (value as CredentialsProvider) : credentials(value, field);

/** Checks what a provider gave. @throws {TypeError} ARG_TYPE when it is neither form, ARG_UNKNOWN_FIELD */
export function providedCredentials(value: unknown, field: string = 'credentials'): ExpiringCredentials {
  if (!isRecord(value)) return { credentials: credentials(value, field), expiresAt: NEVER };
  const given = EXPIRING(value, field);
  // those that were left out are refused like any other value
  return {
    credentials: credentials(given.credentials, `${field}.credentials`),
    expiresAt: date(given.expiresAt, `${field}.expiresAt`),
  };
}

const date: Check<Date> = (value, field) => {
  if (!isDate(value)) return wrongType(field, 'a Date', value);
  return Number.isNaN(value.getTime()) ? outOfRange(field, 'a valid Date', Number.NaN) : value;
};
const EXPIRING = shape({ credentials, expiresAt: date });
const NEVER = new Date(8.64e15);

/** An instance of a class that has no `clone()` is shared. */
function copyCredentials(value: Credentials): Credentials {
  return value.clone?.() ?? value;
}

import { makeRangeError } from '../amqp/index.ts';

/** @param field - our name or the URL's query name; @param text - goes on with it; no part of the URL that may be secret */
export function invalid(field: string, text: string): never {
  throw makeRangeError('URL_INVALID', field, `${field} ${text}`);
}

/** Undoes the percent-encoding of a part of a URL (RFC 3986 §2.1). */
export function decode(part: string, field: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return invalid(field, 'has a % that no two hexadecimal digits of UTF-8 follow; a % itself is written %25');
  }
}

/** Undoes the encoding of a query, where + is a space. */
export function decodeQuery(part: string, field: string): string {
  return decode(part.replaceAll('+', ' '), field);
}

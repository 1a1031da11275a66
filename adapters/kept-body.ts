/** As everywhere: below this size the bytes are the caller's again when the call returns. */
const BY_REFERENCE = 64 * 1024;

/** A body as it is sent, should it be sent later: the caller may write over a small one. */
export function keptBody(body: string | Uint8Array): string | Uint8Array {
  return typeof body === 'string' || body.length >= BY_REFERENCE ? body : Uint8Array.from(body);
}

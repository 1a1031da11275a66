/**
 * A view of the memory of `bytes`, which begins with them and may be longer. Chunks tend to lie at the same place each
 * time, and a view costs a good part of a small one.
 */
export function viewOf(bytes: Uint8Array, last: DataView): DataView {
  const { buffer, byteOffset } = bytes;
  return buffer === last.buffer && byteOffset === last.byteOffset ? last : new DataView(buffer, byteOffset);
}

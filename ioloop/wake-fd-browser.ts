/** There is no native wait that a byte could end. */
export function writeToLoop(_words: Int32Array): void {}

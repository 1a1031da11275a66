/** There is no native wait that a byte could end. */
export function writeToLoop(): void {}

/** The longest message of an error, in characters. */
const LONGEST = 512;

/**
 * Makes one line of at most 512 printable characters, whatever a peer sent: what does not print is escaped, what is too
 * long is cut.
 */
export function printable(text: string, longest: number = LONGEST): string {
  // cut before escaping too, so that megabytes cost nothing
  const line = text.slice(0, longest + 1).replace(UNPRINTABLE, escaped);
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}

/** Controls, separators of lines, directions, lone surrogates: what moves a cursor or hides. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

function escaped(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  return point < 0x100 ? `\\x${point.toString(16).padStart(2, '0')}` : `\\u{${point.toString(16)}}`;
}

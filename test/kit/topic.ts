/**
 * Whether a binding key of a topic exchange takes a routing key: words between dots, `*` for exactly one word, `#` for
 * any number of them, none included (AMQP 0-9-1 §3.1.3.3).
 */
export function topicMatches(bindingKey: string, routingKey: string): boolean {
  const words = wordsOf(routingKey);
  // reached[i]: the parts of the binding key so far can take the first i words; each part costs one pass, whatever it is.
  let reached = words.map(() => false);
  reached.unshift(true);
  for (const part of wordsOf(bindingKey)) {
    reached = part === '#' ? anyNumber(reached) : oneWord(reached, words, part);
  }
  return reached[words.length] === true;
}

function wordsOf(key: string): string[] {
  return key === '' ? [] : key.split('.');
}

function anyNumber(reached: readonly boolean[]): boolean[] {
  const first = reached.indexOf(true);
  return reached.map((_, i) => first >= 0 && i >= first);
}

function oneWord(reached: readonly boolean[], words: readonly string[], part: string): boolean[] {
  return reached.map((_, i) => reached[i - 1] === true && (part === '*' || part === words[i - 1]));
}

const quotes = /`([^`]+)`|"([^"]+)"|“([^”]+)”/g;

/** What a text states literally: its quoted words, and the numbers outside of them. Each can be looked for in what the text rests on. */
export function literalsOf(text: string): string[] {
  const quoted = [...text.matchAll(quotes)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
  const numbers = text.replace(quotes, ' ').match(/\d+(?:\.\d+)?/g) ?? [];
  return [...quoted, ...numbers];
}

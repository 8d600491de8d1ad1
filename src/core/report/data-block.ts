import { printable } from '../model/text.ts';

const escapes: Record<string, string> = { '<': '\\u003c', '\u2028': '\\u2028', '\u2029': '\\u2029' };

/**
 * A value as JSON that no HTML parser takes for markup: `<` and the separators U+2028 and U+2029 are escaped. Control characters and
 * bidirectional overrides in its texts are visible.
 */
export function embeddedJson(value: unknown): string {
  const shown = (_: string, item: unknown) => (typeof item === 'string' ? printable(item) : item);
  return JSON.stringify(value, shown).replace(/[<\u2028\u2029]/g, (character) => escapes[character] ?? '');
}

/** JSON data in a page, which a script reads by its attribute. A browser neither runs nor shows it. */
export function dataBlock(attribute: string, value: unknown): string {
  return `<script type="application/json" ${attribute}>${embeddedJson(value)}</script>\n`;
}

/** As much of a text as a page shows; what is longer ends in `…`. */
export function shownText(text: string, limit = 1000): string {
  return text.length > limit ? `${text.slice(0, limit)}…` : text;
}

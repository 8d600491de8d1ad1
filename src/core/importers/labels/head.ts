import type { LabelFormat } from './files.ts';

/** The names of the fields of the first object of a text, as far as the text goes: JSON, JSON Lines or YAML. */
export function firstFields(text: string, format: LabelFormat): string[] {
  return format === 'yaml' ? yamlFields(text) : jsonFields(text);
}

function yamlFields(text: string): string[] {
  const [first = ''] = text.replace(/^\ufeff?---[ \t\r]*\n/, '').split(/^---/m);
  return [...first.matchAll(/^(?:- | {2})?"?([A-Za-z_][\w.]*)"?:(?:\s|$)/gm)].map(([, name = '']) => name);
}

/** Names at the first level of the first object; strings are skipped as a whole, so that their content never counts. */
function jsonFields(text: string): string[] {
  const names: string[] = [];
  let depth = 0;
  const token = /"([^"\\]*(?:\\.[^"\\]*)*)"(\s*:)?|[{}[\]]/gs;
  token.lastIndex = Math.max(0, text.indexOf('{'));
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [found, string = '', colon] = match;
    if (found === '{' || found === '[') depth += 1;
    else if (found === '}' || found === ']') depth -= 1;
    else if (depth === 1 && colon !== undefined) names.push(string);
    if (depth === 0) break;
  }
  return names;
}

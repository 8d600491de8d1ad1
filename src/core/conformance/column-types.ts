import { type Problem, problem } from './finding.ts';
import { type Path, pointerTo } from './path.ts';

type Kind = 'boolean' | 'integer' | 'number' | 'time' | 'string' | 'object' | 'list' | 'empty list';
type Column = { kind: Kind; line: number; file: string; told: boolean; timeTold: boolean };

const timestamp = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/;
const mostColumns = 5000;

/** Follows the type of every column (list items share one) over the rows of a config, and tells each change once. */
export type ColumnTypes = (value: unknown, place: { file: string; line: number; wholeFloats?: boolean }) => Problem[];

/**
 * A reader of JSON Lines takes a column's type from the first rows it sees: a column that starts with 1, [] or a date and later holds 0.5,
 * a filled list or another text does not load, in a large file or in a later one. `small` files are read at once, so that those changes are
 * warnings there; changes between text, number, list and object are always errors.
 */
export function columnTypes(small: (file: string) => boolean): ColumnTypes {
  const columns = new Map<string, Column>();
  return (value, { file, line, wholeFloats = false }) => {
    const found: Problem[] = [];
    const visit = (item: unknown, path: Path, key: string) => {
      const kind = kindOf(item, wholeFloats);
      if (kind === undefined) return;
      const told = look(columns, key, { kind, file, line }, small(file));
      if (told !== undefined) found.push({ ...told, pointer: pointerTo(path) });
      if (Array.isArray(item)) {
        const inside = `${key}/*`;
        for (let index = 0; index < item.length; index += 1) visit(item[index], { parent: path, key: index }, inside);
      } else if (kind === 'object') {
        for (const name of Object.keys(item as object)) {
          visit((item as Record<string, unknown>)[name], { parent: path, key: name }, `${key}/${name.replaceAll('/', '~1')}`);
        }
      }
    };
    visit(value, undefined, '');
    return found;
  };
}

function look(
  columns: Map<string, Column>,
  key: string,
  now: { kind: Kind; file: string; line: number },
  small: boolean,
): Problem | undefined {
  const before = columns.get(key);
  if (before === undefined) {
    if (columns.size < mostColumns) columns.set(key, { ...now, told: false, timeTold: now.kind === 'time' });
    if (now.kind !== 'time') return undefined;
    return problem('TIMESTAMP_COLUMN', '', 'the text looks like a time: datasets turns the column into times without a zone');
  }
  if (before.told || before.kind === now.kind) return undefined;
  const change = changeOf(before.kind, now.kind);
  if (change === 'none') return undefined;
  if (change === 'widens') {
    before.kind = now.kind;
    return undefined;
  }
  before.told = true;
  const place = `${before.file === now.file ? '' : `${before.file}:`}line ${before.line}`;
  const message = `the column holds ${article(now.kind)}, and ${article(before.kind)} in ${place}: datasets takes the type from the first rows`;
  const harmless = change === 'late' && small && before.file === now.file;
  return problem('COLUMN_TYPE_CHANGES', '', harmless ? `${message}; a small file still loads` : message, {
    severity: harmless ? 'warning' : 'error',
  });
}

/** `late` changes break only where the first rows are read apart from this one; `widens` fits the column from now on. */
function changeOf(before: Kind, now: Kind): 'none' | 'widens' | 'late' | 'always' {
  const pair = `${before}>${now}`;
  if (pair === 'number>integer' || pair === 'list>empty list' || pair === 'string>time') return 'none';
  if (pair === 'integer>number' || pair === 'empty list>list' || pair === 'time>string') return 'late';
  return 'always';
}

function kindOf(value: unknown, wholeFloats: boolean): Kind | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'bigint') return 'integer';
  // 1.0 is written as 1 in JavaScript, and a reader of types sees an integer.
  if (typeof value === 'number') return Number.isInteger(value) && !wholeFloats ? 'integer' : 'number';
  if (typeof value === 'string') return timestamp.test(value) ? 'time' : 'string';
  if (Array.isArray(value)) return value.length === 0 ? 'empty list' : 'list';
  return 'object';
}

function article(kind: Kind): string {
  return {
    boolean: 'true or false',
    integer: 'an integer',
    number: 'a fraction',
    time: 'a time',
    string: 'a text',
    object: 'an object',
    list: 'a list',
    'empty list': 'an empty list',
  }[kind];
}

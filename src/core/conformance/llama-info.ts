import { pointerOf } from '../model/pointer.ts';
import { described, type Fields, isFields, keysText, type Problem, problem } from './finding.ts';
import { defaultTags, type Tags } from './turns.ts';

/** How LLaMA-Factory reads the files of one entry of dataset_info.json. A column that is undefined is not read. */
export type LlamaLayout = {
  formatting: 'alpaca' | 'sharegpt' | 'openai';
  ranking: boolean;
  columns: Partial<Record<ColumnName, string>>;
  tags: Tags;
};

/** An entry of dataset_info.json: `fileName` is a file or folder beside it; entries of a hub have none. */
export type LlamaEntry = { name: string; fileName?: string; layout: LlamaLayout; problems: Problem[] };

const columnNames = [
  'prompt',
  'query',
  'response',
  'history',
  'messages',
  'system',
  'tools',
  'images',
  'videos',
  'audios',
  'chosen',
  'rejected',
  'kto_tag',
] as const;
type ColumnName = (typeof columnNames)[number];

const defaultColumns: LlamaLayout['columns'] = { prompt: 'instruction', query: 'input', response: 'output', messages: 'conversations' };
const tagNames = ['role', 'content', 'user', 'assistant', 'observation', 'function', 'system'] as const;
const sources = ['hf_hub_url', 'ms_hub_url', 'om_hub_url', 'script_url', 'cloud_file_name', 'file_name'];
const known = [...sources, 'formatting', 'ranking', 'subset', 'split', 'folder', 'num_samples', 'revision', 'columns', 'tags'];

/** What LLaMA-Factory takes where dataset_info.json says nothing. */
export function guessedLayout(row: Fields): LlamaLayout {
  const formatting = row.conversations === undefined ? 'alpaca' : 'sharegpt';
  const system = row.system === undefined ? {} : { system: 'system' };
  return { formatting, ranking: false, columns: { ...defaultColumns, ...system }, tags: defaultTags };
}

/** The entries of a dataset_info.json (src/llamafactory/data/parser.py), with what is wrong with each; problems carry a pointer into the file. */
export function llamaEntries(info: unknown): { entries: LlamaEntry[]; problems: Problem[] } {
  if (!isFields(info))
    return { entries: [], problems: [problem('INFO_INVALID', '', `found ${described(info)}, expected an object of datasets by name`)] };
  const entries = Object.entries(info).flatMap(([name, entry]) => (isFields(entry) ? [oneEntry(name, entry)] : []));
  const problems = Object.entries(info)
    .filter(([, entry]) => !isFields(entry))
    .map(([name, entry]) => problem('INFO_INVALID', pointerOf(name), `found ${described(entry)}, expected an object with file_name`));
  return { entries, problems };
}

function oneEntry(name: string, entry: Fields): LlamaEntry {
  const problems = unknownKeys(name, entry);
  const fileName = typeof entry.file_name === 'string' ? entry.file_name : undefined;
  if (fileName === undefined && !sources.some((key) => typeof entry[key] === 'string')) {
    problems.push(problem('INFO_INVALID', pointerOf(name), `found ${keysText(Object.keys(entry))}, expected file_name`));
  }
  const given = entry.formatting ?? 'alpaca';
  if (given !== 'alpaca' && given !== 'sharegpt' && given !== 'openai') {
    const message = `formatting is ${described(given)}, expected alpaca or sharegpt; LLaMA-Factory raises NotImplementedError`;
    problems.push(problem('INFO_INVALID', pointerOf(name, 'formatting'), message));
  }
  const formatting = given === 'sharegpt' || given === 'openai' ? given : 'alpaca';
  const ranking = entry.ranking === true;
  const columns = columnsOf(name, entry, problems);
  const layout: LlamaLayout = { formatting, ranking, columns, tags: tagsOf(name, entry, problems) };
  return { name, fileName, layout, problems: [...problems, ...layoutProblems(name, layout)] };
}

function unknownKeys(name: string, entry: Fields): Problem[] {
  return Object.keys(entry)
    .filter((key) => !known.includes(key))
    .map((key) => {
      if (key !== 'format')
        return problem('INFO_KEY', pointerOf(name, key), `found ${keysText([key])}, which LLaMA-Factory does not read`, {
          severity: 'warning',
        });
      const message =
        'found format, expected formatting: the rows are read as alpaca, become empty and are dropped with only a log warning';
      return problem('INFO_KEY', pointerOf(name, key), message);
    });
}

/** Where `columns` is given, what it does not list is not read: the defaults are gone. */
function columnsOf(name: string, entry: Fields, problems: Problem[]): LlamaLayout['columns'] {
  if (entry.columns === undefined) return defaultColumns;
  const given = isFields(entry.columns) ? entry.columns : {};
  const columns: LlamaLayout['columns'] = {};
  for (const [key, value] of Object.entries(given)) {
    const column = columnNames.find((one) => one === key);
    if (column !== undefined && typeof value === 'string') columns[column] = value;
    else
      problems.push(
        problem(
          'INFO_COLUMN',
          pointerOf(name, 'columns', key),
          `found ${keysText([key])}, expected ${columnNames.join(', ')}: it is not read`,
        ),
      );
  }
  return columns;
}

function tagsOf(name: string, entry: Fields, problems: Problem[]): Tags {
  if (entry.tags === undefined) return defaultTags;
  const given = isFields(entry.tags) ? entry.tags : {};
  for (const key of Object.keys(given)) {
    if (tagNames.some((tag) => key === `${tag}_tag`)) continue;
    problems.push(
      problem(
        'INFO_KEY',
        pointerOf(name, 'tags', key),
        `found ${keysText([key])}, expected ${tagNames.map((tag) => `${tag}_tag`).join(', ')}`,
      ),
    );
  }
  const tags = Object.fromEntries(tagNames.map((tag) => [tag, typeof given[`${tag}_tag`] === 'string' ? given[`${tag}_tag`] : undefined]));
  for (const tag of ['role', 'content'] as const) {
    if (tags[tag] !== undefined) continue;
    problems.push(
      problem(
        'INFO_INVALID',
        pointerOf(name, 'tags'),
        `tags lists no ${tag}_tag: where tags are given, those that are not listed are none`,
      ),
    );
  }
  return { ...tags, role: String(tags.role ?? defaultTags.role), content: String(tags.content ?? defaultTags.content) };
}

function layoutProblems(name: string, { formatting, ranking, columns }: LlamaLayout): Problem[] {
  const needed: ColumnName[] =
    formatting === 'alpaca'
      ? ranking
        ? ['prompt', 'chosen', 'rejected']
        : ['prompt', 'response']
      : ranking
        ? ['messages', 'chosen', 'rejected']
        : ['messages'];
  const found = needed
    .filter((column) => columns[column] === undefined)
    .map((column) => {
      const message = `columns lists no ${column}: it is not read, and the rows are dropped with only a log warning`;
      return problem('INFO_COLUMN', pointerOf(name, 'columns'), message);
    });
  if (formatting === 'alpaca' && columns.system === undefined) {
    found.push(
      problem('SYSTEM_EMPTY', pointerOf(name, 'columns'), 'columns lists no system: the template may add a system text of its own'),
    );
  }
  return found;
}

import { alpacaRow } from '../consumers/alpaca.ts';
import { answerOf, type FileSet, messagesOf, promptOf, type Spot, type Views } from '../consumers/consumer.ts';
import type { Exporter } from '../exporters.ts';
import { type Column, labelColumns, writeColumns } from '../parquet.ts';

type Rows = Views['examples'] | Views['pairs'] | Views['dialogues'];

const text = <T>(name: string, cell?: (row: T) => unknown): Column<T> => ({
  name,
  type: 'VARCHAR',
  ...(cell === undefined ? {} : { cell }),
});
const json = <T>(name: string, cell: (row: T) => unknown): Column<T> => ({ name, type: 'JSON', cell });

/** Where a row comes from. None of these names means anything to a trainer. */
const origin: readonly Column<Rows>[] = [
  text('label_id', ({ label }) => label),
  text('incident_id', ({ incident }) => incident),
  text('cluster_id', ({ cluster }) => cluster),
  text('group_id'),
  text('reason'),
  text('category'),
  text('moment'),
  { name: 'quality_score', type: 'DOUBLE', cell: ({ quality }) => quality },
];

const id = text<Rows>('id');
const skill: readonly Column<Views['examples']>[] = [text('skill'), text('template')];

const columns: { [View in 'labels' | 'chat' | 'chat_tools' | 'prompt_completion' | 'preference' | 'alpaca']: readonly Column<never>[] } = {
  labels: [
    ...labelColumns,
    text<Spot>('split'),
    text<Spot>('group_id'),
    text<Views['labels']>('dup_cluster_id'),
    text<Views['labels']>('review_status'),
    json<Views['labels']>('edits', ({ edits }) => edits),
  ],
  chat: [id, json('messages', messagesOf), ...skill, ...origin],
  chat_tools: [
    id,
    json<Views['dialogues']>('messages', ({ messages }) => messages),
    json<Views['dialogues']>('tools', ({ tools }) => tools),
    ...origin,
  ],
  prompt_completion: [
    id,
    json('prompt', promptOf),
    json<Views['examples']>('completion', ({ completion }) => answerOf(completion)),
    ...skill,
    ...origin,
  ],
  preference: [
    id,
    json('prompt', promptOf),
    json<Views['pairs']>('chosen', ({ chosen }) => answerOf(chosen)),
    json<Views['pairs']>('rejected', ({ rejected }) => answerOf(rejected)),
    text('kind'),
    ...origin,
  ],
  alpaca: [
    id,
    ...(['instruction', 'input', 'output', 'system'] as const).map((name) =>
      text<Views['examples']>(name, (example) => alpacaRow(example)[name]),
    ),
    ...skill,
    ...origin,
  ],
};

const sources = {
  labels: 'labels',
  chat: 'examples',
  chat_tools: 'dialogues',
  prompt_completion: 'examples',
  preference: 'pairs',
  alpaca: 'examples',
} as const satisfies Record<keyof typeof columns, keyof Views>;

/** The names of the Parquet views, the default one first. */
export const hfViews = Object.keys(sources) as (keyof typeof columns)[];

/** The Parquet views of a dataset, each in a folder of its own, in the shard names that `datasets` knows. */
export const hfSets: readonly FileSet[] = hfViews.map(
  (view) =>
    ({
      view: sources[view],
      path: (split) => `${view}/${split}-00000-of-00001.parquet`,
      exporter: parquetOf(columns[view]),
    }) as FileSet,
);

function parquetOf<T>(of: readonly Column<T>[]): Exporter<T> {
  return { kind: 'file', write: (rows, path) => writeColumns(of, rows, path) };
}

import type { Consumer, DatasetFacts, FileSet, WrittenFile } from '../consumers/consumer.ts';
import { card } from './card.ts';
import { croissant } from './croissant.ts';
import { hfSets } from './views.ts';

/**
 * The folder for the Hugging Face Hub: Parquet views, a card that names only them (`load_dataset` reads one file format per root), and the
 * files of every trainer below `formats/`, each with its own card.
 */
export function hf(trainers: Readonly<Record<string, Consumer>>): Consumer {
  const nested = Object.entries(trainers).map(([name, { sets, extra }]) => ({ home: `formats/${name}/`, sets, extra }));
  return {
    sets: [...hfSets, ...nested.flatMap(({ home, sets }) => sets.map((set): FileSet => below(home, set)))],
    extra: (files, facts) => ({
      'README.md': card(files, facts),
      'croissant.json': `${JSON.stringify(croissant(files, facts), null, 2)}\n`,
      ...Object.fromEntries(nested.flatMap(({ home, extra }) => (extra === undefined ? [] : prefixed(home, extra, files, facts)))),
    }),
  };
}

function below(home: string, set: FileSet): FileSet {
  return { ...set, path: (split) => `${home}${set.path(split)}` };
}

function prefixed(home: string, extra: NonNullable<Consumer['extra']>, files: readonly WrittenFile[], facts: DatasetFacts) {
  const own = files.filter(({ file }) => file.startsWith(home)).map((file) => ({ ...file, file: file.file.slice(home.length) }));
  return own.length === 0 ? [] : Object.entries(extra(own, facts)).map(([path, content]) => [`${home}${path}`, content] as const);
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readCard } from './card.ts';
import { type ConsumerName, conformances } from './consumers/consumers.ts';
import { type Fields, isFields } from './finding.ts';
import { dataFile, formatOf } from './listing.ts';
import { readRows } from './read.ts';

/**
 * The consumers that a folder or file may be meant for: one if its manifest, a card with configs or a dataset_info.json says so, else those
 * that read the columns of its first row.
 */
export async function likelyConsumers(root: string, names: readonly string[]): Promise<ConsumerName[]> {
  if (names.includes('manifest.json')) {
    const manifest = await jsonFile(join(root, 'manifest.json'));
    const to = isFields(manifest) ? manifest.to : undefined;
    if (typeof to === 'string' && Object.hasOwn(conformances, to)) return [to as ConsumerName];
  }
  if (names.includes('dataset_info.json')) return ['llama-factory'];
  if (names.includes('README.md')) {
    const card = await readCard(await readFile(join(root, 'README.md'), 'utf8'), names);
    if (card !== undefined && card.configs > 0) return ['hf'];
  }
  const first = names.find((name) => formatOf(name) !== undefined && !name.startsWith('formats/'));
  const file = first === undefined ? undefined : dataFile(root, first);
  if (file === undefined) return subFolders(names);
  for await (const item of readRows(file, false)) if (item.kind === 'row') return isFields(item.value) ? readersOf(item.value) : [];
  return [];
}

/** Consumers by the columns of a row. */
export function readersOf(row: Fields): ConsumerName[] {
  if (row.input !== undefined && row.preferred_output !== undefined) return ['openai-dpo'];
  if (row.conversations !== undefined) return ['sharegpt'];
  if (row.instruction !== undefined) return ['alpaca'];
  if (row.prompt !== undefined || row.chosen !== undefined) return ['trl'];
  if (row.messages !== undefined) return ['openai', 'trl', 'axolotl'];
  return [];
}

function subFolders(names: readonly string[]): ConsumerName[] {
  const all = Object.keys(conformances) as ConsumerName[];
  return all.filter((consumer) => names.some((name) => name.startsWith(`formats/${consumer}/`)));
}

async function jsonFile(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
}

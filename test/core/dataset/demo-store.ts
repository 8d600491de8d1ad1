import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundledCaptures } from '../../../src/core/captures.ts';
import { defaultConfig } from '../../../src/core/config.ts';
import type { DatasetOptions } from '../../../src/core/dataset.ts';
import { generate } from '../../../src/core/generate.ts';
import { indexLabel, type LabelEvents, newIndex, withEvents } from '../../../src/core/label-events.ts';
import { builtinRules } from '../../../src/core/rules/all.ts';
import { parseSplit } from '../../../src/core/splits/assign.ts';
import { openStore } from '../../../src/core/store/open.ts';
import type { LabelStore } from '../../../src/core/store/store.ts';
import { loadTemplates } from '../../../src/core/templates.ts';

/** The labels of all bundled recordings in a store of its own; `close` removes the folder, in which tests may write. */
export async function demoStore(): Promise<{ dir: string; store: LabelStore; close: () => Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'dataset-'));
  const store = await openStore(join(dir, 'labels.duckdb'));
  const options = { config: defaultConfig, rules: builtinRules, rulesVersion: '1', store, createdAt: '2026-01-01T00:00:00.000Z' };
  await generate(await bundledCaptures(), options);
  return {
    dir,
    store,
    close: async () => {
      await store.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** All labels of a store, each with the events of its incident. */
export async function* labelsWithEvents(store: LabelStore): AsyncGenerator<LabelEvents> {
  const index = newIndex();
  for await (const label of store.select()) indexLabel(index, label);
  yield* withEvents(store.select(), store.allEvents(), index);
}

/** Titles of the built-in rules. */
export const titleOf = (id: string): string => builtinRules.find((rule) => rule.id === id)?.title ?? '';

/** What `export --to CONSUMER` asks for without further flags, but for shares that give every split something. */
export async function datasetOptionsFor(to: DatasetOptions['to'], out: string): Promise<DatasetOptions> {
  return {
    to,
    out,
    filter: {},
    shares: parseSplit('train=0.6,validation=0.2,test=0.2'),
    seed: 3,
    groupBy: 'incident',
    splitBy: 'hash',
    similarity: 0.7,
    maxPerCluster: 1,
    json: false,
    wordings: await loadTemplates(),
    titleOf,
    configHash: 'default',
    check: false,
  };
}

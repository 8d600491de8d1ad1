import { join, resolve } from 'node:path';
import { writeDurably } from './capture/manifest.ts';
import { exitCodes, LabelerError, systemCode } from './errors.ts';
import type { Consumer } from './export/consumers/consumer.ts';
import { type ConsumerName, consumers } from './export/consumers/consumers.ts';
import { jsonArray, jsonLines } from './export/json.ts';
import { writeTarget } from './export/target.ts';
import { stableId } from './labels/provenance.ts';
import { stringifyJson } from './model/json.ts';
import type { Label, LabelFilter, StoredEvent } from './model/label.ts';
import { type Skill, type SplitName, splitNames } from './model/training.ts';
import type { LabelStore } from './store/store.ts';
import { timelineOf } from './timeline.ts';
import { examplesOf } from './training/skills.ts';
import { type SplitShares, splitOf } from './training/split.ts';
import { toolVersion } from './version.ts';

/** `out` is a directory; `filter` as for `exportLabels`, with times already resolved. */
export type TrainingOptions = { to: ConsumerName; out: string; shares: SplitShares; seed: number; filter: LabelFilter };

/**
 * What was written. `groups` counts groups per split, `leaks` those that were found in more than one; `duplicates` are examples whose prompt
 * was there before, in whatever split: they are left out.
 */
export type TrainingSummary = {
  to: ConsumerName;
  out: string;
  seed: number;
  split: SplitShares;
  examples: Partial<Record<SplitName, number>>;
  groups: Partial<Record<SplitName, number>>;
  skills: Partial<Record<Skill, number>>;
  duplicates: number;
  leaks: number;
  files: { file: string; sha256: string }[];
};

/**
 * Labels → examples of several skills → files for a trainer, split by group. The same labels and seed give the same bytes. Throws
 * EXPORT_WRITE_FAILED, EXPORT_EMPTY and what the store throws (exit code 5).
 */
export async function exportTraining(store: LabelStore, options: TrainingOptions): Promise<TrainingSummary> {
  const { to, shares, seed } = options;
  const out = resolve(options.out);
  const consumer: Consumer = consumers[to];
  const counted = await count(store, options);
  const parts = splitNames.filter((name) => (counted.examples[name] ?? 0) > 0);
  if (parts.length === 0) {
    throw new LabelerError('EXPORT_EMPTY', 'no label of the store gives an example to train on', {
      exitCode: exitCodes.store,
      suggestions: ['k8s-labeler store info', 'k8s-labeler generate --demo makes labels of bundled recordings'],
    });
  }
  const files: TrainingSummary['files'] = [];
  const named: Partial<Record<SplitName, string>> = {};
  for (const split of parts) {
    const file = `${split}.${consumer.extension}`;
    const rows = rowsOf(store, options, split, consumer);
    const text = consumer.extension === 'jsonl' ? jsonLines : jsonArray;
    const sha256 = await writeTarget({ kind: 'text', text }, rows, { path: join(out, file) });
    files.push({ file, sha256 });
    named[split] = file;
  }
  for (const [file, content] of Object.entries(consumer.extra?.(named) ?? {})) await writeJson(join(out, file), content);
  const { seen: _, ...counts } = counted;
  const summary = { to, out, seed, split: shares, ...counts, files };
  await writeJson(join(out, 'manifest.json'), { tool: `k8s-labeler ${toolVersion}`, ...summary, out: undefined });
  return summary;
}

type Counted = Pick<TrainingSummary, 'examples' | 'groups' | 'skills' | 'duplicates' | 'leaks'> & { seen: Map<string, SplitName> };

/** What there is, and whether a group is in two splits. */
async function count(store: LabelStore, options: TrainingOptions): Promise<Counted> {
  const counted: Counted = { examples: {}, groups: {}, skills: {}, duplicates: 0, leaks: 0, seen: new Map() };
  for await (const { example, split, duplicate } of splitExamples(store, options)) {
    if (duplicate) {
      counted.duplicates += 1;
      continue;
    }
    counted.examples[split] = (counted.examples[split] ?? 0) + 1;
    counted.skills[example.skill] = (counted.skills[example.skill] ?? 0) + 1;
    const before = counted.seen.get(example.group);
    if (before === undefined) counted.groups[split] = (counted.groups[split] ?? 0) + 1;
    else if (before !== split) counted.leaks += 1;
    counted.seen.set(example.group, split);
  }
  return counted;
}

async function* rowsOf(store: LabelStore, options: TrainingOptions, part: SplitName, { row }: Consumer): AsyncGenerator<object> {
  for await (const { example, split, duplicate } of splitExamples(store, options)) if (split === part && !duplicate) yield row(example);
}

/** All examples with their split. One whose prompt was there before is a duplicate, and is left out wherever it would stand. */
async function* splitExamples(store: LabelStore, { filter, shares, seed }: TrainingOptions) {
  const events = incidentEvents(store);
  const prompts = new Set<string>();
  for await (const label of store.select(filter)) {
    for (const example of examplesOf(label, await factsOf(label, events))) {
      const key = stableId('prompt', example.skill, example.prompt);
      const duplicate = prompts.has(key);
      prompts.add(key);
      yield { example, split: splitOf(example.group, shares, seed), duplicate };
    }
  }
}

/** Facts as they were first seen: how often they came again is the future. What stands in a spec did not happen at a moment. */
async function factsOf(label: Label, events: (label: Label) => Promise<StoredEvent[]>): Promise<{ at: string; text: string }[]> {
  if (label.type !== 'troubleshooting') return [];
  const timeline = await timelineOf({ ...label, evidence: [] }, await events(label));
  return timeline.map(({ at, resource, text }) => ({ at, text: `${resource} ${text}` }));
}

const keptCaptures = 32;

/** The stored events of a label's incident; those of the newest captures are kept, because labels come in the order of their ids. */
function incidentEvents(store: LabelStore): (label: Label) => Promise<StoredEvent[]> {
  const known = new Map<string, Map<string, StoredEvent[]>>();
  return async ({ capture_id: capture, incident_id: incident }) => {
    let grouped = known.get(capture);
    if (grouped === undefined) {
      grouped = new Map();
      for await (const event of store.events(capture)) {
        const id = stableId(capture, 'incident', String(event.data.incident));
        grouped.set(id, [...(grouped.get(id) ?? []), event]);
      }
      known.set(capture, grouped);
      const [oldest] = known.keys();
      if (known.size > keptCaptures && oldest !== undefined) known.delete(oldest);
    }
    return grouped.get(incident) ?? [];
  };
}

async function writeJson(path: string, content: unknown): Promise<void> {
  await writeDurably(path, `${stringifyJson(content, 2)}\n`).catch((error: unknown) => {
    const message = `cannot write ${path} (${systemCode(error)})`;
    throw new LabelerError('EXPORT_WRITE_FAILED', message, { exitCode: exitCodes.store, cause: error });
  });
}

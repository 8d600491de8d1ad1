import { createHash } from 'node:crypto';
import { stringifyJson } from '../model/json.ts';
import type { LabelFilter } from '../model/label.ts';
import { taxonomy } from '../model/taxonomy.ts';
import type { SplitName } from '../model/training.ts';
import type { LabelStore } from '../store/store.ts';
import type { Plan } from './plan.ts';

/** What the labels of a dataset say together. `contentHash` is over ids and contents in the order of ids. */
export type LabelTotals = {
  contentHash: string;
  taxonomyHash: string;
  newest: string;
  clusters: string[];
  captures: string[];
  reasons: Record<string, number>;
  versions: { tool: string[]; rules: string[]; quality: string[] };
  quality: { mean: number; lowest: number };
  splits: Partial<Record<SplitName, { labels: number; groups: number }>>;
};

/** Totals over the labels of a plan. */
export async function totalsOf(store: LabelStore, filter: LabelFilter, plan: Plan): Promise<LabelTotals> {
  const hash = createHash('sha256');
  const sets = {
    clusters: new Set<string>(),
    captures: new Set<string>(),
    tool: new Set<string>(),
    rules: new Set<string>(),
    quality: new Set<string>(),
  };
  const reasons: Record<string, number> = {};
  const splits: LabelTotals['splits'] = {};
  let newest = '';
  let [sum, lowest] = [0, 1];
  for await (const label of store.select(filter)) {
    const place = plan.placed.get(label.id);
    if (place === undefined) continue;
    hash.update(`${label.id} ${place.contentHash}\n`);
    sets.clusters.add(label.cluster_id);
    sets.captures.add(label.capture_id);
    sets.tool.add(label.tool_version);
    sets.rules.add(label.rules_version);
    sets.quality.add(label.quality_version);
    reasons[label.reason] = (reasons[label.reason] ?? 0) + 1;
    sum += label.quality.overall_score;
    lowest = Math.min(lowest, label.quality.overall_score);
    if (newest === '' || Date.parse(label.timestamp) > Date.parse(newest)) newest = label.timestamp;
    const split = splits[place.split] ?? { labels: 0, groups: plan.groups[place.split] ?? 0 };
    split.labels += 1;
    splits[place.split] = split;
  }
  return {
    contentHash: hash.digest('hex'),
    taxonomyHash: createHash('sha256').update(stringifyJson(taxonomy)).digest('hex'),
    newest,
    clusters: [...sets.clusters].sort(),
    captures: [...sets.captures].sort(),
    reasons,
    versions: { tool: [...sets.tool].sort(), rules: [...sets.rules].sort(), quality: [...sets.quality].sort() },
    quality: { mean: Math.round((sum / Math.max(1, plan.placed.size)) * 1e4) / 1e4, lowest },
    splits,
  };
}

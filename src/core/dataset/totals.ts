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
  /** By id; the hash is null where the store does not know the capture. */
  captures: { capture_id: string; manifest_sha256: string | null }[];
  /** Values that were masked in the captures, by rule. */
  masked: Record<string, number>;
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
  const sources = await sourcesOf(store, sets.captures);
  return {
    contentHash: hash.digest('hex'),
    taxonomyHash: createHash('sha256').update(stringifyJson(taxonomy)).digest('hex'),
    newest,
    clusters: [...sets.clusters].sort(),
    ...sources,
    reasons,
    versions: { tool: [...sets.tool].sort(), rules: [...sets.rules].sort(), quality: [...sets.quality].sort() },
    quality: { mean: Math.round((sum / Math.max(1, plan.placed.size)) * 1e4) / 1e4, lowest },
    splits,
  };
}

/** What the store knows of the captures of a dataset. */
async function sourcesOf(store: LabelStore, ids: ReadonlySet<string>): Promise<Pick<LabelTotals, 'captures' | 'masked'>> {
  const hashes = new Map<string, string>();
  const masked: Record<string, number> = {};
  for await (const { captureId, manifest_sha256: sha256, masked: counts } of store.captureSources()) {
    if (!ids.has(captureId)) continue;
    hashes.set(captureId, sha256);
    for (const [rule, count] of Object.entries(counts)) masked[rule] = (masked[rule] ?? 0) + count;
  }
  const captures = [...ids].sort().map((id) => ({ capture_id: id, manifest_sha256: hashes.get(id) ?? null }));
  return { captures, masked };
}

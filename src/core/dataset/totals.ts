import { createHash, type Hash } from 'node:crypto';
import { stringifyJson } from '../model/json.ts';
import type { Label } from '../model/label.ts';
import { taxonomy } from '../model/taxonomy.ts';
import type { SplitName } from '../model/training.ts';
import type { LabelStore } from '../store/store.ts';
import type { Placed, Plan } from './plan.ts';

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

/** Totals that grow label by label, in the order of ids. */
export type Tally = Pick<LabelTotals, 'reasons' | 'splits' | 'newest'> & {
  hash: Hash;
  labels: number;
  sum: number;
  lowest: number;
  seen: Record<'clusters' | 'captures' | 'tool' | 'rules' | 'quality', Set<string>>;
};

/** Totals of nothing. */
export function newTally(): Tally {
  const seen = {
    clusters: new Set<string>(),
    captures: new Set<string>(),
    tool: new Set<string>(),
    rules: new Set<string>(),
    quality: new Set<string>(),
  };
  return { hash: createHash('sha256'), reasons: {}, splits: {}, newest: '', labels: 0, sum: 0, lowest: 1, seen };
}

/** Counts a label where it is placed. */
export function addLabel(tally: Tally, label: Label, { split, contentHash }: Placed, groups: Plan['groups']): void {
  const { seen, splits } = tally;
  tally.hash.update(`${label.id} ${contentHash}\n`);
  seen.clusters.add(label.cluster_id);
  seen.captures.add(label.capture_id);
  seen.tool.add(label.tool_version);
  seen.rules.add(label.rules_version);
  seen.quality.add(label.quality_version);
  tally.reasons[label.reason] = (tally.reasons[label.reason] ?? 0) + 1;
  tally.labels += 1;
  tally.sum += label.quality.overall_score;
  tally.lowest = Math.min(tally.lowest, label.quality.overall_score);
  if (tally.newest === '' || Date.parse(label.timestamp) > Date.parse(tally.newest)) tally.newest = label.timestamp;
  splits[split] = { labels: (splits[split]?.labels ?? 0) + 1, groups: groups[split] ?? 0 };
}

/** What was counted, and what the store knows of the captures. */
export async function totalsOf(
  store: LabelStore,
  { hash, reasons, splits, newest, labels, sum, lowest, seen }: Tally,
): Promise<LabelTotals> {
  return {
    contentHash: hash.digest('hex'),
    taxonomyHash: createHash('sha256').update(stringifyJson(taxonomy)).digest('hex'),
    newest,
    clusters: [...seen.clusters].sort(),
    ...(await sourcesOf(store, seen.captures)),
    reasons,
    versions: { tool: [...seen.tool].sort(), rules: [...seen.rules].sort(), quality: [...seen.quality].sort() },
    quality: { mean: Math.round((sum / Math.max(1, labels)) * 1e4) / 1e4, lowest },
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

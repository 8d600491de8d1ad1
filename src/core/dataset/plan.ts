import { createHash } from 'node:crypto';
import { stringifyJson, wellFormed } from '../model/json.ts';
import { type Label, type LabelFilter, orderedLabel } from '../model/label.ts';
import type { ReviewEdits, ReviewState } from '../model/review.ts';
import type { SplitName } from '../model/training.ts';
import { labelerNamespace, uuid5 } from '../model/uuid.ts';
import { assign, type Group, type SplitBy, type SplitShares } from '../splits/assign.ts';
import { addText, isExact, likenesses, newTextIndex, type TextIndex } from '../splits/duplicates.ts';
import { clustersOf, groupItems } from '../splits/groups.ts';
import type { LabelStore } from '../store/store.ts';
import type { Base } from './base.ts';
import { type Choice, chosenLabels } from './choose.ts';
import { type Reviewed, readReviewed } from './reviewed.ts';

/** What is kept together besides incidents, workloads and near-duplicates: everything of a cluster, or of a kind of situation. */
export type GroupBy = 'incident' | 'cluster' | 'scenario';

export type PlanOptions = {
  filter: LabelFilter;
  shares: SplitShares;
  seed: number;
  groupBy: GroupBy;
  splitBy: SplitBy;
  /** Labels with at least this Jaccard similarity are near-duplicates. */
  similarity: number;
  maxPerCluster: number;
  maxPerReason?: number;
  /** Labels that people reject, or about which they differ, are taken in also where `filter` does not ask for them. */
  keepRejected?: boolean;
  base?: Base;
};

/** Where a label stands. `keys` decide what it belongs to; `contentHash` is the sha256 of the label as exports show it, and of edits. */
export type Placed = { split: SplitName; group: string; cluster: string; incident: string; keys: string[]; contentHash: string };

/** Why labels were left out. `rejected`, `disputed`: what people say of them. `split-bridge`: it belongs to groups that the base dataset has in different splits. */
export type Exclusion = 'rejected' | 'disputed' | 'near-duplicate' | 'reason-cap' | 'split-bridge';

/** That the splits share nothing. `highestSimilarity` is over pairs of labels in different splits; `method` says which pairs were compared. */
export type LeakProof = {
  sharedGroups: number;
  highestSimilarity: number;
  similarityLimit: number;
  method: 'all pairs' | 'MinHash candidates';
};

/** Every kept label by its id, in the order of ids. Costs about 0.5 KB of memory per label. `reviewed` is of all labels of the store. */
export type Plan = {
  placed: Map<string, Placed>;
  excluded: Record<Exclusion, number>;
  groups: Partial<Record<SplitName, number>>;
  proof: LeakProof;
  reviewed: Reviewed;
};

type Light = Choice & { incident: string; timestamp: string; keys: string[]; text: number; contentHash: string };

/** Decides for each label of a store whether it is in a dataset, and in which split. The same labels and options give the same plan. */
export async function planDataset(store: Pick<LabelStore, 'select' | 'reviews'>, options: PlanOptions): Promise<Plan> {
  const index = newTextIndex();
  const all: Light[] = [];
  const reviewed = await readReviewed(store);
  const refused = { rejected: 0, disputed: 0 };
  const keepsAll = options.keepRejected === true || options.filter.reviewed !== undefined;
  for await (const label of store.select(options.filter)) {
    const state = reviewed.states.get(label.id);
    if (!keepsAll && (state === 'rejected' || state === 'disputed')) refused[state] += 1;
    else all.push(lightOf(label, index, options.groupBy, reviewed));
  }
  const clusters = clustersOf(index.shingles.length, near(index, options.similarity));
  const names = clusterNames(index, clusters);
  const cluster = ({ text }: Light) => names[clusters[text] ?? text] ?? '';
  const old = options.base?.splits ?? new Map<string, SplitName>();
  const { kept, excluded } = chosenLabels(all, cluster, { ...options, isFixed: ({ id }) => old.has(id) });
  const { placed, groups, bridges } = place(kept, cluster, options);
  return {
    placed,
    excluded: { ...refused, ...excluded, 'split-bridge': bridges },
    groups,
    proof: proofOf(placed, kept, index, options.similarity),
    reviewed,
  };
}

const trust: Readonly<Record<ReviewState, number>> = { accepted: 1, unreviewed: 0, disputed: -1, rejected: -1 };

function lightOf(label: Label, index: TextIndex, groupBy: GroupBy, { states, edits }: Reviewed): Light {
  const { id, incident_id, cluster_id, reason, quality, timestamp, context, resource } = label;
  const text = addText(index, `${label.question}\n${label.reason}\n${label.answer}`);
  const own = (kind: string, namespace: string, name: string) => `workload/${cluster_id}/${kind}/${namespace}/${name}`;
  const { workload } = context;
  return {
    id,
    incident: incident_id,
    reason,
    quality: quality.overall_score,
    trust: edits.has(id) ? 2 : trust[states.get(id) ?? 'unreviewed'],
    timestamp,
    text,
    contentHash: contentHash(label, edits.get(id)),
    keys: [
      `incident/${incident_id}`,
      own(resource.kind, resource.namespace, resource.name),
      ...(workload === undefined ? [] : [own(workload.kind, context.namespace, workload.name)]),
      ...(groupBy === 'cluster' ? [`cluster/${cluster_id}`] : []),
      ...(groupBy === 'scenario' ? [`scenario/${label.type === 'troubleshooting' ? label.scenario : label.type}`] : []),
    ],
  };
}

/** The sha256 (hex) of a label as exports show it, and of what a reviewer wrote anew. */
export function contentHash(label: Label, edits?: ReviewEdits): string {
  const hash = createHash('sha256').update(stringifyJson(wellFormed(orderedLabel(label))));
  return (edits === undefined ? hash : hash.update(`\n${stringifyJson(wellFormed(edits))}`)).digest('hex');
}

function* near(index: TextIndex, similarity: number) {
  for (const pair of likenesses(index, similarity)) if (pair.similarity >= similarity) yield pair;
}

/** A name for each cluster that does not depend on the order of labels: its smallest text, hashed. */
function clusterNames({ numbers }: TextIndex, clusters: readonly number[]): string[] {
  const smallest: string[] = [];
  for (const [text, number] of numbers) {
    const cluster = clusters[number] ?? number;
    const hash = uuid5(`text/${text}`, labelerNamespace);
    const known = smallest[cluster];
    if (known === undefined || hash < known) smallest[cluster] = hash;
  }
  return smallest;
}

function place(kept: readonly Light[], cluster: (light: Light) => string, { base, shares, seed, splitBy }: PlanOptions) {
  const present = new Set(kept.map(({ id }) => id));
  const gone = (base?.rows ?? []).filter(({ label }) => !present.has(label));
  const keysOf = (light: Light) => [...light.keys, `text/${cluster(light)}`];
  const items = [
    ...kept.map((light) => {
      const split = base?.splits.get(light.id);
      return { keys: keysOf(light), ...(split === undefined ? {} : { split }) };
    }),
    ...gone.map(({ keys, split }) => ({ keys, split })),
  ];
  const placements = groupItems(items);
  const fixed = new Map(placements.flatMap((one) => (one?.split === undefined ? [] : [[one.key, one.split] as const])));
  const splits = assign(groupsOf(kept, placements), splitBy, shares, seed, fixed);
  const placed: Plan['placed'] = new Map();
  const members = new Map<string, SplitName>();
  let bridges = 0;
  for (const [position, light] of kept.entries()) {
    const placement = placements[position];
    const split = base?.splits.get(light.id) ?? (placement === undefined ? undefined : splits.get(placement.key));
    if (split === undefined) {
      bridges += 1;
      continue;
    }
    const group = uuid5(`group/${placement?.key ?? light.id}`, labelerNamespace);
    const { incident, contentHash: hash } = light;
    placed.set(light.id, { split, group, cluster: cluster(light), incident, keys: keysOf(light), contentHash: hash });
    members.set(group, split);
  }
  const groups: Plan['groups'] = {};
  for (const split of members.values()) groups[split] = (groups[split] ?? 0) + 1;
  return { placed, groups, bridges };
}

function groupsOf(kept: readonly Light[], placements: readonly ({ key: string } | undefined)[]): Group[] {
  const groups = new Map<string, { id: string; rows: number; newest: string; reasons: Record<string, number> }>();
  for (const [position, { timestamp, reason }] of kept.entries()) {
    const placement = placements[position];
    if (placement === undefined) continue;
    const group = groups.get(placement.key) ?? { id: placement.key, rows: 0, newest: timestamp, reasons: {} };
    group.rows += 1;
    if (Date.parse(timestamp) > Date.parse(group.newest)) group.newest = timestamp;
    group.reasons[reason] = (group.reasons[reason] ?? 0) + 1;
    groups.set(placement.key, group);
  }
  return [...groups.values()];
}

/** Looks at the placed labels afresh: whether any key stands in two splits, and how alike labels of different splits are. */
function proofOf(placed: Plan['placed'], kept: readonly Light[], index: TextIndex, limit: number): LeakProof {
  const homes = new Map<string, SplitName>();
  const shared = new Set<string>();
  const texts = new Map<number, Set<SplitName>>();
  for (const { id, text } of kept) {
    const place = placed.get(id);
    if (place === undefined) continue;
    for (const key of place.keys) {
      const home = homes.get(key) ?? place.split;
      homes.set(key, home);
      if (home !== place.split) shared.add(key);
    }
    texts.set(text, (texts.get(text) ?? new Set()).add(place.split));
  }
  const numbers = [...texts.keys()];
  const splits = [...texts.values()];
  const own = { shingles: numbers.map((number) => index.shingles[number] as Uint32Array) };
  let highest = splits.some(({ size }) => size > 1) ? 1 : 0;
  for (const { a, b, similarity } of likenesses(own, 0)) {
    if (similarity > highest && new Set([...(splits[a] ?? []), ...(splits[b] ?? [])]).size > 1) highest = similarity;
  }
  return {
    sharedGroups: shared.size,
    highestSimilarity: Math.round(highest * 1e4) / 1e4,
    similarityLimit: limit,
    method: isExact(own) ? 'all pairs' : 'MinHash candidates',
  };
}

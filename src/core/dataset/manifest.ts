import { basename, resolve } from 'node:path';
import type { DatasetOptions, DatasetSummary } from '../dataset.ts';
import type { DatasetFacts, WrittenFile } from '../export/consumers/consumer.ts';
import { toolVersion } from '../version.ts';
import type { LabelTotals } from './totals.ts';

type Unwritten = Omit<DatasetSummary, 'out' | 'files' | 'conformance'>;

/** Everything besides the labels that decides about the bytes. */
export function inputsOf({
  shares,
  seed,
  groupBy,
  splitBy,
  similarity,
  maxPerCluster,
  maxPerReason,
  base,
  json,
  wordings,
  configHash,
}: DatasetOptions) {
  return {
    split: shares,
    seed,
    group_by: groupBy,
    split_by: splitBy,
    similarity,
    max_per_cluster: maxPerCluster,
    max_per_reason: maxPerReason ?? null,
    base: base?.id ?? null,
    json_answer: json,
    templates_sha256: wordings.hash,
    config_sha256: configHash,
  };
}

/** What cards and the like may tell of a dataset. */
export function factsOf(options: DatasetOptions, summary: Unwritten, totals: LabelTotals): DatasetFacts {
  return {
    name: basename(resolve(options.out)).replace(/[^\w .-]/g, '_'),
    id: summary.datasetId,
    tool: `k8s-labeler ${toolVersion}`,
    ...totals,
    clusters: totals.clusters.length,
    captures: totals.captures.length,
    labels: summary.labels,
    skills: summary.skills as Record<string, number>,
    splits: totals.splits,
    proof: summary.proof,
    pairs: summary.pairs,
    reviewed: summary.reviewed,
  };
}

/** What a consumer of the dataset can check again: counts, gates and the proof that the splits share nothing. */
export function validationOf(summary: Unwritten, conformance: DatasetSummary['conformance']): object {
  const { examples, skills, pairs, reviewed, dialogues, duplicates, dropped, drops, excluded, filters, proof } = summary;
  return {
    success: Object.values(conformance).every(({ errors }) => errors === 0),
    leak_proof: {
      shared_groups: proof.sharedGroups,
      equal_prompts: proof.equalPrompts,
      highest_similarity: proof.highestSimilarity,
      similarity_limit: proof.similarityLimit,
      method: proof.method,
    },
    rows: { examples, skills, pairs, dialogues },
    reviewed,
    excluded: { filters, ...excluded, equal_prompt: duplicates },
    gates: { refused: dropped, first: drops },
    conformance,
  };
}

/** What the dataset was made from and with, and its files: the same inputs give the same manifest. */
export function manifestOf(options: DatasetOptions, summary: Unwritten, totals: LabelTotals, files: WrittenFile[]): object {
  return {
    tool: `k8s-labeler ${toolVersion}`,
    dataset_id: summary.datasetId,
    parent_id: summary.parentId,
    to: summary.to,
    labels: summary.labels,
    labels_sha256: totals.contentHash,
    captures: totals.captures,
    masked: totals.masked,
    clusters: totals.clusters,
    versions: totals.versions,
    taxonomy_sha256: totals.taxonomyHash,
    inputs: inputsOf(options),
    files: files.map(({ view: _, ...file }) => file),
  };
}

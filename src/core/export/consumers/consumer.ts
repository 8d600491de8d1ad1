import type { Label } from '../../model/label.ts';
import type { ReviewEdits, ReviewState } from '../../model/review.ts';
import type { ChatMessage, PreferencePair, SplitName, ToolDialogue, TrainingExample } from '../../model/training.ts';
import type { Exporter } from '../exporters.ts';
import { jsonArray, jsonLines } from '../json.ts';

/** Where a row of a dataset stands. */
export type Spot = { split: SplitName; group_id: string };

/** What a dataset holds, by the name of the view. */
export type Views = {
  /** `edits` is what a reviewer wrote anew of a label that people accept. */
  labels: Label & Spot & { dup_cluster_id: string; review_status: ReviewState; edits: ReviewEdits | null };
  examples: TrainingExample & Spot;
  pairs: PreferencePair & Spot;
  dialogues: ToolDialogue & Spot;
};

/** One view as files, one for each split that has rows. `path` is relative to the dataset's folder. */
export type FileSet = { [V in keyof Views]: { view: V; path: (split: SplitName) => string; exporter: Exporter<Views[V]> } }[keyof Views];

/** A file that was written. `bytes` and `sha256` are of the file. */
export type WrittenFile = { file: string; view: keyof Views; split: SplitName; rows: number; bytes: number; sha256: string };

/** What the files beside the data may tell of the dataset. */
export type DatasetFacts = {
  name: string;
  id: string;
  tool: string;
  newest: string;
  clusters: number;
  captures: number;
  /** Values that were masked before anything was written, by rule. */
  masked: Readonly<Record<string, number>>;
  labels: number;
  reasons: Readonly<Record<string, number>>;
  skills: Readonly<Record<string, number>>;
  pairs: Readonly<Record<string, number>>;
  splits: Partial<Record<SplitName, { labels: number; groups: number }>>;
  proof: { sharedGroups: number; equalPrompts: number; highestSimilarity: number; similarityLimit: number; method: string };
  quality: { mean: number; lowest: number };
  /** Of how many labels people say what; `edited` are accepted ones of which a reviewer wrote something anew. */
  reviewed: { accepted: number; edited: number; rejected: number; disputed: number };
};

/** How a consumer wants a dataset: its files, and texts beside them (path → content). */
export type Consumer = { sets: readonly FileSet[]; extra?: (files: readonly WrittenFile[], facts: DatasetFacts) => Record<string, string> };

/** JSON Lines of rows in a consumer's shape. */
export function linesOf<T>(row: (source: T) => object): Exporter<T> {
  return { kind: 'text', text: (rows) => jsonLines(rows, row) };
}

/** One JSON array of rows in a consumer's shape. */
export function arrayOf<T>(row: (source: T) => object): Exporter<T> {
  return { kind: 'text', text: (rows) => jsonArray(rows, row) };
}

/** `train.jsonl`, or with a prefix `preference_train.jsonl`. */
export function fileNames(extension: string, prefix = ''): (split: SplitName) => string {
  return (split) => `${prefix}${split}.${extension}`;
}

/** System, user and assistant message. */
export function messagesOf({ system, prompt, completion }: TrainingExample): ChatMessage[] {
  return [
    { role: 'system', content: system },
    { role: 'user', content: prompt },
    { role: 'assistant', content: completion },
  ];
}

/** What both answers of a pair have in common: system and user message. */
export function promptOf({ system, prompt }: Pick<PreferencePair, 'system' | 'prompt'>): ChatMessage[] {
  return [
    { role: 'system', content: system },
    { role: 'user', content: prompt },
  ];
}

/** One assistant message. */
export function answerOf(content: string): ChatMessage[] {
  return [{ role: 'assistant', content }];
}

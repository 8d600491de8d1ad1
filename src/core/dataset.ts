import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type SplitRow, splitsFile } from './dataset/base.ts';
import { inNewFolder } from './dataset/folder.ts';
import { factsOf, inputsOf, manifestOf, validationOf } from './dataset/manifest.ts';
import { type Plan, type PlanOptions, planDataset } from './dataset/plan.ts';
import { equalPrompts, hasRows, type RowCounts, rowsOf, spoolRows } from './dataset/rows.ts';
import { type LabelTotals, totalsOf } from './dataset/totals.ts';
import { exitCodes, LabelerError } from './errors.ts';
import type { Consumer, FileSet, Views, WrittenFile } from './export/consumers/consumer.ts';
import { type ConsumerName, consumers } from './export/consumers/consumers.ts';
import { type FilterStep, filterSteps } from './export/filter.ts';
import { jsonLines } from './export/json.ts';
import { writeTarget } from './export/target.ts';
import { stringifyJson } from './model/json.ts';
import type { ReviewState } from './model/review.ts';
import { type SplitName, splitNames } from './model/training.ts';
import { labelerNamespace, uuid5 } from './model/uuid.ts';
import { newSpool, type Spool } from './spool.ts';
import type { LabelStore } from './store/store.ts';
import type { LoadedTemplates } from './templates.ts';
import type { ValidationReport } from './validate.ts';

/** `out` is a folder; `filter` as for `exportLabels`, with times already resolved. `configHash` is of the configuration that applies. */
export type DatasetOptions = PlanOptions & {
  to: ConsumerName;
  out: string;
  json: boolean;
  wordings: LoadedTemplates;
  titleOf: (ruleId: string) => string;
  configHash: string;
  /** Whether what was written is checked against the rules of its consumers. */
  check: boolean;
  onProgress?: (step: string) => void;
};

/** What a consumer's rules found in the files that it reads. */
export type Conformance = Pick<ValidationReport, 'rows' | 'errors' | 'warnings' | 'counts'>;

/** That the splits share nothing; `equalPrompts` are counted over the rows that were written. */
export type DatasetProof = Plan['proof'] & { equalPrompts: number };

/** What was written, where every label went, and the proof. `datasetId` names the content: the same labels and options give the same. */
export type DatasetSummary = {
  to: ConsumerName;
  out: string;
  datasetId: string;
  parentId: string | null;
  seed: number;
  split: PlanOptions['shares'];
  splitBy: PlanOptions['splitBy'];
  stored: number;
  labels: number;
  filters: FilterStep[];
  excluded: Plan['excluded'];
  groups: Plan['groups'];
  examples: RowCounts['rows'];
  skills: RowCounts['skills'];
  pairs: RowCounts['pairs'];
  dialogues: number;
  duplicates: number;
  dropped: RowCounts['dropped'];
  drops: RowCounts['drops'];
  /** Of the labels: of how many people say what, and in how many accepted ones a reviewer wrote something anew. */
  reviewed: { accepted: number; edited: number; rejected: number; disputed: number };
  proof: DatasetProof;
  conformance: Partial<Record<ConsumerName, Conformance>>;
  files: WrittenFile[];
};

/**
 * Labels → a plan (duplicates, groups, splits) → examples of several skills → files for a consumer. Everything streams; the folder appears
 * when it is whole. Throws EXPORT_EMPTY, DATASET_LEAK, OUT_NOT_EMPTY, EXPORT_WRITE_FAILED and what the store throws.
 */
export async function exportDataset(store: LabelStore, options: DatasetOptions): Promise<DatasetSummary> {
  options.onProgress?.('planning: duplicates, groups, splits');
  const plan = await planDataset(store, options);
  const filters = await filterSteps((filter) => store.count(filter), options.filter);
  const stored = await store.count();
  const spool = await newSpool();
  try {
    const { wordings, titleOf, json } = options;
    options.onProgress?.(`making examples of ${plan.placed.size} ${plan.placed.size === 1 ? 'label' : 'labels'}`);
    const counts = await spoolRows(store, plan, options.filter, { templates: wordings.templates, titleOf, json }, spool);
    if (Object.keys(counts.rows).length === 0) throw emptyError(stored, filters, plan, counts);
    const proof = { ...plan.proof, equalPrompts: await equalPrompts(spool) };
    refuseLeaks(proof);
    const totals = await totalsOf(store, counts.tally);
    const summary = { ...summaryOf(options, plan, counts, totals, proof), stored, filters };
    const out = resolve(options.out);
    return { ...summary, out, ...(await inNewFolder(out, (dir) => writeAll(dir, store, plan, spool, options, summary, totals))) };
  } finally {
    await spool.close();
  }
}

type Unwritten = Omit<DatasetSummary, 'out' | 'files' | 'conformance'>;

function summaryOf(
  options: DatasetOptions,
  plan: Plan,
  counts: RowCounts,
  totals: LabelTotals,
  proof: DatasetProof,
): Omit<Unwritten, 'stored' | 'filters'> {
  const { rows, tally: _, ...made } = counts;
  return {
    to: options.to,
    datasetId: uuid5(`dataset/${totals.contentHash}/${stringifyJson(inputsOf(options))}`, labelerNamespace),
    parentId: options.base?.id ?? null,
    seed: options.seed,
    split: options.shares,
    splitBy: options.splitBy,
    labels: plan.placed.size,
    excluded: plan.excluded,
    groups: plan.groups,
    examples: rows,
    ...made,
    reviewed: reviewedOf(plan),
    proof,
  };
}

function reviewedOf({ placed, reviewed: { states, edits } }: Plan): DatasetSummary['reviewed'] {
  const ids = [...placed.keys()];
  const saidOf = (state: ReviewState) => ids.filter((id) => states.get(id) === state).length;
  return {
    accepted: saidOf('accepted'),
    edited: ids.filter((id) => edits.has(id)).length,
    rejected: saidOf('rejected'),
    disputed: saidOf('disputed'),
  };
}

async function writeAll(
  dir: string,
  store: LabelStore,
  plan: Plan,
  spool: Spool,
  options: DatasetOptions,
  summary: Unwritten,
  totals: LabelTotals,
): Promise<Pick<DatasetSummary, 'files' | 'conformance'>> {
  const consumer: Consumer = consumers[options.to];
  const files: WrittenFile[] = [];
  options.onProgress?.(`writing ${options.to}`);
  for (const set of consumer.sets) {
    for (const split of splitNames) {
      const file = await writeSet(dir, set, split, store, plan, spool, options);
      if (file !== undefined) files.push(file);
    }
  }
  await writeTarget({ kind: 'text', text: jsonLines }, splitRows(plan), { path: join(dir, splitsFile) });
  const facts = factsOf(options, summary, totals);
  const extra = { ...consumer.extra?.(files, facts), ...(options.to === 'hf' ? await schemas() : {}) };
  for (const [path, content] of Object.entries(extra)) await writeText(join(dir, path), content);
  if (options.check) options.onProgress?.('checking what was written');
  const conformance = options.check ? await conformanceOf(dir, options.to) : {};
  const validation = validationOf(summary, conformance);
  // A consumer may call the file of its validation split validation.json.
  if (options.to === 'hf') await writeText(join(dir, 'validation.json'), `${stringifyJson(validation, 2)}\n`);
  const manifest = manifestOf(options, summary, totals, files);
  await writeText(join(dir, 'manifest.json'), `${stringifyJson(options.to === 'hf' ? manifest : { ...manifest, validation }, 2)}\n`);
  return { files, conformance };
}

/** Reads what was written as its consumers will: the one that it is for, for the Hub all of them. */
async function conformanceOf(dir: string, to: ConsumerName): Promise<DatasetSummary['conformance']> {
  const { validate } = await import('./validate.ts');
  const found: DatasetSummary['conformance'] = {};
  for (const name of to === 'hf' ? (Object.keys(consumers) as ConsumerName[]) : [to]) {
    const report = await validate(dir, { consumer: name, limit: 0 }).catch((error: unknown) => {
      // A dataset without preference pairs has no files for those who train on them.
      if (error instanceof LabelerError && error.code === 'NOTHING_TO_VALIDATE') return undefined;
      throw error;
    });
    if (report === undefined) continue;
    const { rows, errors, warnings, counts } = report;
    found[name] = { rows, errors, warnings, counts };
  }
  return found;
}

/** One file of a set; nothing if the split has no rows, because an empty split keeps `datasets` from loading the others. */
async function writeSet(dir: string, set: FileSet, split: SplitName, store: LabelStore, plan: Plan, spool: Spool, options: DatasetOptions) {
  let rows = 0;
  const counted = async function* <T>(source: AsyncIterable<T>) {
    for await (const row of source) {
      rows += 1;
      yield row;
    }
  };
  const some = set.view === 'labels' ? plan.groups[split] !== undefined : hasRows(spool, set.view, split);
  if (!some) return undefined;
  const source = set.view === 'labels' ? placedLabels(store, plan, split, options) : rowsOf(spool, set.view, split);
  const file = set.path(split);
  const path = join(dir, file);
  // The view names the type of its rows; the compiler does not follow the pair.
  const sha256 = await writeTarget(set.exporter as never, counted<unknown>(source), { path });
  return { file, view: set.view, split, rows, bytes: (await stat(path)).size, sha256 };
}

async function* placedLabels(store: LabelStore, plan: Plan, split: SplitName, { filter }: PlanOptions): AsyncGenerator<Views['labels']> {
  for await (const label of store.select(filter)) {
    const place = plan.placed.get(label.id);
    if (place?.split !== split) continue;
    const { states, edits } = plan.reviewed;
    const said = { review_status: states.get(label.id) ?? 'unreviewed', edits: edits.get(label.id) ?? null };
    yield { ...label, split, group_id: place.group, dup_cluster_id: place.cluster, ...said };
  }
}

async function* splitRows(plan: Plan): AsyncGenerator<SplitRow> {
  for (const [label, { split, group, incident, cluster, contentHash, keys }] of plan.placed) {
    yield { label_id: label, split, group_id: group, incident_id: incident, dup_cluster_id: cluster, content_hash: contentHash, keys };
  }
}

async function schemas(): Promise<Record<string, string>> {
  const { labelJsonSchema } = await import('./labels/schema.ts');
  return { 'schema/label.schema.json': `${JSON.stringify(labelJsonSchema(), null, 2)}\n` };
}

async function writeText(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

function refuseLeaks({ sharedGroups, equalPrompts: equal, highestSimilarity: highest, similarityLimit: limit }: DatasetProof): void {
  if (sharedGroups === 0 && equal === 0 && highest < limit) return;
  throw new LabelerError(
    'DATASET_LEAK',
    `the splits share ${sharedGroups} groups and ${equal} prompts, and labels of different splits have a similarity of ${highest} (limit ${limit})`,
    {
      exitCode: exitCodes.incomplete,
      suggestions: ['without --base the splits are made anew; a higher --similarity allows more alike labels'],
    },
  );
}

function emptyError(stored: number, filters: FilterStep[], plan: Plan, counts: RowCounts) {
  const left = [
    ...filters.map(({ filter, value, removed }) => `${filter} ${value} removed ${removed}`),
    ...Object.entries(plan.excluded).flatMap(([why, labels]) => (labels === 0 ? [] : [`${why} removed ${labels}`])),
    ...Object.entries(counts.dropped).map(([gate, examples]) => `the gate ${gate} refused ${examples} examples`),
  ];
  const why = stored === 0 ? 'the store holds no labels' : left.length === 0 ? 'no label gives one' : left.join(', ');
  return new LabelerError('EXPORT_EMPTY', `there is no example to train on: ${why}`, {
    exitCode: exitCodes.store,
    suggestions: [
      ...(plan.excluded.rejected + plan.excluded.disputed > 0 ? ['--reviewed all keeps what people reject or dispute'] : []),
      'k8s-labeler store info',
      'k8s-labeler generate --demo makes labels of bundled recordings',
    ],
  });
}

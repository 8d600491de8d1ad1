import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TroubleshootingLabel } from '../../../src/core/model/label.ts';
import type { Review } from '../../../src/core/model/review.ts';
import { type ReportSource, type ReportSummary, writeReport } from '../../../src/core/report.ts';
import { builtinRules } from '../../../src/core/rules/all.ts';
import { parseSplit } from '../../../src/core/splits/assign.ts';
import type { LabelStore } from '../../../src/core/store/store.ts';
import { splitDefaults } from '../../../src/export-flags.ts';
import { demoStore } from '../dataset/demo-store.ts';
import { review } from '../review-rows.ts';

type Page = { dir: string; file: string; store: LabelStore; summary: ReportSummary; close: () => Promise<void> };

/** What the command gives to every report. */
export const reportBasics = { rules: builtinRules, defaults: { ...splitDefaults, shares: parseSplit(splitDefaults.split) } };

/** What people said of some labels: accepted, accepted with other words, rejected, and of an older version of one. */
async function addReviews(store: LabelStore): Promise<void> {
  const reviews: Review[] = [];
  const said: Record<string, (label: TroubleshootingLabel) => Partial<Review>> = {
    ConfigMapNotFound: () => ({}),
    SelectorMismatch: ({ resolution: { steps } }) => ({
      comment: 'The other side is wrong.',
      edits: { root_cause: 'The Service was left behind.', resolution: { observed: false, steps: steps.slice(0, 1) } },
    }),
    ContainerLimitOom: () => ({ verdict: 'reject', reason: 'wrong-plan' }),
    ImageNotFound: () => ({ content_hash: 'b'.repeat(64), verdict: 'reject', reason: 'unclear' }),
  };
  for await (const label of store.select({ type: 'troubleshooting' })) {
    const over = label.type === 'troubleshooting' ? said[label.reason]?.(label) : undefined;
    if (over === undefined) continue;
    const { id: label_id, capture_id, rule_ids } = label;
    const content_hash = (await store.judged(label_id)) ?? '';
    reviews.push(review({ label_id, capture_id, content_hash, rule_id: rule_ids[0] ?? '', ...over }));
  }
  await store.addReviews(reviews);
}

/** A report of the bundled recordings in a folder of its own, some of whose labels people reviewed. */
export async function demoReport(): Promise<Page> {
  const { dir, store, close } = await demoStore();
  await addReviews(store);
  const summary = await writeReport(store, { ...reportBasics, out: join(dir, 'report.html') });
  return { dir, file: summary.file, store, summary, close };
}

/** A report of its labels without splits. */
export function unsplitReport({ dir, store }: Page): Promise<ReportSummary> {
  return writeReport(store, { out: join(dir, 'unsplit.html'), rules: builtinRules });
}

/** A report of none of its labels. */
export function emptyReport({ dir, store }: Page): Promise<ReportSummary> {
  return writeReport(store, { ...reportBasics, out: join(dir, 'empty.html'), selection: { cluster: 'nowhere' } });
}

export const hostileTexts = [
  '</script><script>window.broken = 1</script>',
  '<!--<script>',
  '<img src=x onerror="window.broken = 2">',
  '"><svg onload=window.broken=3>',
  '\u202egnp.exe\u2066 \u200f\u061c',
  '\u0000\u001b[2J\u0007\u009b31m',
  '\u2028\u2029 ]]> \ud800',
  'javascript:window.broken=4 url(http://hostile.example/x) @import "http://hostile.example/y"',
] as const; // prettier-ignore

const hostile = hostileTexts.join(' ');

/** A line of 1 MB without a space. */
const longLine = 'x'.repeat(1_000_000);
const longFields = new Set(['message', 'root_cause', 'note']);

/** Fields whose values the tool chooses, or that join rows. */
const keptFields = new Set([
  'reason',
  'modifiers',
  'id',
  'incident_id',
  'capture_id',
  'timestamp',
  'type',
  'severity',
  'category',
  'role',
  'ablation',
  'observed_at',
  'at',
  'fate',
]);

function spoiled(value: unknown, long: boolean, field = ''): unknown {
  if (typeof value === 'string') return `${hostile} ${value}${long && longFields.has(field) ? longLine : ''}`;
  if (Array.isArray(value)) return value.map((item) => spoiled(item, long));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, keptFields.has(key) ? item : spoiled(item, long, key)]));
}

/** The demo labels with hostile texts in every text that a cluster or a reviewer could choose, as a store gives them. */
function hostileSource(store: LabelStore): ReportSource {
  return {
    async *reviews() {
      for await (const { id, capture_id } of store.select()) {
        const edits = { root_cause: hostile, answer: hostile, impact: hostile };
        const said = { comment: hostile, reviewer: hostile, edits, rule_id: hostile };
        yield { ...review({ label_id: id, capture_id, ...said }), standing: 'current' as const };
      }
    },
    async *select(filter) {
      let first = true;
      for await (const label of store.select(filter)) {
        yield spoiled(label, first) as typeof label;
        first = false;
      }
    },
    async *allEvents() {
      let first = true;
      for await (const event of store.allEvents()) {
        yield { ...event, data: { ...event.data, detail: spoiled(event.data.detail, first) } };
        first = false;
      }
    },
  };
}

/** A report of those labels, beside the demo store's folder. */
export async function hostileReport(store: LabelStore): Promise<{ file: string; close: () => Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'report-'));
  const rules = builtinRules.map(({ id, title }) => ({ id, title: `${title} ${hostileTexts.join(' ')}` }));
  const { file } = await writeReport(hostileSource(store), { ...reportBasics, out: join(dir, 'report.html'), rules });
  return { file, close: () => rm(dir, { recursive: true, force: true }) };
}

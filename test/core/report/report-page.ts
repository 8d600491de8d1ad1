import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeReport } from '../../../src/core/report.ts';
import { builtinRules } from '../../../src/core/rules/all.ts';
import type { LabelStore } from '../../../src/core/store/store.ts';
import { demoStore } from '../dataset/demo-store.ts';

type Page = { dir: string; file: string; store: LabelStore; close: () => Promise<void> };

/** A report of the bundled recordings in a folder of its own. */
export async function demoReport(): Promise<Page> {
  const { dir, store, close } = await demoStore();
  const { file } = await writeReport(store, { out: join(dir, 'report.html'), rules: builtinRules });
  return { dir, file, store, close };
}

export const hostileTexts = [
  '</script><script>window.broken = 1</script>',
  '<!--<script>',
  '<img src=x onerror="window.broken = 2">',
  '"><svg onload=window.broken=3>',
  '\u202egnp.exe\u2066 \u200f\u061c',
  '\u0000\u001b[2J\u0007\u009b31m',
  '\u2028\u2029 ]]> \ud800',
] as const; // prettier-ignore

/** The demo labels with hostile texts in every text that a cluster could choose, as a store gives them. */
export function hostileSource(store: LabelStore): Pick<LabelStore, 'select' | 'events' | 'reviews'> {
  const hostile = hostileTexts.join(' ');
  const kept = new Set([
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
  const spoil = (value: unknown): unknown => {
    if (typeof value === 'string') return `${hostile} ${value}`;
    if (Array.isArray(value)) return value.map(spoil);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, kept.has(key) ? item : spoil(item)]));
  };
  return {
    reviews: (filter) => store.reviews(filter),
    async *select(filter) {
      for await (const label of store.select(filter)) yield spoil(label) as typeof label;
    },
    async *events(captureId) {
      for await (const event of store.events(captureId)) yield { ...event, data: { ...event.data, detail: spoil(event.data.detail) } };
    },
  };
}

/** A report of those labels, beside the demo store's folder. */
export async function hostileReport(store: LabelStore): Promise<{ file: string; close: () => Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'report-'));
  const rules = builtinRules.map(({ id, title }) => ({ id, title: `${title} ${hostileTexts.join(' ')}` }));
  const { file } = await writeReport(hostileSource(store), { out: join(dir, 'report.html'), rules });
  return { file, close: () => rm(dir, { recursive: true, force: true }) };
}

import type { Label, QualityCheck } from '../model/label.ts';
import { formatRef } from '../model/resource.ts';
import type { Category, Reason } from '../model/taxonomy.ts';
import { checksOf, mean } from './check.ts';
import type { RecordsBySeq } from './evidence.ts';
import { closenessTo } from './graph.ts';
import { remedyFindings } from './remedy.ts';

/** For how long a fact keeps its weight, in hours: crashes are over at once, standing conditions last, trends take days to show. */
export const evidenceLifeHours: Readonly<Record<Category, number>> = {
  application: 2,
  probe: 2,
  memory: 2,
  eviction: 2,
  'control-plane': 2,
  change: 2,
  node: 6,
  autoscaling: 6,
  image: 24,
  configuration: 24,
  scheduling: 24,
  storage: 24,
  network: 24,
  workload: 24,
  access: 24,
  none: 24,
  cpu: 24,
  sizing: 14 * 24,
};

const ownLifeHours: Partial<Record<Reason, number>> = { MemoryLeakTrend: 7 * 24, CertificateExpired: 7 * 24, VolumeFull: 7 * 24 };
const contextBand = { from: 0.15, to: 0.8, bottom: 0.5 };

/** Relevance: entity 0.4, time 0.2, context 0.2, remedy 0.2 (docs/quality.md §3). */
export function relevanceChecks(label: Label, records: RecordsBySeq): QualityCheck[] {
  const closeness = closenessTo(label, records);
  const moment = Date.parse(label.timestamp);
  const hours = ownLifeHours[label.reason] ?? evidenceLifeHours[label.category] ?? evidenceLifeHours.none;
  const ages = label.evidence.map((item) => Math.exp(-Math.abs(moment - Date.parse(item.observed_at)) / 3_600_000 / hours));
  return checksOf('relevance', [
    { id: 'entity', weight: 0.4, score: mean(label.evidence.map(({ ref }) => closeness(ref))) ?? 0 },
    { id: 'time', weight: 0.2, score: mean(ages.map((score) => (Number.isNaN(score) ? 0 : score))) ?? 0 },
    { id: 'context', weight: 0.2, score: contextScore(label) },
    ...remedyFindings(label),
  ]);
}

/** Share of the shown objects that the answer needs, as a band: all noise and nothing but the answer are both bad. */
function contextScore(label: Label): number | undefined {
  const shown = new Set([...label.context.owners, ...label.context.related.map(({ ref }) => ref)].map(formatRef));
  if (shown.size === 0) return undefined;
  const needed = new Set([formatRef(label.resource), ...label.evidence.map((item) => item.ref), ...label.context.owners.map(formatRef)]);
  const share = [...shown].filter((ref) => needed.has(ref)).length / shown.size;
  if (share < contextBand.from) return share / contextBand.from;
  if (share <= contextBand.to) return 1;
  return 1 - ((1 - contextBand.bottom) * (share - contextBand.to)) / (1 - contextBand.to);
}

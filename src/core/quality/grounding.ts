import type { Evidence } from '../model/event.ts';
import type { Label, LabelEvidence, QualityCheck } from '../model/label.ts';
import { checksOf, mean } from './check.ts';
import { evidenceFault, type RecordsBySeq } from './evidence.ts';
import { objectNames, stringsIn } from './texts.ts';

/** How direct a kind of evidence is as proof. */
export const directness: Readonly<Record<Evidence['type'], number>> = {
  status: 1,
  event: 0.9,
  metric: 0.8,
  spec: 0.8,
  change: 0.8,
  log: 0.6,
  absence: 0.4,
};

/** Evidence quality: recall 0.5, directness 1/3, independence 1/6 (docs/quality.md §4). Evidence that does not hold counts as none. */
export function groundingChecks(label: Label, records: RecordsBySeq): QualityCheck[] {
  const holding = new Map(label.evidence.filter((item) => evidenceFault(item, records) === undefined).map((item) => [item.id, item]));
  const supporting = [...holding.values()].filter((item) => item.role === 'supports');
  const sources = new Set(supporting.map((item) => `${item.type} ${item.ref}`)).size;
  const segments = label.segments.filter((segment) => segment.kind === 'observation' || segment.kind === 'inference');
  const names = objectNames(label);
  const grounded = segments.map((segment) => {
    const cited = segment.evidence_ids.flatMap((id) => holding.get(id) ?? []);
    return cited.length === 0 ? 0 : 0.5 + 0.5 * literalShare(segment.text, cited, names);
  });
  return checksOf('evidence_quality', [
    {
      id: 'recall',
      weight: 3,
      score: mean(grounded) ?? 0,
      detail: `${grounded.filter((score) => score > 0).length} of ${segments.length} statements cite evidence`,
    },
    { id: 'directness', weight: 2, score: mean(supporting.map((item) => directness[item.type])) ?? 0 },
    { id: 'independence', weight: 1, score: 1 - Math.exp(-sources / 2), detail: `${sources} sources` },
  ]);
}

/** Share of the numbers and quoted words of a text that occur in what it cites or name an object of the label; 1 without any. */
function literalShare(text: string, cited: readonly LabelEvidence[], names: readonly string[]): number {
  const known = [...names, ...cited.flatMap((item) => [item.ref, item.observed_at, plainText(item.value)])].join('\n');
  const quoted = [...text.matchAll(/`([^`]+)`|"([^"]+)"|“([^”]+)”/g)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
  const numbers = text.replace(/`[^`]*`|"[^"]*"|“[^”]*”/g, ' ').match(/\d+(?:\.\d+)?/g) ?? [];
  const literals = [...quoted, ...numbers];
  return literals.length === 0 ? 1 : literals.filter((literal) => known.includes(literal)).length / literals.length;
}

function plainText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const strings = [...stringsIn(value)].map(({ text }) => text);
  const json = JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? String(item) : item));
  return [...strings, json].join('\n');
}

import type { Label, LabelEvidence, QualityCheck } from '../model/label.ts';
import { formatRef } from '../model/resource.ts';
import { checksOf, mean } from './check.ts';
import type { RecordsBySeq } from './evidence.ts';

const evidenceAgeSeconds = 6 * 3600;
const contextBand = { from: 0.15, to: 0.8, bottom: 0.5 };

/** Relevance: entity 0.4, time 0.2, context 0.2, remedy 0.2 (docs/quality.md §3). */
export function relevanceChecks(label: Label, records: RecordsBySeq): QualityCheck[] {
  const moment = Date.parse(label.timestamp);
  const ages = label.evidence
    .map((item) => Math.abs(moment - Date.parse(item.observed_at)) / 1000)
    .map((age) => Math.exp(-age / evidenceAgeSeconds));
  return checksOf('relevance', [
    { id: 'entity', weight: 0.4, score: mean(label.evidence.map((item) => closeness(label, item, records))) ?? 0 },
    { id: 'time', weight: 0.2, score: mean(ages.map((score) => (Number.isNaN(score) ? 0 : score))) ?? 0 },
    { id: 'context', weight: 0.2, score: contextScore(label) },
    { id: 'remedy', weight: 0.2, score: remedyScore(label) },
  ]);
}

/** How near an item's object is to the label's resource: itself 1, same ownership 0.9, referenced or node 0.8, namespace 0.5, else 0.2. */
function closeness(label: Label, item: LabelEvidence, records: RecordsBySeq): number {
  const { resource, context } = label;
  if (item.ref === formatRef(resource)) return 1;
  const owners = new Set(context.owners.map(formatRef));
  if (context.workload) owners.add(formatRef({ kind: context.workload.kind, name: context.workload.name, namespace: resource.namespace }));
  if (owners.has(item.ref) || ownersIn(item, records).some((owner) => owner === formatRef(resource) || owners.has(owner))) return 0.9;
  if (context.related.some(({ ref }) => formatRef(ref) === item.ref)) return 0.8;
  if (context.nodes.some((node) => item.ref === `Node ${node.name}`)) return 0.8;
  return resource.namespace !== '' && item.ref.includes(` ${resource.namespace}/`) ? 0.5 : 0.2;
}

function ownersIn(item: LabelEvidence, records: RecordsBySeq): string[] {
  const record = records.get(item.seq);
  if (record?.kind !== 'resource') return [];
  const { metadata } = record.event.object;
  return (metadata?.ownerReferences ?? []).map(({ kind, name }) => formatRef({ kind, name, namespace: metadata?.namespace ?? '' }));
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

/** Whether what is to be done names the culprit, its workload or an object around it. */
function remedyScore(label: Label): boolean | undefined {
  if (label.type === 'resource_optimization') return label.suggestion.patch.includes(label.current_state.container);
  if (label.resolution.steps.length === 0) return label.category === 'none' ? undefined : false;
  const names = [label.resource.name, label.context.workload?.name ?? '', ...label.context.related.map(({ ref }) => ref.name)];
  const texts = label.resolution.steps.map((step) => `${step.action}\n${step.command}`);
  return names.some((name) => name !== '' && texts.some((text) => text.includes(name)));
}

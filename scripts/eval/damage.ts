import { createHash } from 'node:crypto';
import type { CaptureRecord } from '../../src/core/model/capture.ts';
import type { Label, LabelEvidence, LabelResource, TroubleshootingLabel } from '../../src/core/model/label.ts';
import { type Reason, taxonomy } from '../../src/core/model/taxonomy.ts';

/** A label with the records it cites. `accepted`: the reasons that would be right for it. */
export type Sample = { label: TroubleshootingLabel; records: ReadonlyMap<number, CaptureRecord>; accepted: readonly string[] };

/** Makes a wrong label of a right one, with the help of another; undefined where that cannot be done. Changes neither. */
export type Damage = (sample: Sample, other: Sample) => Sample | undefined;

/** All kinds of damage. What is foreign is real: its record comes with it under a number that is free, at the time of what it replaces. */
export const damages: Readonly<Record<string, Damage>> = {
  'value changed': (sample) => withItem(sample, pickItem(sample), (item) => ({ ...item, value: otherValue(item.value) })),
  'pointer moved': (sample) =>
    withItem(sample, pickItem(sample), (item) => ({ ...item, pointer: item.pointer.slice(0, item.pointer.lastIndexOf('/')) || '/kind' })),
  'evidence swapped': (sample, other) => {
    const item = pickItem(sample);
    const foreign = item === undefined ? undefined : adopted(sample, other, item);
    return foreign && { ...withItem(sample, item, () => foreign.item), records: foreign.records };
  },
  'necessary evidence dropped': dropped,
  'irrelevant citation planted': planted,
  'reason of a sibling': (sample) => {
    const siblings = taxonomy[sample.label.category].filter(
      (reason) => reason !== sample.label.reason && !sample.accepted.includes(reason),
    );
    const reason: Reason | undefined = chosen(siblings, sample.label.id);
    return reason === undefined ? undefined : { ...sample, label: { ...sample.label, reason } };
  },
  'culprit from its context': (sample) => {
    const { context, resource } = sample.label;
    const own = new Set([resource.name, context.workload?.name, ...context.owners.map(({ name }) => name)]);
    const near = [
      ...context.related.map(({ ref }) => ref),
      ...context.nodes.map(({ name }) => ({ kind: 'Node', namespace: '', name, uid: '' })),
    ];
    return withResource(
      sample,
      chosen(
        near.filter(({ name }) => !own.has(name)),
        sample.label.id,
      ),
    );
  },
  'culprit of another label': (sample, other) => withResource(sample, other.label.resource),
  'steps of another label': otherSteps,
};

/** The label to take foreign parts from: another incident of another reason, about another object. Always the same one. */
export function otherOf(sample: Sample, samples: readonly Sample[], kind: string): Sample | undefined {
  const strange = samples.filter(
    ({ label }) =>
      label.incident_id !== sample.label.incident_id &&
      label.reason !== sample.label.reason &&
      label.resource.name !== sample.label.resource.name &&
      label.resolution.steps.length > 0,
  );
  return chosen(strange, `${kind}/${sample.label.id}`);
}

function chosen<T>(items: readonly T[], key: string): T | undefined {
  return items[createHash('sha256').update(key).digest().readUInt32BE(0) % Math.max(1, items.length)];
}

/** An item that the label's claim needs; without ablation a supporting one. */
function pickItem({ label }: Sample): LabelEvidence | undefined {
  const supporting = label.evidence.filter(({ role }) => role === 'supports');
  const necessary = supporting.filter(({ ablation }) => ablation === 'necessary' || ablation === 'strengthening');
  return chosen(necessary.length > 0 ? necessary : supporting, label.id);
}

function withItem(sample: Sample, item: LabelEvidence | undefined, change: (item: LabelEvidence) => LabelEvidence): Sample {
  const evidence = sample.label.evidence.map((one) => (one === item ? change(one) : one));
  return { ...sample, label: { ...sample.label, evidence } };
}

function otherValue(value: unknown): unknown {
  if (typeof value === 'string') return `${value}x`;
  if (typeof value === 'number') return value + 1;
  return { changed: true };
}

/** A foreign item in place of `like`: with its id and time, and the record that shows it. It was never tried by ablation. */
function adopted(
  sample: Sample,
  other: Sample,
  like: LabelEvidence,
): { item: LabelEvidence; records: Map<number, CaptureRecord> } | undefined {
  const foreign = chosen(other.label.evidence, sample.label.id);
  const record = foreign && other.records.get(foreign.seq);
  if (foreign === undefined || record === undefined) return undefined;
  const seq = Math.max(...sample.records.keys()) + 1;
  const records = new Map(sample.records).set(seq, { ...record, seq, at: sample.records.get(like.seq)?.at ?? record.at });
  const { ablation: _, ...fact } = foreign;
  return { item: { ...fact, seq, id: like.id, role: like.role, observed_at: like.observed_at }, records };
}

function dropped(sample: Sample): Sample | undefined {
  const item = pickItem(sample);
  if (item === undefined) return undefined;
  const without = <T extends { evidence_ids: string[] }>(part: T): T => ({
    ...part,
    evidence_ids: part.evidence_ids.filter((id) => id !== item.id),
  });
  const { label } = sample;
  return {
    ...sample,
    label: {
      ...label,
      evidence: label.evidence.filter((one) => one !== item),
      segments: label.segments.map(without),
      resolution: { ...label.resolution, steps: label.resolution.steps.map(without) },
    },
  };
}

function planted(sample: Sample, other: Sample): Sample | undefined {
  const { label } = sample;
  const [like] = label.evidence;
  const foreign = like && adopted(sample, other, { ...like, id: 'x1', role: 'supports' });
  if (foreign === undefined) return undefined;
  const target = label.segments.find(({ kind }) => kind === 'inference') ?? label.segments.find(({ kind }) => kind === 'observation');
  const segments = label.segments.map((part) => (part === target ? { ...part, evidence_ids: [...part.evidence_ids, 'x1'] } : part));
  return { ...sample, records: foreign.records, label: { ...label, segments, evidence: [...label.evidence, foreign.item] } };
}

function withResource(sample: Sample, resource: LabelResource | undefined): Sample | undefined {
  if (resource === undefined) return undefined;
  const { kind, namespace, name, uid } = resource;
  return { ...sample, label: { ...sample.label, resource: { kind, namespace, name, uid } } };
}

/** The other label's resolution, told in the answer as well, and citing what the label's own steps cite. */
function otherSteps(sample: Sample, { label: other }: Sample): Sample {
  const { label } = sample;
  const cited = label.resolution.steps[0]?.evidence_ids ?? label.evidence.slice(0, 1).map(({ id }) => id);
  const foreign: Label['segments'] = other.segments
    .filter(({ kind }) => kind === 'action')
    .map((part) => ({ ...part, evidence_ids: [...cited] }));
  const segments = [...label.segments.filter(({ kind }) => kind !== 'action'), ...foreign];
  const steps = other.resolution.steps.map((step) => ({ ...step, evidence_ids: [...cited] }));
  const resolution = { observed: label.resolution.observed, steps };
  return { ...sample, label: { ...label, segments, resolution, answer: segments.map(({ text }) => text.trim()).join('\n') } };
}

import { type LabelSelection, selectLabels } from './incidents.ts';
import type { Label } from './model/label.ts';
import { type ReviewState, reviewStatesOf, type StoredReview, standingVerdicts } from './model/review.ts';
import { shortHash } from './model/uuid.ts';
import type { LabelStore } from './store/store.ts';

/** Why a label is worth a look. `sample` is the fixed tenth that keeps estimates of precision unbiased. */
export const queueCauses = ['conflict', 'margin', 'quality', 'rare', 'new-rule', 'sample', 'rest'] as const;
export type QueueCause = (typeof queueCauses)[number];

/** A label that waits for a verdict. `margin` is how far the next other cause is below (1 without one), `stale` that an earlier review is. */
export type QueueItem = {
  labelId: string;
  incidentId: string;
  captureId: string;
  reason: Label['reason'];
  resource: Label['resource'];
  ruleId: string;
  cause: QueueCause;
  margin: number;
  quality: number;
  state: ReviewState;
  stale: boolean;
};

export type QueueFilter = Pick<LabelSelection, 'reason' | 'cluster'>;

const limits = { margin: 0.2, quality: 0.85, rare: 3 };
// A tenth of the 16^12 values of a short hash.
const sampleLimit = 16 ** 12 / 10;

type Candidate = Omit<QueueItem, 'cause' | 'state' | 'stale'> & { conflict: boolean; sampled: boolean };

/**
 * Labels on which this reviewer has no current verdict, in the order in which they should be looked at: where causes were too close, where
 * the next one is near, low scores, rare reasons, rules that nobody reviewed, then the rest. A tenth, chosen by the hash of the id, is
 * spread evenly among them, whatever the scores. Skipped labels come last. The same store and reviewer give the same queue.
 */
export async function reviewQueue(store: LabelStore, reviewer: string, filter: QueueFilter = {}): Promise<QueueItem[]> {
  const reviews: StoredReview[] = [];
  for await (const review of store.reviews()) reviews.push(review);
  const candidates: Candidate[] = [];
  for await (const label of selectLabels(store, filter)) candidates.push(candidateOf(label));
  return orderedQueue(candidates, reviews, reviewer);
}

/** What of a label decides its place. */
export function candidateOf(label: Label): Candidate {
  const rival = label.hypotheses.find(({ reason, fate }) => reason !== label.reason && fate !== 'explained' && fate !== 'healed');
  return {
    labelId: label.id,
    incidentId: label.incident_id,
    captureId: label.capture_id,
    reason: label.reason,
    resource: label.resource,
    ruleId: label.rule_ids[0] ?? '',
    margin: rival === undefined ? 1 : Math.round(Math.max(0, label.confidence - rival.confidence) * 1e4) / 1e4,
    quality: label.quality.overall_score,
    conflict: label.hypotheses.some(({ fate }) => fate === 'too-close'),
    sampled: Number.parseInt(shortHash(`review/${label.id}`), 16) < sampleLimit,
  };
}

/** A label that is looked at again because its verdict was taken back; `state` is what people say of it without that. */
export function itemAgain(label: Label, state: ReviewState): QueueItem {
  const { conflict: _, sampled: __, ...rest } = candidateOf(label);
  return { ...rest, cause: 'rest', state, stale: false };
}

/** The queue of a reviewer; see `reviewQueue`. */
export function orderedQueue(candidates: readonly Candidate[], reviews: readonly StoredReview[], reviewer: string): QueueItem[] {
  const states = reviewStatesOf(reviews);
  const standing = standingVerdicts(reviews);
  const own = new Map(standing.filter((one) => one.reviewer === reviewer).map((one) => [one.label_id, one]));
  const stale = new Set(standing.filter((one) => one.standing === 'stale').map(({ label_id }) => label_id));
  const reviewedRules = new Set(standing.filter(({ verdict }) => verdict !== 'skip').map(({ rule_id }) => rule_id));
  const frequency = new Map<string, number>();
  for (const { reason } of candidates) frequency.set(reason, (frequency.get(reason) ?? 0) + 1);
  const open = candidates.filter(({ labelId }) => own.get(labelId)?.standing !== 'current' || own.get(labelId)?.verdict === 'skip');
  const items = open.map(({ conflict, sampled, ...rest }): QueueItem => {
    const rare = (frequency.get(rest.reason) ?? 0) <= limits.rare;
    const worth = causeOf({ ...rest, conflict }, rare, !reviewedRules.has(rest.ruleId));
    const cause = sampled ? 'sample' : worth;
    return { ...rest, cause, state: states.get(rest.labelId) ?? 'unreviewed', stale: stale.has(rest.labelId) };
  });
  const skipped = (item: QueueItem) => own.get(item.labelId)?.standing === 'current';
  const waiting = items.filter((item) => !skipped(item)).sort(byWorth);
  return [...spread(waiting), ...items.filter(skipped).sort(byWorth)];
}

function causeOf(
  { conflict, margin, quality }: Pick<Candidate, 'conflict' | 'margin' | 'quality'>,
  rare: boolean,
  fresh: boolean,
): QueueCause {
  if (conflict) return 'conflict';
  if (margin < limits.margin) return 'margin';
  if (quality < limits.quality) return 'quality';
  if (rare) return 'rare';
  return fresh ? 'new-rule' : 'rest';
}

function byWorth(a: QueueItem, b: QueueItem): number {
  return (
    queueCauses.indexOf(a.cause) - queueCauses.indexOf(b.cause) ||
    a.margin - b.margin ||
    a.quality - b.quality ||
    (a.labelId < b.labelId ? -1 : Number(a.labelId > b.labelId))
  );
}

/** Each item of the sample stands at an even distance, ordered by id, so that a reviewer who stops early has seen a share of it. */
function spread(items: readonly QueueItem[]): QueueItem[] {
  const sample = items.filter(({ cause }) => cause === 'sample').sort((a, b) => (a.labelId < b.labelId ? -1 : 1));
  const others = items.filter(({ cause }) => cause !== 'sample');
  const step = Math.max(1, Math.floor(items.length / Math.max(1, sample.length)));
  const queue: QueueItem[] = [];
  while (others.length + sample.length > 0) {
    const next = (queue.length + 1) % step === 0 || others.length === 0 ? (sample.shift() ?? others.shift()) : others.shift();
    if (next !== undefined) queue.push(next);
  }
  return queue;
}

import type { AggregatedEvent, Evidence, Signal } from '../model/event.ts';
import { text } from '../model/fields.ts';
import type { ObjectRef } from '../model/resource.ts';
import type { Reason } from '../model/taxonomy.ts';
import { timeOf } from '../model/time.ts';
import { podsOf } from '../state/lookups.ts';
import type { ClusterState } from '../state/state.ts';
import { parseRefusal, type Refusal } from './admission-message.ts';
import { citeSignal } from './rule.ts';
import { ownerSubject } from './subject.ts';

const creating = new Set(['FailedCreate', 'ReplicaSetCreateError']);

export type RefusalFinding = Refusal & { signal: Signal; subject: ObjectRef; evidence: Evidence };

/** What the API server refused in this incident, once per reason and name: ReplicaFailure conditions first, then FailedCreate Events. */
export function refusalsOf(incident: AggregatedEvent, state: ClusterState, reasons: Reason[]): RefusalFinding[] {
  const found = new Map<string, RefusalFinding>();
  const told = incident.signals.filter(({ type, detail }) =>
    type === 'condition'
      ? detail.type === 'ReplicaFailure' || creating.has(String(detail.reason))
      : type === 'event' && creating.has(String(detail.reason)),
  );
  for (const signal of [...told].sort((a, b) => Number(b.type === 'condition') - Number(a.type === 'condition'))) {
    const refusal = parseRefusal(String(signal.detail.message));
    if (refusal === undefined || !reasons.includes(refusal.reason) || hasPassed(state, signal, refusal)) continue;
    const key = `${refusal.reason}|${refusal.name}`;
    if (found.has(key)) continue;
    found.set(key, {
      ...refusal,
      signal,
      subject: ownerSubject(state, signal.ref),
      evidence: citeSignal(signal, 'the API server refuses to create it'),
    });
  }
  return [...found.values()];
}

/** Whether a pod of the same owner was created after its last refusal. Under a quota some are let in while others are refused. */
function hasPassed(state: ClusterState, { type, ref, lastAt }: Signal, { reason }: Refusal): boolean {
  if (type !== 'event' || reason === 'QuotaExceeded') return false;
  return podsOf(state, ref).some(({ object }) => timeOf(text(object.metadata?.creationTimestamp)) > timeOf(lastAt));
}

import type { Signal } from '../../model/event.ts';
import { itemsOf } from '../../model/fields.ts';
import { objectOf } from '../../state/lookups.ts';
import { citeSignal, idsOf, inference, observation, type Rule, signalsOf, step, target } from '../rule.ts';

/** Anything that keeps pods from becoming ready, rather than taking its time. */
function isFailure({ type, active, detail, count }: Signal): boolean {
  if (type === 'event') return detail.type === 'Warning' && count >= 3;
  if (type === 'condition') return active && detail.type !== 'Available';
  return (
    active && (type === 'container.waiting' || type === 'container.terminated' || type === 'pod.unschedulable' || type === 'pod.failed')
  );
}

/** Fewer replicas than wanted while a rollout goes on within its deadline: nothing is wrong yet. */
export default {
  id: 'DPL-2',
  version: 1,
  title: 'Rollout in progress',
  reasons: ['InProgress'],
  maturity: 'stable',
  kinds: ['Deployment'],
  references: ['apps/v1 DeploymentCondition Progressing, reason ReplicaSetUpdated', 'k8sgpt#1742'],
  falsePositives: ['pods that will never become ready look the same until the deadline passes'],
  knownGaps: ['StatefulSets and DaemonSets have no such condition'],
  match(incident, state) {
    if (incident.status !== 'ongoing' || incident.signals.some(isFailure)) return [];
    return signalsOf(incident, 'state', { field: 'unavailable' }).flatMap((signal) => {
      const conditions = itemsOf(objectOf(state, signal.ref)?.object.status?.conditions) as {
        type: string;
        status: string;
        reason?: string;
      }[];
      const progressing = conditions.some(
        ({ type, status, reason }) => type === 'Progressing' && status === 'True' && reason === 'ReplicaSetUpdated',
      );
      if (!progressing || !signal.active) return [];
      return [
        {
          reason: 'InProgress' as const,
          subject: signal.ref,
          confidence: 0.65,
          evidence: [citeSignal(signal, 'not all replicas are ready while the rollout goes on')],
          facts: { name: signal.ref.name },
        },
      ];
    });
  },
  describe(claim) {
    return {
      rootCause: [
        observation(`Deployment ${claim.facts.name} has fewer ready replicas than it asks for.`, idsOf(claim, 0)),
        inference('Its rollout is going on and within its deadline; no failure is seen.', idsOf(claim, 0)),
      ],
      steps: [step('Wait for the rollout.', 'It completes.', { command: `kubectl rollout status ${target(claim.subject)}`, risk: 'none' })],
    };
  },
} satisfies Rule;

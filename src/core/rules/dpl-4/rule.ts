import { secondsBetween } from '../../model/time.ts';
import { covered, objectOf, podsOf } from '../../state/lookups.ts';
import { citeField, citeSignal, idsOf, inference, namespaceFlag, observation, present, type Rule, signalsOf, step } from '../rule.ts';

const longSeconds = 600;

/** A workload has fewer ready replicas than it asks for, and nothing of its pods was recorded that could say why. */
export default {
  id: 'DPL-4',
  version: 1,
  title: 'Replicas are missing',
  reasons: ['ReplicasUnavailable'],
  maturity: 'experimental',
  kinds: ['Deployment', 'StatefulSet', 'ReplicaSet', 'DaemonSet'],
  references: ['apps/v1 DeploymentCondition Available, reason MinimumReplicasUnavailable'],
  falsePositives: ['a rollout within its deadline', 'pods that were recorded: their own state is the better answer'],
  knownGaps: ['says that replicas are missing, not why'],
  match(incident, state) {
    return signalsOf(incident, 'condition', { type: 'Available' }).flatMap((signal) => {
      const { namespace } = signal.ref;
      const workload = objectOf(state, signal.ref);
      const since = String((signal.value as { lastTransitionTime?: string }).lastTransitionTime ?? '');
      const long = since === '' || incident.singleLook === true || secondsBetween(since, state.now) >= longSeconds;
      if (!signal.active || !long || covered(state, 'Pod', namespace) || podsOf(state, signal.ref).length > 0) return [];
      return [
        {
          reason: 'ReplicasUnavailable' as const,
          subject: signal.ref,
          confidence: 0.62,
          evidence: present(
            citeSignal(signal, 'the controller says so'),
            workload && citeField(workload, '/spec/replicas', 'so many it asks for'),
          ),
          facts: { name: signal.ref.name, message: String(signal.detail.message) },
          needs: ['the pods and their Events'],
        },
      ];
    });
  },
  describe(claim) {
    const { name, message } = claim.facts;
    return {
      rootCause: [
        observation(`${claim.subject.kind} ${name} reports: ${message}`, idsOf(claim, 0)),
        inference('Fewer replicas are ready than it needs; its pods, which would say why, were not recorded.', idsOf(claim)),
      ],
      steps: [
        step('Look at its pods and their Events.', 'They say what keeps them from becoming ready.', {
          command: `kubectl get pods${namespaceFlag(claim.subject)} && kubectl get events${namespaceFlag(claim.subject)} --sort-by=.lastTimestamp`,
          risk: 'none',
        }),
      ],
    };
  },
} satisfies Rule;

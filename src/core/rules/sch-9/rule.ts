import { objectOf } from '../../state/lookups.ts';
import { citeField, citeSignal, idsOf, inference, observation, present, type Rule, signalsOf, step } from '../rule.ts';
import { ownerSubject } from '../subject.ts';

/** Gates of queueing controllers hold a pod on purpose until it is its turn. */
const queueGates = /^kueue\.x-k8s\.io\//;

/** Scheduling gates hold the pod: the scheduler does not look at it until somebody removes them. */
export default {
  id: 'SCH-9',
  version: 1,
  title: 'Pod held by scheduling gates',
  reasons: ['SchedulingGated', 'IntendedState'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['core/v1 PodSpec.schedulingGates', 'https://kubernetes.io/docs/concepts/scheduling-eviction/pod-scheduling-readiness/'],
  falsePositives: ['queueing controllers (Kueue) gate every pod: intended'],
  knownGaps: ['whether the controller that should remove the gate runs is not looked at'],
  match(incident, state) {
    return signalsOf(incident, 'pod.unschedulable', { reason: 'SchedulingGated' }).map((signal) => {
      const pod = objectOf(state, signal.ref);
      const gate = pod && citeField(pod, '/spec/schedulingGates/0/name', 'the gate');
      const name = String(gate?.value ?? '');
      return {
        reason: queueGates.test(name) ? ('IntendedState' as const) : ('SchedulingGated' as const),
        subject: ownerSubject(state, signal.ref),
        confidence: signal.active ? 0.94 : 0.5,
        evidence: present(citeSignal(signal, 'the pod is not handed to the scheduler'), gate),
        facts: { gate: name },
      };
    });
  },
  describe(claim) {
    const { gate } = claim.facts;
    return {
      rootCause: [
        observation('The pod has the condition PodScheduled=False with reason SchedulingGated.', idsOf(claim, 0)),
        inference(
          `The scheduler ignores it until ${gate === '' ? 'its scheduling gates are' : `the scheduling gate ${gate} is`} removed.`,
          idsOf(claim),
        ),
      ],
      steps: [
        step('Find the controller that owns the gate and why it holds the pod.', 'The gate is removed and the pod is scheduled.', {
          risk: 'none',
        }),
        step('If nothing owns it any more, remove the gate from the pod.', 'The pod is scheduled.', {
          command: `kubectl patch pod <pod> -n ${claim.subject.namespace} --type=json -p='[{"op":"remove","path":"/spec/schedulingGates"}]'`,
          risk: 'medium',
        }),
      ],
    };
  },
} satisfies Rule;

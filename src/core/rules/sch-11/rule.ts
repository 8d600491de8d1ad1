import { itemsOf } from '../../model/fields.ts';
import { listObjects, podsOf } from '../../state/lookups.ts';
import type { ObservedObject } from '../../state/state.ts';
import { citeField, idsOf, inference, observation, present, type Rule, step, target } from '../rule.ts';
import { ownerSubject } from '../subject.ts';

const silentSeconds = 120;
const usual = 'default-scheduler';

/** Pending, without a node, and no scheduler has said a word about it. */
function isUntouched({ object }: ObservedObject): boolean {
  const conditions = itemsOf(object.status?.conditions);
  return (
    object.status?.phase === 'Pending' && object.spec?.nodeName === undefined && !conditions.some(({ type }) => type === 'PodScheduled')
  );
}

/** No scheduler looks at the pod: it does not run, or the pod names one that does not exist. */
export default {
  id: 'SCH-11',
  version: 1,
  title: 'No scheduler looks at the pod',
  reasons: ['SchedulerDown'],
  maturity: 'experimental',
  kinds: ['Pod'],
  references: ['core/v1 PodSpec.schedulerName', 'core/v1 PodConditionType PodScheduled'],
  falsePositives: ['a very busy scheduler: two minutes must pass', 'a pod that a gate holds has the condition PodScheduled'],
  knownGaps: ['a bare pod shows no sign of trouble, so only workloads are seen'],
  match(incident, state) {
    const silent = podsOf(state, incident.workload).filter(
      (pod) =>
        pod.deleted === undefined &&
        isUntouched(pod) &&
        Date.parse(state.now) - Date.parse(String(pod.object.metadata?.creationTimestamp)) >= silentSeconds * 1000,
    );
    return silent.slice(-1).map((pod) => {
      const name = String(pod.object.spec?.schedulerName ?? usual);
      const others = listObjects(state, 'Pod').filter(
        ({ object, firstAt }) =>
          firstAt > pod.firstAt && object.spec?.nodeName !== undefined && (object.spec?.schedulerName ?? usual) === name,
      );
      return {
        reason: 'SchedulerDown' as const,
        subject: ownerSubject(state, pod.ref),
        confidence: others.length > 0 ? 0.4 : 0.7,
        evidence: present(
          citeField(pod, '/status/phase', 'Pending, without a word of a scheduler'),
          citeField(pod, '/spec/schedulerName', 'the scheduler that should place it'),
        ),
        facts: { pod: pod.ref.name, scheduler: name, own: name === usual ? 0 : 1 },
      };
    });
  },
  describe(claim) {
    const { pod, scheduler, own } = claim.facts;
    return {
      rootCause: [
        observation(
          `Pod ${pod} is Pending for more than two minutes with no node, no condition PodScheduled and no Event of a scheduler.`,
          idsOf(claim, 0),
        ),
        inference(
          own === 1
            ? `Nobody runs as scheduler "${scheduler}", which the pod names.`
            : `The scheduler "${scheduler}" does not run, or cannot reach the API server.`,
          idsOf(claim),
        ),
      ],
      steps: [
        step('See whether the scheduler runs and holds its lease.', 'You know whether it is down.', {
          command: 'kubectl get pods -n kube-system -l component=kube-scheduler; kubectl get lease -n kube-system kube-scheduler',
          risk: 'none',
        }),
        own === 1
          ? step(`Correct schedulerName in ${claim.subject.name}, or start ${scheduler}.`, 'The pod is scheduled.', {
              command: `kubectl edit ${target(claim.subject)}`,
              risk: 'medium',
            })
          : step('Bring the scheduler back.', 'Pending pods get a node.', { risk: 'medium' }),
      ],
    };
  },
} satisfies Rule;

import { podsOf } from '../../state/lookups.ts';
import { nodesOf } from '../node-fit.ts';
import { citeField, idsOf, inference, observation, present, type Rule, type RuleClaim, step, target } from '../rule.ts';
import { schedulingFindings } from '../scheduling.ts';
import { ownerSubject } from '../subject.ts';

/** The pod names a node that does not exist, or that does not match. */
export default {
  id: 'SCH-8',
  version: 1,
  title: 'Pod names a node that does not exist',
  reasons: ['NoNodesMatchName'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['core/v1 PodSpec.nodeName', 'pkg/scheduler/framework/plugins/nodename/node_name.go'],
  falsePositives: ['a node that was removed while its pods still ran: only pods that never started count'],
  knownGaps: ['a bare pod with such a nodeName shows no sign of trouble before it is collected'],
  match(incident, state) {
    const told = schedulingFindings(incident, state, ['NoNodesMatchName']).map(
      ({ confidence, evidence, subject, obstacle }): RuleClaim => ({
        reason: 'NoNodesMatchName',
        subject,
        confidence,
        evidence: [evidence],
        facts: { node: '', obstacle: obstacle.text },
      }),
    ); // prettier-ignore
    const { nodes, complete } = nodesOf(state);
    if (!complete) return told;
    const named = podsOf(state, incident.workload).filter(
      ({ object }) =>
        object.spec?.nodeName !== undefined && object.status?.phase === 'Pending' && object.status?.containerStatuses === undefined,
    );
    const lost = named.filter(({ object }) => !nodes.some(({ ref }) => ref.name === object.spec?.nodeName));
    return [
      ...told,
      ...lost.slice(-1).map(
        (pod): RuleClaim => ({
          reason: 'NoNodesMatchName',
          subject: ownerSubject(state, pod.ref),
          confidence: 0.93,
          evidence: present(citeField(pod, '/spec/nodeName', 'the node that the pod names')),
          facts: { node: String(pod.object.spec?.nodeName), obstacle: '' },
        }),
      ),
    ];
  },
  describe(claim) {
    const { node, obstacle } = claim.facts;
    return {
      rootCause: [
        observation(
          obstacle === '' ? `The pod is bound to node ${node} and never started.` : `The scheduler reports "${obstacle}".`,
          idsOf(claim, 0),
        ),
        inference(
          obstacle === ''
            ? `The cluster has no node ${node}, so no kubelet takes the pod.`
            : 'The pod asks for one node by name, and no such node can take it.',
          idsOf(claim),
        ),
      ],
      steps: [
        step(
          'Remove nodeName from the pod template, or name a node that exists; prefer a nodeSelector.',
          'The pod is scheduled and starts.',
          { command: `kubectl edit ${target(claim.subject)}`, risk: 'medium' },
        ),
      ],
    };
  },
} satisfies Rule;

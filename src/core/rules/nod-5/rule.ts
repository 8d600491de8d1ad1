import { itemsOf, text } from '../../model/fields.ts';
import { findObject, objectOf } from '../../state/lookups.ts';
import { readyReason } from '../node-ready.ts';
import { citeField, citeSignal, idsOf, inference, observation, present, type Rule, type RuleClaim, step } from '../rule.ts';
import { sentence } from '../wording.ts';

const told = new Set(['pod.notReady', 'pod.disrupted']);

/** Pods are not Ready because their node is not: the node is the cause, they are its victims. */
export default {
  id: 'NOD-5',
  version: 1,
  title: 'Pods of a node that is not Ready',
  reasons: ['NodeNotReady', 'NodeUnreachable', 'KubeletUnhealthy', 'ContainerRuntimeDown', 'NetworkUnavailable'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['pkg/controller/nodelifecycle/node_lifecycle_controller.go (MarkPodsNotReady)'],
  falsePositives: ['a pod that was not Ready before its node: it has signals of its own'],
  knownGaps: ['nodes that were not recorded'],
  match(incident, state) {
    const claims = new Map<string, RuleClaim>();
    for (const signal of incident.signals) {
      const event = signal.type === 'event' && signal.detail.reason === 'NodeNotReady';
      if (signal.ref.kind !== 'Pod' || !(event || told.has(signal.type))) continue;
      const node = findObject(state, 'Node', '', String(objectOf(state, signal.ref)?.object.spec?.nodeName ?? ''));
      const conditions = itemsOf(node?.object.status?.conditions);
      const position = conditions.findIndex(({ type, status }) => type === 'Ready' && status !== 'True');
      const ready = conditions[position];
      if (node === undefined || ready === undefined || claims.has(node.ref.name)) continue;
      const [status, message] = [text(ready.status), text(ready.message)];
      claims.set(node.ref.name, {
        reason: readyReason(status, message),
        subject: node.ref,
        confidence: 0.9,
        evidence: present(
          citeField(node, `/status/conditions/${position}`, `the Ready condition of node ${node.ref.name}`),
          citeSignal(signal, 'a pod on that node'),
        ),
        facts: { node: node.ref.name, pod: signal.ref.name, status, message },
        dependsOn: node.ref,
      });
    }
    return [...claims.values()];
  },
  describe(claim) {
    const { node, pod, status, message } = claim.facts;
    return {
      rootCause: [
        observation(sentence(`Node ${node} has Ready=${status}${message === '' ? '' : `: ${message}`}`), idsOf(claim, 0)),
        inference(`Pod ${pod} runs there, and is marked not Ready with its node.`, idsOf(claim)),
      ],
      steps: [
        step(`Look at the kubelet and the container runtime on node ${node}.`, 'You see whether they run and what they log.', {
          command: `kubectl describe node ${node}`,
          risk: 'none',
        }),
        step('Restart what has stopped, or replace the node.', `Node ${node} is Ready again, and its pods with it.`, { risk: 'medium' }),
      ],
    };
  },
} satisfies Rule;

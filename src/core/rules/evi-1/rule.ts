import type { AggregatedEvent, Signal } from '../../model/event.ts';
import { itemsOf } from '../../model/fields.ts';
import type { Reason } from '../../model/taxonomy.ts';
import { findObject, objectOf } from '../../state/lookups.ts';
import type { ClusterState } from '../../state/state.ts';
import { type Eviction, parseEviction } from '../eviction-message.ts';
import { citeField, citeSignal, eventsOf, idsOf, inference, observation, present, type Rule, signalsOf, step, target } from '../rule.ts';
import { ownerSubject } from '../subject.ts';

function reasonOf(eviction: Eviction): Reason | undefined {
  if (eviction.kind === 'emptyDir limit') return 'EmptyDirLimitExceeded';
  if (eviction.kind === 'container limit' || eviction.kind === 'pod limit') return 'EphemeralLimitExceeded';
  const what = eviction.kind === 'node low' ? eviction.resource : eviction.condition;
  if (/memory/i.test(what)) return 'EvictedMemory';
  if (/pid/i.test(what)) return 'EvictedPid';
  return /ephemeral|disk|fs|inode/i.test(what) ? 'EvictedEphemeralNode' : undefined;
}

/** The status of the pod before the Event; both say the same. */
function evicted(incident: AggregatedEvent): Signal[] {
  return [
    ...signalsOf(incident, 'pod.failed'),
    ...signalsOf(incident, 'pod.disrupted', { reason: 'TerminationByKubelet' }),
    ...eventsOf(incident, ['Evicted']),
  ];
}

/** Evicted before the recording began, while the workload has all its pods: Kubernetes keeps such pods around for long. */
function isLeftover(state: ClusterState, signal: Signal): boolean {
  const pod = objectOf(state, signal.ref);
  const workload = objectOf(state, ownerSubject(state, signal.ref));
  if (pod === undefined || pod.firstSeq !== signal.seq || workload === undefined || workload.ref.kind === 'Pod') return false;
  const wanted = Number(workload.object.spec?.replicas ?? workload.object.status?.desiredNumberScheduled ?? 0);
  return wanted > 0 && Number(workload.object.status?.readyReplicas ?? workload.object.status?.numberReady ?? 0) >= wanted;
}

/** The kubelet evicted or rejected the pod: over a limit of its own, or the node ran low. */
export default {
  id: 'EVI-1',
  version: 1,
  title: 'Pod evicted by the kubelet',
  reasons: ['EvictedMemory', 'EvictedEphemeralNode', 'EvictedPid', 'EphemeralLimitExceeded', 'EmptyDirLimitExceeded'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['pkg/kubelet/eviction/helpers.go', 'https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/'],
  falsePositives: [
    'evictions through the API (drain) have no such message: EVI-2',
    'an Evicted pod left over from before, while all replicas run',
  ],
  knownGaps: ['a bare pod that was evicted long ago is reported when a recording begins with it'],
  match(incident, state) {
    return evicted(incident).flatMap((signal) => {
      const eviction = parseEviction(String(signal.detail.message));
      const reason = eviction && reasonOf(eviction);
      if (eviction === undefined || reason === undefined) return [];
      const pod = objectOf(state, signal.ref);
      const node = findObject(state, 'Node', '', String(pod?.object.spec?.nodeName ?? ''));
      const ofNode = eviction.kind === 'node low' || eviction.kind === 'node condition';
      const volumes = itemsOf(pod?.object.spec?.volumes);
      const position = eviction.kind === 'emptyDir limit' ? volumes.findIndex(({ name }) => name === eviction.volume) : -1;
      const message =
        signal.type === 'pod.failed' && pod !== undefined ? citeField(pod, '/status/message', 'the kubelet says why') : undefined;
      return [
        {
          reason,
          subject: ownerSubject(state, signal.ref),
          confidence: isLeftover(state, signal) ? 0.5 : ofNode ? 0.9 : 0.96,
          evidence: present(
            citeSignal(signal, 'the pod was evicted'),
            message,
            pod && position >= 0
              ? citeField(pod, `/spec/volumes/${position}/emptyDir/sizeLimit`, 'the size limit of the volume')
              : undefined,
          ),
          facts: { pod: signal.ref.name, node: String(pod?.object.spec?.nodeName ?? ''), ...eviction },
          ...(ofNode && node !== undefined ? { dependsOn: node.ref } : {}),
        },
      ];
    });
  },
  describe(claim) {
    const { kind, pod, node, resource, condition, threshold, available, container, used, request, volume, limit } = claim.facts;
    const onNode = node === '' ? 'The node' : `Node ${node}`;
    const user = container === '' || container === undefined ? '' : ` Container ${container} used ${used} with a request of ${request}.`;
    const why: Record<string, string> = {
      'node low': `${onNode} ran low on ${resource}${threshold === '' ? '' : ` (threshold ${threshold}, available ${available})`}, and the kubelet took the pods that use more than they request.${user}`,
      'node condition': `${onNode} had the condition ${condition}, so it takes no such pods.`,
      'emptyDir limit': `The pod wrote more than the size limit of ${limit} into its emptyDir volume "${volume}".`,
      'container limit': `Container ${container} wrote more than its ephemeral-storage limit of ${limit}.`,
      'pod limit': `The pod wrote more than the ephemeral-storage limits of its containers together, ${limit}.`,
    };
    const own = kind === 'emptyDir limit' || kind === 'container limit' || kind === 'pod limit';
    return {
      rootCause: [
        observation(`The kubelet evicted or rejected pod ${pod}.`, idsOf(claim, 0)),
        inference(why[String(kind)] ?? '', idsOf(claim)),
      ],
      steps: own
        ? [
            step('Find out what the container writes, and clean it up or rotate it.', 'The use of the volume stays below the limit.', {
              command: `kubectl exec -n ${claim.subject.namespace} <pod> -- du -sh <mount path>`,
              risk: 'none',
            }),
            step(
              kind === 'emptyDir limit'
                ? `Raise sizeLimit of volume ${volume}, or use a PersistentVolumeClaim.`
                : 'Raise the ephemeral-storage limit, or write to a volume.',
              'The pod is no longer evicted.',
              { command: `kubectl edit ${target(claim.subject)}`, risk: 'medium' },
            ),
          ]
        : [
            step(`Free the resource on ${node === '' ? 'the node' : `node ${node}`}.`, 'The pressure condition of the node is False.', {
              command: `kubectl describe node ${node || '<node>'}`,
              risk: 'none',
            }),
            step('Give the pod requests that match its use, so that it is not the first to go.', 'It survives the next pressure.', {
              command: `kubectl edit ${target(claim.subject)}`,
              risk: 'medium',
            }),
          ],
    };
  },
} satisfies Rule;

import type { Reason } from '../../model/taxonomy.ts';
import { objectOf } from '../../state/lookups.ts';
import { citeSignal, eventsOf, idsOf, inference, observation, type Rule, step, target } from '../rule.ts';
import { ownerSubject } from '../subject.ts';
import { sentence } from '../wording.ts';

const objects =
  /(?:configmap|secret) "[^"]+" not found|references non-existent (?:config|secret) key|not registered|(?:couldn't|failed to) (?:get|sync|propagate) (?:configmap|secret)|failed to (?:fetch|get) token|serviceaccount/i;
const vague = /^Unable to attach or mount volumes|timed out waiting for the condition$|context deadline exceeded$/i;
const hostPath = /hostPath type check failed: (\S+) is not (.+)$/i;
const denied = /permission denied|access denied|operation not permitted/i;

function reasonOf(message: string): Reason {
  if (hostPath.test(message)) return 'HostPathTypeMismatch';
  return denied.test(message) ? 'MountPermission' : 'MountFailed';
}

/** A volume cannot be mounted: wrong path type, refused access, or a failing mount command. */
export default {
  id: 'VOL-2',
  version: 1,
  title: 'Volume cannot be mounted',
  reasons: ['MountFailed', 'HostPathTypeMismatch', 'MountPermission'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['pkg/volume/util/operationexecutor/operation_generator.go', 'pkg/volume/hostpath/host_path.go'],
  falsePositives: [
    'ConfigMaps and Secrets that are missing: CFG rules',
    'volumes of a pod that is being removed ("not registered")',
    'a mount that succeeds at the next try: the pod runs',
  ],
  knownGaps: ['errors of drivers are quoted, not explained'],
  match(incident, state) {
    return eventsOf(incident, ['FailedMount', 'FailedMapVolume', 'FailedMountOnFilesystemMismatch']).flatMap((signal) => {
      const message = String(signal.detail.message);
      const pod = objectOf(state, signal.ref);
      const runs =
        pod !== undefined &&
        (pod.deleted !== undefined || pod.object.metadata?.deletionTimestamp !== undefined || pod.object.status?.phase !== 'Pending');
      if (objects.test(message) || runs) return [];
      const reason = reasonOf(message);
      return [
        {
          reason,
          subject: ownerSubject(state, signal.ref),
          confidence: vague.test(message.trim()) && reason === 'MountFailed' ? 0.6 : reason === 'HostPathTypeMismatch' ? 0.95 : 0.86,
          evidence: [citeSignal(signal, 'the kubelet says why')],
          facts: {
            volume: /volume "([^"]+)"/i.exec(message)?.[1] ?? '',
            pod: signal.ref.name,
            path: hostPath.exec(message)?.[1] ?? '',
            kind: hostPath.exec(message)?.[2] ?? '',
            message: message.slice(0, 400),
          },
        },
      ];
    });
  },
  describe(claim) {
    const { volume, pod, path, kind, message } = claim.facts;
    const name = volume === '' ? 'A volume' : `Volume "${volume}"`;
    const why: Partial<Record<Reason, string>> = {
      HostPathTypeMismatch: `${name} wants ${path} on the node to be ${kind}, which it is not.`,
      MountPermission: `${name} is refused: the storage, or the node, does not allow this access.`,
      MountFailed: `${name} cannot be mounted, so no container of the pod is started.`,
    };
    return {
      rootCause: [
        observation(`Pod ${pod} has FailedMount: ${sentence(message)}`, idsOf(claim, 0)),
        inference(why[claim.reason] ?? '', idsOf(claim)),
      ],
      steps: [
        claim.reason === 'HostPathTypeMismatch'
          ? step(
              `Correct path or type of the hostPath volume (DirectoryOrCreate makes a directory), or put ${path} on the node.`,
              'The pod starts.',
              { command: `kubectl edit ${target(claim.subject)}`, risk: 'medium' },
            )
          : step(
              'Correct what the message names: server, export, path, credentials, file system, or the driver on this node.',
              'The volume is mounted and the pod starts.',
              { command: `kubectl describe pod ${pod} -n ${claim.subject.namespace}`, risk: 'none' },
            ),
      ],
    };
  },
} satisfies Rule;

import { itemsOf } from '../../model/fields.ts';
import type { KubernetesObject } from '../../model/resource.ts';
import { citeField, citeSignal, idsOf, inference, logsOf, observation, present, type Rule, step } from '../rule.ts';
import { containerOf, ownerSubject } from '../subject.ts';
import { sentence } from '../wording.ts';

const inodes = /inode/i;

/** The mount of the container that a path in the message lies under: the longest one wins. */
function mountOf(mounts: KubernetesObject[], message: string): number {
  const paths = [...message.matchAll(/(?:^|[\s'"=:(])(\/[^\s'":,)]+)/g)].map(([, path]) => path as string);
  const fits = mounts
    .map(({ mountPath }, position) => ({ mountPath: String(mountPath ?? ''), position }))
    .filter(({ mountPath }) => mountPath.length > 1 && paths.some((path) => `${path}/`.startsWith(`${mountPath.replace(/\/$/, '')}/`)));
  return fits.sort((a, b) => b.mountPath.length - a.mountPath.length)[0]?.position ?? -1;
}

/** A container cannot write any more: no space left on a volume. */
export default {
  id: 'VOL-3',
  version: 1,
  title: 'Volume is full',
  reasons: ['VolumeFull', 'InodesExhausted'],
  maturity: 'experimental',
  kinds: ['Pod'],
  references: ['errno ENOSPC', 'https://kubernetes.io/docs/concepts/storage/persistent-volumes/#expanding-persistent-volumes-claims'],
  falsePositives: ["the node's own disk or an emptyDir is full: the path in the message tells"],
  knownGaps: ['volume statistics of the kubelet are not recorded'],
  match(incident, state) {
    return logsOf(incident, ['no-space']).map((signal) => {
      const message = String(signal.detail.message);
      const container = containerOf(state, signal);
      const position = mountOf(itemsOf(container?.spec.volumeMounts), message);
      const mount =
        container && position >= 0
          ? citeField(container.version, `${container.pointer}/volumeMounts/${position}/mountPath`, 'the volume mounted there')
          : undefined;
      return {
        reason: inodes.test(message) ? ('InodesExhausted' as const) : ('VolumeFull' as const),
        subject: ownerSubject(state, signal.ref),
        confidence: 0.7,
        evidence: present(citeSignal(signal, 'the container cannot write'), mount),
        facts: { container: signal.container ?? '', mount: String(mount?.value ?? ''), message: message.slice(0, 300) },
        needs: mount === undefined ? ['which file system is full'] : [],
      };
    });
  },
  describe(claim) {
    const { container, mount, message } = claim.facts;
    const where = mount === '' ? 'A file system that the container writes to' : `The volume at ${mount}`;
    const what = claim.reason === 'InodesExhausted' ? 'has no inodes left: too many small files' : 'has no space left';
    return {
      rootCause: [
        observation(`Container ${container} logs: ${sentence(message)}`, idsOf(claim, 0)),
        inference(`${where} ${what}.`, idsOf(claim)),
      ],
      steps: [
        step('See which file system is full and what fills it.', 'You know what to delete or how much is needed.', {
          command: `kubectl exec -n ${claim.subject.namespace} <pod> -c ${container} -- df -h${claim.reason === 'InodesExhausted' ? 'i' : ''}`,
          risk: 'none',
        }),
        step('Delete what is not needed, or expand the PersistentVolumeClaim.', 'The container writes again.', {
          command: `kubectl edit pvc -n ${claim.subject.namespace} <claim>`,
          risk: 'medium',
        }),
      ],
    };
  },
} satisfies Rule;

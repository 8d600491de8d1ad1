import { objectOf } from '../../state/lookups.ts';
import { citeField, citeSignal, eventsOf, idsOf, inference, observation, present, type Rule, signalsOf, step } from '../rule.ts';
import { sentence } from '../wording.ts';

const conditions = ['ControllerResizeError', 'NodeResizeError'];

/** A claim was asked to grow, and the volume did not. */
export default {
  id: 'VOL-4',
  version: 1,
  title: 'Volume cannot be expanded',
  reasons: ['ResizeFailed'],
  maturity: 'experimental',
  kinds: ['PersistentVolumeClaim'],
  references: [
    'core/v1 PersistentVolumeClaimConditionType',
    'https://kubernetes.io/docs/concepts/storage/persistent-volumes/#recovering-from-failure-when-expanding-volumes',
  ],
  falsePositives: ['FileSystemResizePending is the normal wait for the next start of the pod'],
  knownGaps: ['whether the class allows expansion is told only by the message'],
  match(incident, state) {
    const failed = [
      ...conditions.flatMap((type) => signalsOf(incident, 'condition', { type })),
      ...eventsOf(incident, ['VolumeResizeFailed', 'FileSystemResizeFailed']),
    ];
    return failed.slice(0, 1).map((signal) => {
      const claim = objectOf(state, signal.ref);
      const wanted = claim && citeField(claim, '/spec/resources/requests/storage', 'the size asked for');
      const has = claim && citeField(claim, '/status/capacity/storage', 'the size it has');
      return {
        reason: 'ResizeFailed' as const,
        subject: signal.ref,
        confidence: 0.7,
        evidence: present(citeSignal(signal, 'why the volume does not grow'), wanted, has),
        facts: {
          claim: signal.ref.name,
          namespace: signal.ref.namespace,
          wanted: String(wanted?.value ?? ''),
          has: String(has?.value ?? ''),
          message: String(signal.detail.message).slice(0, 300),
        },
      };
    });
  },
  describe(claim) {
    const { claim: pvc, namespace, wanted, has, message } = claim.facts;
    const sizes = wanted === '' || has === '' ? '' : ` It has ${has} and should have ${wanted}.`;
    return {
      rootCause: [
        observation(`PersistentVolumeClaim ${namespace}/${pvc} is not expanded: ${sentence(message)}`, idsOf(claim, 0)),
        inference(`The storage driver refuses or cannot carry out the new size.${sizes}`, idsOf(claim)),
      ],
      steps: [
        step('See whether the StorageClass allows expansion and whether the backend has room.', 'You know what refuses.', {
          command: 'kubectl get storageclass',
          risk: 'none',
        }),
        step(
          `Ask for a size that the backend can give (at least the size that ${pvc} has), or raise its quota.`,
          'The condition is gone and status.capacity shows the new size.',
          { command: `kubectl edit pvc ${pvc} -n ${namespace}`, risk: 'medium' },
        ),
      ],
    };
  },
} satisfies Rule;

import { findObject, listObjects, objectOf, topOwner } from '../../state/lookups.ts';
import { citeSignal, eventsOf, idsOf, inference, observation, type Rule, signalsOf, step } from '../rule.ts';
import { claimsOf } from '../volumes.ts';

/** The claim waits for its first consumer: a volume is made where the pod lands. Without a pod that is as intended. */
export default {
  id: 'PVC-3',
  version: 1,
  title: 'Claim waits for its first consumer',
  reasons: ['IntendedState', 'WaitForFirstConsumer'],
  maturity: 'stable',
  kinds: ['PersistentVolumeClaim'],
  references: ['https://kubernetes.io/docs/concepts/storage/storage-classes/#volume-binding-mode'],
  falsePositives: ['a pod that uses the claim but cannot be placed: then the pod is what to look at'],
  knownGaps: ['pods that were not recorded'],
  match(incident, state) {
    const told = eventsOf(incident, ['WaitForFirstConsumer', 'WaitForPodScheduled']);
    const pending = signalsOf(incident, 'phase', { phase: 'Pending' }).filter(({ ref }) => {
      const name = String(objectOf(state, ref)?.object.spec?.storageClassName ?? '');
      return findObject(state, 'StorageClass', '', name)?.object.volumeBindingMode === 'WaitForFirstConsumer';
    });
    const [signal] = [...told, ...pending];
    if (signal === undefined) return [];
    const { namespace, name } = signal.ref;
    const user = listObjects(state, 'Pod', namespace).find((pod) => claimsOf(state, pod).some((claim) => claim.name === name));
    const waits = told.some(({ detail }) => detail.reason === 'WaitForPodScheduled');
    if (user === undefined && waits) return [];
    return [
      {
        reason: user === undefined ? ('IntendedState' as const) : ('WaitForFirstConsumer' as const),
        subject: signal.ref,
        confidence: user === undefined ? 0.9 : 0.66,
        evidence: [citeSignal(signal, 'the claim waits for a pod')],
        facts: { claim: name, namespace, pod: user?.ref.name ?? '' },
        ...(user === undefined ? {} : { dependsOn: topOwner(state, user.ref) }),
      },
    ];
  },
  describe(claim) {
    const { claim: pvc, namespace, pod } = claim.facts;
    const why =
      pod === ''
        ? 'No pod uses it yet. Its volume is provisioned when one does: this is how the class is meant to work.'
        : `Pod ${pod} uses it but has no node yet, and the volume is made where the pod lands.`;
    return {
      rootCause: [
        observation(`PersistentVolumeClaim ${namespace}/${pvc} is Pending and waits for its first consumer.`, idsOf(claim, 0)),
        inference(why, idsOf(claim)),
      ],
      steps: [
        pod === ''
          ? step(
              'Nothing to fix. Start the pod that uses the claim, or delete the claim if nothing does.',
              `Claim ${pvc} is Bound once a pod uses it.`,
              { risk: 'none' },
            )
          : step(`Find out why pod ${pod} is not scheduled.`, 'The pod is scheduled and the claim is Bound.', {
              command: `kubectl describe pod ${pod} -n ${namespace}`,
              risk: 'none',
            }),
      ],
    };
  },
} satisfies Rule;

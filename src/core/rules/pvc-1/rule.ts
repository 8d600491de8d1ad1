import { nearest } from '../../model/nearest.ts';
import { covered, findObject, listObjects, objectOf } from '../../state/lookups.ts';
import { citeField, citeSignal, eventsOf, idsOf, inference, observation, present, type Rule, signalsOf, step } from '../rule.ts';

const missing = /storageclass(?:\.storage\.k8s\.io)? "([^"]+)" not found/i;

/** The claim asks for a StorageClass that does not exist: nobody provisions a volume for it. */
export default {
  id: 'PVC-1',
  version: 1,
  title: 'StorageClass of the claim does not exist',
  reasons: ['StorageClassNotFound'],
  maturity: 'stable',
  kinds: ['PersistentVolumeClaim'],
  references: ['pkg/controller/volume/persistentvolume/pv_controller.go', 'core/v1 PersistentVolumeClaimSpec.storageClassName'],
  falsePositives: [
    'an empty class ("") means static binding: PVC-2',
    'a class name may be shared by static volumes without a StorageClass object',
  ],
  knownGaps: ['a missing default class is seen only as FailedBinding (PVC-2)'],
  match(incident, state) {
    const events = eventsOf(incident, ['ProvisioningFailed'], missing).map((signal) => ({
      signal,
      name: missing.exec(String(signal.detail.message))?.[1] ?? '',
      told: true,
    }));
    const pending = signalsOf(incident, 'phase', { phase: 'Pending' }).flatMap((signal) => {
      const name = String(objectOf(state, signal.ref)?.object.spec?.storageClassName ?? '');
      const gone = name !== '' && covered(state, 'StorageClass', '') && findObject(state, 'StorageClass', '', name) === undefined;
      return gone && events.length === 0 ? [{ signal, name, told: false }] : [];
    });
    return [...events, ...pending]
      .filter(({ name }) => findObject(state, 'StorageClass', '', name) === undefined)
      .map(({ signal, name, told }) => {
        const claim = objectOf(state, signal.ref);
        const classes = listObjects(state, 'StorageClass').map(({ ref }) => ref.name);
        return {
          reason: 'StorageClassNotFound' as const,
          subject: claim?.ref ?? signal.ref,
          confidence: told ? 0.96 : 0.88,
          evidence: present(
            citeSignal(signal, told ? 'the volume controller says that the class does not exist' : 'the claim is not bound'),
            claim && citeField(claim, '/spec/storageClassName', 'the class that the claim asks for'),
          ),
          facts: {
            claim: signal.ref.name,
            namespace: signal.ref.namespace,
            name,
            near: nearest(name, classes) ?? '',
            classes: classes.slice(0, 6).join(', '),
          },
        };
      });
  },
  describe(claim) {
    const { claim: pvc, namespace, name, near, classes } = claim.facts;
    const known = classes === '' ? '' : ` Existing classes: ${classes}.`;
    return {
      rootCause: [
        observation(`PersistentVolumeClaim ${namespace}/${pvc} asks for StorageClass "${name}".`, idsOf(claim)),
        inference(`There is no StorageClass "${name}", so no volume is provisioned and the claim stays Pending.${known}`, idsOf(claim)),
      ],
      steps: [
        step(
          `Recreate claim ${pvc} with a class that exists${near === '' ? '' : ` (did it mean "${near}"?)`}; the class of a claim cannot be changed.`,
          `Claim ${pvc} is Bound.`,
          { command: 'kubectl get storageclass', risk: 'medium' },
        ),
        step(`Or create StorageClass ${name} with the provisioner that it is meant to have.`, `Claim ${pvc} is Bound.`, { risk: 'medium' }),
      ],
    };
  },
} satisfies Rule;

import type { Reason } from '../../model/taxonomy.ts';
import { findObject, objectOf } from '../../state/lookups.ts';
import {
  citeField,
  citeSignal,
  eventsOf,
  idsOf,
  inference,
  observation,
  present,
  type Rule,
  type RuleClaim,
  signalsOf,
  step,
} from '../rule.ts';
import { misfitsOf } from '../volume-candidates.ts';

const words: Partial<Record<Reason, string>> = {
  PvcCapacityMismatch: 'is smaller than the claim asks for',
  PvcAccessModeMismatch: 'does not offer the access mode that the claim asks for',
  PvcSelectorMismatch: 'does not have the labels that the selector of the claim asks for',
  PvAlreadyBound: 'is already bound to another claim',
};

/** What a volume offers, for people. */
function brief(value: unknown): string {
  return (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).slice(0, 120);
}

/** A claim that is bound to existing volumes only finds none that fits. */
export default {
  id: 'PVC-2',
  version: 1,
  title: 'No PersistentVolume fits the claim',
  reasons: ['UnboundPvc', 'PvcCapacityMismatch', 'PvcAccessModeMismatch', 'PvcSelectorMismatch', 'PvAlreadyBound'],
  maturity: 'stable',
  kinds: ['PersistentVolumeClaim'],
  references: [
    'pkg/controller/volume/persistentvolume/pv_controller.go (FailedBinding)',
    'https://kubernetes.io/docs/concepts/storage/persistent-volumes/#class-1',
  ],
  falsePositives: ['a class that provisions, or waits for a first consumer, is no static binding'],
  knownGaps: ['volumes of another class are not suggested'],
  match(incident, state) {
    const told = eventsOf(incident, ['FailedBinding']);
    const pending = signalsOf(incident, 'phase', { phase: 'Pending' });
    const [signal] = [...told, ...pending];
    if (signal === undefined) return [];
    const claim = objectOf(state, signal.ref);
    const name = claim?.object.spec?.storageClassName;
    const provisioner = findObject(state, 'StorageClass', '', String(name ?? ''))?.object.provisioner;
    const isStatic = name === '' || provisioner === 'kubernetes.io/no-provisioner' || claim?.object.spec?.volumeName !== undefined;
    if (told.length === 0 && !isStatic) return [];
    const { misfits, complete } = claim === undefined ? { misfits: [], complete: false } : misfitsOf(state, claim.object);
    const base = {
      subject: claim?.ref ?? signal.ref,
      facts: {
        claim: signal.ref.name,
        namespace: signal.ref.namespace,
        class: name === undefined ? 'none' : String(name),
        size: String(claim?.object.spec?.resources?.requests?.storage ?? ''),
      },
    };
    const evidence = present(
      citeSignal(signal, 'the claim is not bound'),
      claim && citeField(claim, '/spec/storageClassName', 'the class: empty means that nothing is provisioned'),
      claim && citeField(claim, '/spec/resources/requests/storage', 'the size that the claim asks for'),
    );
    const unbound: RuleClaim = {
      ...base,
      reason: 'UnboundPvc',
      confidence: told.length > 0 ? 0.93 : 0.86,
      evidence,
      needs: complete ? [] : ['the PersistentVolumes of the cluster'],
    };
    const [near] = misfits;
    if (near === undefined) return [unbound];
    const { volume, reason, pointer } = near;
    const shown = present(...evidence, citeField(volume, pointer, `what PersistentVolume ${volume.ref.name} offers`));
    return [
      unbound,
      {
        ...base,
        reason,
        confidence: 0.9,
        evidence: shown,
        facts: { ...base.facts, volume: volume.ref.name, offers: brief(shown.at(-1)?.value) },
      },
    ];
  },
  describe(claim) {
    const { claim: pvc, namespace, class: name, size, volume, offers } = claim.facts;
    const without =
      name === '' || name === 'none'
        ? 'It names no StorageClass that provisions, and there is none by default for it'
        : `Its class ${name} provisions nothing`;
    const why =
      volume === undefined
        ? `${without}, so it waits for a PersistentVolume${size === '' ? '' : ` of at least ${size}`} that somebody creates; none fits.`
        : `PersistentVolume ${volume} ${words[claim.reason]} (it has ${offers}).`;
    return {
      rootCause: [
        observation(`PersistentVolumeClaim ${namespace}/${pvc} stays Pending: no persistent volume is available for it.`, idsOf(claim, 0)),
        inference(why, idsOf(claim)),
      ],
      steps: [
        step('Create a PersistentVolume that fits in size, access mode, class and labels.', `Claim ${pvc} is Bound.`, {
          command: `kubectl describe pvc ${pvc} -n ${namespace}`,
          risk: 'medium',
        }),
        step('Or recreate the claim with a StorageClass that provisions volumes.', `Claim ${pvc} is Bound.`, {
          command: 'kubectl get storageclass',
          risk: 'medium',
        }),
      ],
    };
  },
} satisfies Rule;

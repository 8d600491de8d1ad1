import { objectOf } from '../../state/lookups.ts';
import { citeField, citeSignal, idsOf, inference, observation, present, type Rule, signalsOf, step } from '../rule.ts';

/** The volume behind a bound claim is gone: the claim is Lost. */
export default {
  id: 'PVC-6',
  version: 1,
  title: 'Claim has lost its volume',
  reasons: ['PvcLost'],
  maturity: 'stable',
  kinds: ['PersistentVolumeClaim'],
  references: ['core/v1 PersistentVolumeClaimPhase Lost'],
  falsePositives: ['none known: the phase is set only when the bound volume does not exist'],
  knownGaps: ['who deleted the volume is not told'],
  match(incident, state) {
    return signalsOf(incident, 'phase', { phase: 'Lost' }).map((signal) => {
      const claim = objectOf(state, signal.ref);
      const volume = claim && citeField(claim, '/spec/volumeName', 'the volume that it was bound to');
      return {
        reason: 'PvcLost' as const,
        subject: signal.ref,
        confidence: 0.95,
        evidence: present(citeSignal(signal, 'the phase of the claim'), volume),
        facts: { claim: signal.ref.name, namespace: signal.ref.namespace, volume: String(volume?.value ?? '') },
      };
    });
  },
  describe(claim) {
    const { claim: pvc, namespace, volume } = claim.facts;
    return {
      rootCause: [
        observation(`PersistentVolumeClaim ${namespace}/${pvc} is in phase Lost.`, idsOf(claim, 0)),
        inference(
          `The PersistentVolume${volume === '' ? '' : ` ${volume}`} that it was bound to does not exist any more; its data may be gone.`,
          idsOf(claim),
        ),
      ],
      steps: [
        step(
          'Find out whether the storage behind the volume still exists (reclaim policy Retain) before anything is deleted.',
          'You know whether the data can be brought back.',
          { risk: 'none' },
        ),
        step(
          `Recreate the PersistentVolume${volume === '' ? '' : ` ${volume}`} on that storage, or restore a backup into a new claim.`,
          'The claim is Bound and the data is there.',
          { risk: 'high' },
        ),
      ],
    };
  },
} satisfies Rule;

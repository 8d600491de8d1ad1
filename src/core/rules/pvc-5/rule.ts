import type { ObjectRef } from '../../model/resource.ts';
import { covered } from '../../state/lookups.ts';
import { citeField, idsOf, inference, observation, present, type Rule, step, target } from '../rule.ts';
import { schedulingFindings } from '../scheduling.ts';
import { claimsOf } from '../volumes.ts';

/** A pod waits for a PersistentVolumeClaim that does not exist, is not bound, or has lost its volume. */
export default {
  id: 'PVC-5',
  version: 1,
  title: 'Pod waits for its PersistentVolumeClaim',
  reasons: ['PvcNotFound', 'UnboundPvc', 'PvcLost'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['pkg/scheduler/framework/plugins/volumebinding/volume_binding.go'],
  falsePositives: ['a claim that is bound a moment later: the incident recovers'],
  knownGaps: ['why a claim is unbound is told by the incident of the claim itself, if it was recorded'],
  match(incident, state) {
    return schedulingFindings(incident, state, ['PvcNotFound', 'UnboundPvc', 'PvcLost']).map(
      ({ reason, confidence, evidence, subject, pod, obstacle }) => {
        const claims = pod === undefined ? [] : claimsOf(state, pod);
        const waiting =
          claims.find(({ name, claim }) =>
            obstacle.claim === undefined ? claim?.object.status?.phase !== 'Bound' : name === obstacle.claim,
          ) ?? claims[0];
        const name = obstacle.claim ?? waiting?.name ?? '';
        const missing = reason === 'PvcNotFound';
        const ref: ObjectRef | undefined = waiting?.ref;
        const proven = missing && covered(state, 'PersistentVolumeClaim', subject.namespace) && waiting?.claim === undefined;
        return {
          reason,
          subject: missing || ref === undefined ? subject : ref,
          confidence: proven ? 0.97 : missing ? confidence : Math.min(confidence, 0.85),
          evidence: present(
            evidence,
            pod && waiting && citeField(pod, waiting.pointer, 'the claim that the pod mounts'),
            missing ? undefined : waiting?.claim && citeField(waiting.claim, '/status/phase', 'the phase of the claim'),
          ),
          facts: { name, namespace: subject.namespace, obstacle: obstacle.text },
          needs: missing || waiting?.claim !== undefined ? [] : ['the PersistentVolumeClaim and its Events'],
          ...(ref === undefined ? {} : { dependsOn: ref }),
        };
      },
    );
  },
  describe(claim) {
    const { name, namespace, obstacle } = claim.facts;
    const which = name === '' ? 'A PersistentVolumeClaim of the pod' : `PersistentVolumeClaim ${namespace}/${name}`;
    const told = observation(`The scheduler reports "${obstacle}".`, idsOf(claim, 0));
    if (claim.reason === 'PvcNotFound') {
      return {
        rootCause: [told, inference(`The pod mounts ${which}, which does not exist.`, idsOf(claim))],
        steps: [
          step(
            `Create claim ${name} in namespace ${namespace}, or correct claimName in the pod template.`,
            'The claim is Bound and the pod is scheduled.',
            { command: `kubectl edit ${target(claim.subject)}`, risk: 'medium' },
          ),
        ],
      };
    }
    const lost = claim.reason === 'PvcLost';
    return {
      rootCause: [
        told,
        inference(
          lost
            ? `${which} is bound to a PersistentVolume that no longer exists.`
            : `${which} is not bound to a volume, so the pod cannot be placed.`,
          idsOf(claim),
        ),
      ],
      steps: [
        step(
          'Read the Events of the claim: they say why it is not bound.',
          'You know whether a class, a provisioner or a volume is missing.',
          { command: `kubectl describe pvc ${name} -n ${namespace}`, risk: 'none' },
        ),
        step(
          lost
            ? 'Restore the volume from a backup and recreate the claim.'
            : 'Give it what it waits for: a PersistentVolume that fits, or a StorageClass that provisions.',
          'The claim is Bound and the pod is scheduled.',
          { risk: lost ? 'high' : 'medium' },
        ),
      ],
    };
  },
} satisfies Rule;

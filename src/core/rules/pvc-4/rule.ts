import { citeSignal, eventsOf, idsOf, inference, observation, type Rule, step } from '../rule.ts';
import { sentence } from '../wording.ts';

const missingClass = /storageclass(?:\.storage\.k8s\.io)? "[^"]+" not found/i;
const quota = /quota|ResourceExhausted|limit ?exceeded|exceeds? (?:the )?(?:\S+ )?limit|insufficient (?:capacity|space)/i;

/** The provisioner tried to make a volume and failed. */
export default {
  id: 'PVC-4',
  version: 1,
  title: 'Provisioning of a volume fails',
  reasons: ['ProvisioningFailed', 'ProvisioningQuota'],
  maturity: 'experimental',
  kinds: ['PersistentVolumeClaim'],
  references: ['sigs.k8s.io/sig-storage-lib-external-provisioner/controller (event ProvisioningFailed)'],
  falsePositives: ['a missing StorageClass (PVC-1)', 'a single failure that the next try heals: the incident recovers'],
  knownGaps: ['messages of drivers differ; only their quota words are told apart'],
  match(incident) {
    return eventsOf(incident, ['ProvisioningFailed', 'ExternalProvisioning'])
      .filter(({ detail }) => !missingClass.test(String(detail.message)))
      .map((signal) => {
        const message = String(signal.detail.message);
        const silent = signal.detail.reason === 'ExternalProvisioning';
        return {
          reason: !silent && quota.test(message) ? ('ProvisioningQuota' as const) : ('ProvisioningFailed' as const),
          subject: signal.ref,
          confidence: silent ? 0.62 : 0.7,
          evidence: [citeSignal(signal, silent ? 'the claim waits for an external provisioner' : 'the provisioner says why')],
          facts: { claim: signal.ref.name, namespace: signal.ref.namespace, message: message.slice(0, 400), silent: silent ? 1 : 0 },
        };
      });
  },
  describe(claim) {
    const { claim: pvc, namespace, message, silent } = claim.facts;
    const why =
      silent === 1
        ? 'The provisioner of its class has not made a volume: it may not be installed or not run.'
        : claim.reason === 'ProvisioningQuota'
          ? 'The storage backend has no quota or capacity left for it.'
          : 'The provisioner cannot make the volume.';
    return {
      rootCause: [
        observation(`PersistentVolumeClaim ${namespace}/${pvc} is not provisioned: ${sentence(message)}`, idsOf(claim, 0)),
        inference(why, idsOf(claim)),
      ],
      steps: [
        step('Look at the provisioner: its pods, logs and permissions.', 'It runs and names the error.', {
          command: 'kubectl get pods -A -l app.kubernetes.io/component=csi-driver; kubectl get csidrivers',
          risk: 'none',
        }),
        step(
          claim.reason === 'ProvisioningQuota'
            ? 'Raise the quota of the storage backend, or delete volumes that nobody needs.'
            : 'Correct what its message names (parameters of the class, credentials, zone).',
          `Claim ${pvc} is Bound.`,
          { risk: 'medium' },
        ),
      ],
    };
  },
} satisfies Rule;

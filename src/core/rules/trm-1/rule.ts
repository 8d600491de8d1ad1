import { itemsOf } from '../../model/fields.ts';
import { formatRef } from '../../model/resource.ts';
import { secondsBetween } from '../../model/time.ts';
import { findObject, listObjects, objectOf } from '../../state/lookups.ts';
import { citeField, citeSignal, idsOf, inference, namespaceFlag, observation, present, type Rule, signalsOf, step } from '../rule.ts';
import { claimsOf } from '../volumes.ts';

const finalizerSeconds = 300;
const podSeconds = 120;

/** An object that was deleted long ago and is still there: a finalizer, or a node that does not answer, holds it. */
export default {
  id: 'TRM-1',
  version: 1,
  title: 'Deletion does not finish',
  reasons: ['StuckTerminating', 'IntendedState'],
  maturity: 'experimental',
  kinds: ['Pod', 'Namespace', 'PersistentVolumeClaim', 'PersistentVolume'],
  references: ['https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/', 'core/v1 NamespaceCondition'],
  falsePositives: [
    'a claim that a running pod still uses is kept on purpose',
    'a pod with a long grace period: its deletionTimestamp lies ahead',
  ],
  knownGaps: ['which controller should remove the finalizer is known only by its name'],
  match(incident, state) {
    return signalsOf(incident, 'state', { field: 'terminating' }).flatMap((signal) => {
      const object = objectOf(state, signal.ref);
      if (!signal.active || object === undefined || object.deleted !== undefined) return [];
      const seconds = secondsBetween(String(signal.value), state.now);
      if (seconds < (signal.ref.kind === 'Pod' ? podSeconds : finalizerSeconds)) return [];
      const node = signal.ref.kind === 'Pod' ? findObject(state, 'Node', '', String(object.object.spec?.nodeName ?? '')) : undefined;
      const lost = itemsOf(node?.object.status?.conditions).some(({ type, status }) => type === 'Ready' && status !== 'True');
      const user = signal.ref.kind === 'PersistentVolumeClaim' ? userOf(signal.ref.namespace, signal.ref.name) : undefined;
      const conditions = itemsOf(object.object.status?.conditions);
      const blocked = conditions.findIndex(
        ({ type, status }) => status === 'True' && /ContentFailure|Remaining|DiscoveryFailure/.test(String(type)),
      );
      return [
        {
          reason: user === undefined ? ('StuckTerminating' as const) : ('IntendedState' as const),
          subject: signal.ref,
          confidence: 0.7,
          evidence: present(
            citeSignal(signal, 'since then it is being deleted'),
            citeField(object, '/metadata/finalizers', 'what must be done before it may go'),
            blocked < 0 ? undefined : citeField(object, `/status/conditions/${blocked}`, 'what its deletion waits for'),
          ),
          facts: {
            object: formatRef(signal.ref),
            finalizers: String(signal.detail.finalizers),
            message: String(conditions[blocked]?.message ?? ''),
            node: lost ? String(node?.ref.name) : '',
            user: user ?? '',
          },
          ...(lost && node !== undefined ? { dependsOn: node.ref } : {}),
        },
      ];
    });

    function userOf(namespace: string, claim: string): string | undefined {
      const pod = listObjects(state, 'Pod', namespace).find((one) => claimsOf(state, one).some(({ name }) => name === claim));
      return pod?.ref.name;
    }
  },
  describe(claim) {
    const { object, finalizers, message, node, user } = claim.facts;
    const why =
      user !== ''
        ? `Pod ${user} still uses it, and it is kept until that pod is gone.`
        : node !== ''
          ? `Its node ${node} does not answer, so nobody confirms that its containers have ended.`
          : message !== ''
            ? `Its deletion waits: ${message}`
            : finalizers === ''
              ? 'The kubelet of its node does not finish the deletion.'
              : `The finalizers ${finalizers} are still set: the controllers that should remove them have not done so.`;
    const { kind, name } = claim.subject;
    return {
      rootCause: [observation(`${object} is being deleted and still there.`, idsOf(claim, 0)), inference(why, idsOf(claim))],
      steps: [
        user !== ''
          ? step(`Delete pod ${user}, if the claim should go.`, 'The claim disappears.', { risk: 'medium' })
          : step('Find the controller or node that must finish the deletion, and repair it.', 'The object disappears by itself.', {
              command: `kubectl get ${kind.toLowerCase()} ${name}${namespaceFlag(claim.subject)} -o yaml`,
              risk: 'none',
            }),
      ],
    };
  },
} satisfies Rule;

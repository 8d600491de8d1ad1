import type { Signal } from '../../model/event.ts';
import { itemsOf } from '../../model/fields.ts';
import { covered, listObjects, objectOf } from '../../state/lookups.ts';
import type { ClusterState } from '../../state/state.ts';
import { capturedFields } from '../log-evidence.ts';
import {
  citeField,
  citeSignal,
  eventsOf,
  idsOf,
  inference,
  logsOf,
  observation,
  present,
  type Rule,
  type RuleClaim,
  step,
} from '../rule.ts';
import { ownerSubject } from '../subject.ts';

const denial =
  /is forbidden: User "(?<user>[^"]+)" cannot (?<verb>[\w-]+) (?:resource "(?<resource>[^"]+)" in API group "(?<apiGroup>[^"]*)"|(?<old>[\w./-]+))(?:[^"\n]{0,20}in the namespace "(?<namespace>[^"]+)")?/i;

/** The API server denies a request of the pod's ServiceAccount (or of a controller for it) for want of a Role. */
export default {
  id: 'RBA-1',
  version: 1,
  title: 'RBAC denies a request',
  reasons: ['RbacForbidden'],
  maturity: 'stable',
  kinds: ['Pod', 'ReplicaSet', 'Job', 'DaemonSet', 'StatefulSet'],
  references: ['k8s.io/apiserver responsewriters.Forbidden', 'https://kubernetes.io/docs/reference/access-authn-authz/rbac/'],
  falsePositives: [
    'a denied look at Leases or other optional requests of a workload that runs well',
    'quota, PodSecurity and webhooks also say "is forbidden", but not "User … cannot"',
  ],
  knownGaps: ['aggregated ClusterRoles and group bindings are not resolved', 'authorizers other than RBAC'],
  match(incident, state) {
    const lines = logsOf(incident, ['rbac-forbidden']).map((signal) => ({ signal, fields: capturedFields(signal) }));
    const events = eventsOf(incident, ['FailedCreate', 'Failed', 'FailedMount', 'ReconcileError', 'FailedSync'], denial).map((signal) => {
      const { groups = {} } = denial.exec(String(signal.detail.message)) ?? {};
      return { signal, fields: { ...groups, resource: groups.resource ?? groups.old ?? '' } as Record<string, string> };
    });
    return [...lines, ...events].map(({ signal, fields }) => claimOf(state, signal, fields));
  },
  describe(claim) {
    const { user, verb, resource, apiGroup, namespace, bindings } = claim.facts;
    const account = /^system:serviceaccount:([^:]+):(.+)$/.exec(String(user));
    const where = namespace === '' ? 'at the cluster scope' : `in namespace ${namespace}`;
    const kind = namespace === '' ? 'clusterrole' : 'role';
    const scope = namespace === '' ? '' : ` -n ${namespace}`;
    const what = `${verb} ${resource}${apiGroup === '' ? '' : `.${apiGroup}`}`;
    const bound =
      bindings === ''
        ? ''
        : bindings === '0'
          ? ' No recorded binding names this account.'
          : ` ${bindings} recorded binding(s) name it, none of them allows this.`;
    return {
      rootCause: [
        observation(`The API server refuses ${user || 'the ServiceAccount'}: it cannot ${what} ${where}.`, idsOf(claim, 0)),
        inference(`The account lacks a Role or ClusterRole with this permission.${bound}`, idsOf(claim)),
      ],
      steps: [
        step('Confirm what the account may do.', 'The answer is "no".', {
          command: `kubectl auth can-i ${verb || '<verb>'} ${resource || '<resource>'}${scope} --as=${user || '<user>'}`,
          risk: 'none',
        }),
        step(`Create a ${kind} that allows ${what} and bind it to the account.`, 'can-i answers "yes" and the errors end.', {
          command: `kubectl create ${kind} <name>${scope} --verb=${verb || '<verb>'} --resource=${resource || '<resource>'} && kubectl create ${kind}binding <name>${scope} --${kind}=<name> --serviceaccount=${account === null ? '<namespace>:<account>' : `${account[1]}:${account[2]}`}`,
          risk: 'medium',
        }),
      ],
    };
  },
} satisfies Rule;

function claimOf(state: ClusterState, signal: Signal, fields: Record<string, string>): RuleClaim {
  const { user = '', verb = '', resource = '', apiGroup = '', namespace = '' } = fields;
  const pod = objectOf(state, signal.ref);
  const bindings = bindingsOf(state, user, namespace);
  const optional = /^leases$|^events$/.test(resource);
  return {
    reason: 'RbacForbidden',
    subject: ownerSubject(state, signal.ref),
    confidence: optional ? 0.7 : user === '' ? 0.8 : 0.92,
    evidence: present(
      citeSignal(signal, 'the denial in the words of the API server'),
      pod && citeField(pod, '/spec/serviceAccountName', 'the account that the pod runs as'),
    ),
    facts: { user, verb, resource, apiGroup, namespace, bindings: bindings === undefined ? '' : String(bindings) },
  };
}

/** How many recorded bindings name the account; undefined when they were not all seen. */
function bindingsOf(state: ClusterState, user: string, namespace: string): number | undefined {
  const account = /^system:serviceaccount:([^:]+):(.+)$/.exec(user);
  const seen = covered(state, 'ClusterRoleBinding', '') && (namespace === '' || covered(state, 'RoleBinding', namespace));
  if (account === null || !seen) return undefined;
  const all = [...listObjects(state, 'ClusterRoleBinding'), ...(namespace === '' ? [] : listObjects(state, 'RoleBinding', namespace))];
  return all.filter(({ object }) =>
    itemsOf(object.subjects).some(({ kind, name, namespace: of }) => kind === 'ServiceAccount' && name === account[2] && of === account[1]),
  ).length;
}

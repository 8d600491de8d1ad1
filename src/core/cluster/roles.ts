import { quoted } from '../model/text.ts';
import type { Need } from './rights.ts';

/** The name of everything that is created to grant the rights. */
const name = 'k8s-labeler';

const rbacVersion = 'rbac.authorization.k8s.io/v1';

/**
 * The manifests that grant exactly these rights to a ServiceAccount `k8s-labeler`: a ClusterRole for what is needed everywhere, a Role per
 * namespace for the rest, and their bindings. YAML for `kubectl apply -f -`; every text from outside is quoted in it.
 */
export function roleManifests(needs: readonly Need[]): string {
  const namespaces = namespacesOf(needs);
  const home = namespaces[0] ?? 'default';
  const everywhere = needs.filter(({ namespace }) => namespace === undefined);
  const parts = [manifest('v1', 'ServiceAccount', home)];
  if (everywhere.length > 0) parts.push(manifest(rbacVersion, 'ClusterRole', undefined, rules(everywhere)));
  if (everywhere.length > 0) parts.push(manifest(rbacVersion, 'ClusterRoleBinding', undefined, binding('ClusterRole', home)));
  for (const place of namespaces) {
    parts.push(manifest(rbacVersion, 'Role', place, rules(needs.filter(({ namespace }) => namespace === place))));
    parts.push(manifest(rbacVersion, 'RoleBinding', place, binding('Role', home)));
  }
  return parts.join('---\n');
}

/** The kubectl lines that bind those roles to a user, or to the service account that a user name stands for. */
export function bindingCommands(needs: readonly Need[], user: string): string[] {
  const [, namespace, account] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user) ?? [];
  const subject = account === undefined ? `--user=${word(user)}` : `--serviceaccount=${word(`${namespace}:${account}`)}`;
  const everywhere = needs.some((need) => need.namespace === undefined);
  return [
    ...(everywhere ? [`kubectl create clusterrolebinding ${name}-user --clusterrole=${name} ${subject}`] : []),
    ...namespacesOf(needs).map((place) => `kubectl create rolebinding ${name}-user -n ${word(place)} --role=${name} ${subject}`),
  ];
}

function namespacesOf(needs: readonly Need[]): string[] {
  return [...new Set(needs.flatMap(({ namespace }) => (namespace === undefined ? [] : [namespace])))];
}

function manifest(apiVersion: string, kind: string, namespace: string | undefined, lines: string[] = []): string {
  const place = namespace === undefined ? [] : [`  namespace: ${text(namespace)}`];
  return `${[`apiVersion: ${apiVersion}`, `kind: ${kind}`, 'metadata:', `  name: ${name}`, ...place, ...lines].join('\n')}\n`;
}

function binding(kind: 'Role' | 'ClusterRole', home: string): string[] {
  return [
    'roleRef:',
    '  apiGroup: rbac.authorization.k8s.io',
    `  kind: ${kind}`,
    `  name: ${name}`,
    'subjects:',
    `  - { kind: ServiceAccount, name: ${name}, namespace: ${text(home)} }`,
  ];
}

const remarks: Record<string, string[]> = {
  secrets: [
    '  # Only names and other metadata of Secrets are asked for, but RBAC has no such right:',
    '  # who may list Secrets may read their values. Leave this rule out to do without.',
  ],
  'nodes/proxy': ['  # More than a right to read: it opens the whole API of every kubelet.'],
};

/** Rules of one group and the same verbs are one; what needs a remark, or one object only, stands alone. */
function rules(needs: readonly Need[]): string[] {
  const merged = new Map<string, Need & { resources: string[] }>();
  for (const need of needs) {
    const { group, resource, verbs, objectName = '' } = need;
    const key = JSON.stringify([group, verbs, objectName, group === '' && resource in remarks ? resource : '']);
    const rule = merged.get(key) ?? { ...need, resources: [] };
    if (!rule.resources.includes(resource)) rule.resources.push(resource);
    merged.set(key, rule);
  }
  const lines = [...merged.values()].flatMap(({ group, resource, resources, verbs, objectName }) => [
    ...(group === '' ? (remarks[resource] ?? []) : []),
    `  - apiGroups: [${text(group)}]`,
    `    resources: [${resources.map(text).join(', ')}]`,
    ...(objectName === undefined ? [] : [`    resourceNames: [${text(objectName)}]`]),
    `    verbs: [${verbs.map(text).join(', ')}]`,
  ]);
  return ['rules:', ...lines];
}

/** JSON strings are YAML strings; what JSON leaves as it is, a terminal must not obey either. */
function text(value: string): string {
  return JSON.stringify(value).replace(/[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function word(value: string): string {
  return /^[\w.:@/+-]+$/.test(value) ? value : quoted(value);
}

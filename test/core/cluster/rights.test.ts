import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { StreamSpec } from '../../../src/core/cluster/api.ts';
import { costOf } from '../../../src/core/cluster/costs.ts';
import { defaultResources, streamsOf } from '../../../src/core/cluster/resources.ts';
import { type Need, needsOf, needText } from '../../../src/core/cluster/rights.ts';
import { bindingCommands, roleManifests } from '../../../src/core/cluster/roles.ts';

const type = (group: string, resource: string, namespaced = true) => ({
  group,
  resource,
  namespaced,
  kind: resource,
  version: 'v1',
  verbs: ['list', 'watch'],
});
const types = [type('', 'pods'), type('', 'nodes', false), type('', 'secrets'), type('apps', 'deployments')];
const streams = (...namespaces: string[]): StreamSpec[] => streamsOf(types, { cluster: 'c01', namespaces });
const everything = { logs: true, metrics: true, network: true };
const nothingElse = { logs: false, metrics: false, network: false };

type Rule = { apiGroups: string[]; resources: string[]; resourceNames?: string[]; verbs: string[] };
type Manifest = {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
  rules?: Rule[];
  roleRef?: { kind: string; name: string };
  subjects?: { namespace: string }[];
};

function manifestsOf(needs: Need[]): Manifest[] {
  return parseAllDocuments(roleManifests(needs)).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS() as Manifest;
  });
}

/** Every (place, group, resource, verb, name) that manifests grant, as text. */
function granted(manifests: Manifest[]): string[] {
  return manifests.flatMap(({ kind, metadata, rules = [] }) =>
    rules.flatMap(({ apiGroups, resources, resourceNames = ['any'], verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          verbs.map((verb) => [kind === 'Role' ? metadata.namespace : 'cluster', group, resource, verb, ...resourceNames].join(' ')),
        ),
      ),
    ),
  );
}

function needed(needs: Need[]): string[] {
  return needs.flatMap(({ namespace = 'cluster', group, resource, verbs, objectName = 'any' }) =>
    verbs.map((verb) => [namespace, group, resource, verb, objectName].join(' ')),
  );
}

describe('what a recording needs', () => {
  it('is to list and watch each resource, and what logs, metrics and network figures take', () => {
    expect(needsOf(streams(), everything).map((need) => [needText(need), need.verbs.join()])).toEqual([
      ['pods', 'list,watch'],
      ['nodes', 'list,watch'],
      ['secrets', 'list,watch'],
      ['deployments.apps', 'list,watch'],
      ['pods/log', 'get'],
      ['pods.metrics.k8s.io', 'list'],
      ['nodes.metrics.k8s.io', 'list'],
      ['nodes/proxy', 'get'],
      ['namespaces kube-system', 'get'],
    ]);
  });

  it('is never nodes/proxy unless network figures are asked for', () => {
    expect(needsOf(streams(), nothingElse).map(needText)).not.toContain('nodes/proxy');
  });

  it('is asked for in the named namespaces only, where the resource lives in one', () => {
    const texts = needsOf(streams('shop', 'pay'), { ...nothingElse, logs: true }).map(needText);
    expect(texts).toEqual(
      expect.arrayContaining(['pods in shop', 'pods in pay', 'pods/log in shop', 'pods/log in pay', 'deployments.apps in shop', 'nodes']),
    );
    expect(texts).not.toContain('pods');
  });

  it('says for every resource of the default set what diagnosis loses without it', () => {
    const generic = costOf('widgets.example.com');
    const without = [...defaultResources, 'pods/log', 'nodes/proxy', 'pods.metrics.k8s.io'].filter((name) => costOf(name) === generic);
    expect(without).toEqual([]);
    expect(costOf('constructor')).toBe(generic);
  });
});

describe('the role', () => {
  it.each([
    ['the whole cluster', streams()],
    ['two namespaces', streams('shop', 'pay')],
  ])('grants exactly what is needed, for %s', (_, specs) => {
    const needs = needsOf(specs, everything);
    expect(granted(manifestsOf(needs)).sort()).toEqual(needed(needs).sort());
  });

  it('has no verb but get, list and watch', () => {
    const verbs = manifestsOf(needsOf(streams('shop'), everything)).flatMap(({ rules = [] }) => rules.flatMap((rule) => rule.verbs));
    expect(new Set(verbs)).toEqual(new Set(['get', 'list', 'watch']));
  });

  it('is bound to a service account, in the namespace where that is', () => {
    const manifests = manifestsOf(needsOf(streams('shop', 'pay'), everything));
    expect(manifests.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}`)).toEqual([
      'ServiceAccount shop',
      'ClusterRole ',
      'ClusterRoleBinding ',
      'Role shop',
      'RoleBinding shop',
      'Role pay',
      'RoleBinding pay',
    ]);
    for (const { kind, roleRef, subjects } of manifests.filter((one) => one.kind.endsWith('Binding'))) {
      expect(`${roleRef?.kind}Binding`).toBe(kind);
      expect(subjects).toEqual([{ kind: 'ServiceAccount', name: 'k8s-labeler', namespace: 'shop' }]);
    }
  });

  it('tells that who may list Secrets may read them, in a rule that can be left out', () => {
    const yaml = roleManifests(needsOf(streams(), everything));
    expect(yaml).toMatch(/# .*Secrets[^-]*Leave this rule out[^-]*- apiGroups: \[""\]\n {4}resources: \["secrets"\]\n/);
  });

  it('holds whatever a server or a user calls things, and nothing more', () => {
    const name = fc.string({ minLength: 1, unit: 'binary' }).filter((text) => text.isWellFormed() && !text.includes('/'));
    fc.assert(
      fc.property(name, name, name, (group, resource, namespace) => {
        const needs = needsOf(streamsOf([type(group, resource)], { cluster: 'c', namespaces: [namespace] }), nothingElse);
        expect(granted(manifestsOf(needs)).sort()).toEqual(needed(needs).sort());
        expect(roleManifests(needs)).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
      }),
    );
  });
});

describe('the lines that bind it', () => {
  it('name the user', () => {
    expect(bindingCommands(needsOf(streams(), everything), 'jane@example.com')).toEqual([
      'kubectl create clusterrolebinding k8s-labeler-user --clusterrole=k8s-labeler --user=jane@example.com',
    ]);
  });

  it('name a service account as one, and each namespace', () => {
    expect(bindingCommands(needsOf(streams('shop'), nothingElse), 'system:serviceaccount:ci:bot')).toEqual([
      'kubectl create clusterrolebinding k8s-labeler-user --clusterrole=k8s-labeler --serviceaccount=ci:bot',
      'kubectl create rolebinding k8s-labeler-user -n shop --role=k8s-labeler --serviceaccount=ci:bot',
    ]);
  });

  it('are one word to a shell, whatever the user is called', () => {
    const [line] = bindingCommands(needsOf(streams(), nothingElse), "jane'; rm -rf $HOME");
    expect(line).toMatch(/ --user='jane'\\''; rm -rf \$HOME'$/);
  });
});

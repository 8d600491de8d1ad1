import { type Answer, type Asked, json, type Served } from './answer.ts';
import { metricsTypes } from './metrics.ts';
import { discoveryForm } from './negotiate.ts';
import { groupVersionOf, type ServedType } from './resource-types.ts';
import { unknownResource } from './status.ts';

const watched = ['get', 'list', 'watch'];
const read = ['get', 'list'];

/** Every resource that is served now, the metrics API last. */
export function servedTypes({ state }: Served): ServedType[] {
  const types = [...state.collections.values()].map(({ type }) => type).sort((a, b) => (a.resource < b.resource ? -1 : 1));
  return state.metrics === undefined ? types : [...types, ...metricsTypes];
}

/** `/api` and `/apis`: the versions and groups, or aggregated discovery where the client asks for it. */
export function groupsAnswer(served: Served, asked: Asked, root: 'core' | 'groups'): Answer {
  const version = discoveryForm(asked.accept);
  const types = servedTypes(served).filter(({ group }) => (group === '') === (root === 'core'));
  if (version !== undefined) return aggregated(types, version);
  if (root === 'core') return json({ kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] });
  return json({ kind: 'APIGroupList', apiVersion: 'v1', groups: groupsOf(types).map((group) => groupObject(types, group)) });
}

/** `/apis/GROUP`. */
export function groupAnswer(served: Served, group: string): Answer {
  const types = servedTypes(served);
  if (group === '' || !types.some((type) => type.group === group)) throw unknownResource();
  return json({ kind: 'APIGroup', apiVersion: 'v1', ...groupObject(types, group) });
}

/** `/api/v1`, `/apis/GROUP/VERSION`: the resources with their short names. */
export function resourcesAnswer(served: Served, place: { group: string; version: string }): Answer {
  const types = servedTypes(served).filter(({ group, version }) => group === place.group && version === place.version);
  if (types.length === 0 && place.group !== '') throw unknownResource();
  const resources = types.flatMap((type) => {
    const { resource, singular, namespaced, kind, shortNames, categories } = type;
    const names = { ...(shortNames.length > 0 ? { shortNames } : {}), ...(categories.length > 0 ? { categories } : {}) };
    const entry = { name: resource, singularName: singular, namespaced, kind, verbs: verbsOf(type), ...names };
    return hasLog(type) ? [entry, { name: 'pods/log', singularName: '', namespaced, kind, verbs: ['get'] }] : [entry];
  });
  return json({ kind: 'APIResourceList', apiVersion: 'v1', groupVersion: groupVersionOf(place), resources });
}

function aggregated(types: ServedType[], version: string): Answer {
  const items = groupsOf(types).map((group) => ({
    metadata: { name: group, creationTimestamp: null },
    versions: versionsOf(types, group).map((inGroup) => ({
      version: inGroup,
      resources: types.filter((type) => type.group === group && type.version === inGroup).map(aggregatedResource),
      freshness: 'Current',
    })),
  }));
  const body = { kind: 'APIGroupDiscoveryList', apiVersion: `apidiscovery.k8s.io/${version}`, metadata: {}, items };
  return { ...json(body), type: `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList` };
}

function aggregatedResource(type: ServedType): object {
  const responseKind = { group: type.group, version: type.version, kind: type.kind };
  const log = { subresource: 'log', responseKind: { group: '', version: '', kind: 'Pod' }, verbs: ['get'] };
  return {
    resource: type.resource,
    responseKind,
    scope: type.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: type.singular,
    verbs: verbsOf(type),
    ...(type.shortNames.length > 0 ? { shortNames: type.shortNames } : {}),
    ...(type.categories.length > 0 ? { categories: type.categories } : {}),
    ...(hasLog(type) ? { subresources: [log] } : {}),
  };
}

function groupObject(types: ServedType[], group: string): object {
  const versions = versionsOf(types, group).map((version) => ({ groupVersion: groupVersionOf({ group, version }), version }));
  return { name: group, versions, preferredVersion: versions[0] };
}

function groupsOf(types: ServedType[]): string[] {
  return [...new Set(types.map(({ group }) => group))].sort();
}

/** Stable versions first. */
function versionsOf(types: ServedType[], group: string): string[] {
  const versions = new Set(types.filter((type) => type.group === group).map(({ version }) => version));
  const isStable = (version: string) => /^v\d+$/.test(version);
  return [...versions].sort((a, b) => Number(isStable(b)) - Number(isStable(a)) || (a < b ? 1 : -1));
}

/** What can be done with the resources of a group. */
export function verbsOf({ group }: Pick<ServedType, 'group'>): string[] {
  return group === 'metrics.k8s.io' ? read : watched;
}

function hasLog({ group, resource }: ServedType): boolean {
  return group === '' && resource === 'pods';
}

import { fieldsOf, itemsOf, text, textsOf } from '../model/fields.ts';
import type { KubernetesObject } from '../model/resource.ts';
import type { ApiClient, ResourceType } from './api.ts';
import { ask, readJson } from './ask.ts';
import { newGate, within } from './limit.ts';
import { readStatus } from './status.ts';

/** Listable things a cluster serves, and what of discovery failed (an aggregated API that is down, for example), in words. */
export type Discovery = { resources: ResourceType[]; problems: string[] };

const aggregated = ['v2', 'v2beta1'].map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`);
const accept = [...aggregated, 'application/json'].join(',');
const groupsAtOnce = 8;

/**
 * The resources of each group without subresources, each in the most preferred version that has it: by aggregated discovery (KEP-3352) or,
 * from older servers, version by version. What cannot be reached is a problem, not an error.
 */
export async function discover(client: ApiClient, signal: AbortSignal): Promise<Discovery> {
  const found: Discovery = { resources: [], problems: [] };
  const gate = newGate(groupsAtOnce);
  for (const path of ['/api', '/apis']) {
    const list = await get(client, path, signal, found.problems);
    if (list.kind === 'APIGroupDiscoveryList') addAggregated(list, found);
    else {
      const versions = path === '/api' ? textsOf(list.versions).map((version) => ({ group: '', version })) : versionsOf(list);
      const each = await Promise.all(
        versions.map((gv) =>
          within(gate, async () => ({
            ...gv,
            list: await get(client, gv.group === '' ? `/api/${gv.version}` : `/apis/${gv.group}/${gv.version}`, signal, found.problems),
          })),
        ),
      );
      for (const { group, version, list: own } of each) addResources(own, group, version, found);
    }
  }
  return found;
}

async function get(client: ApiClient, path: string, signal: AbortSignal, problems: string[]): Promise<KubernetesObject> {
  try {
    const response = await ask(client, { path, accept, signal });
    if (response.status !== 200) {
      const { code, message } = await readStatus(response);
      problems.push(`discovery of ${path} failed: ${message || 'no answer'} (HTTP ${code})`);
      return {};
    }
    return fieldsOf(await readJson(response));
  } catch (error) {
    signal.throwIfAborted();
    problems.push(`discovery of ${path} failed: ${error instanceof Error ? error.message : String(error)}`);
    return {};
  }
}

function addAggregated(list: KubernetesObject, found: Discovery): void {
  for (const item of itemsOf(list.items)) {
    const group = text(fieldsOf(item.metadata).name);
    for (const { version: name, freshness, resources } of itemsOf(item.versions)) {
      const version = text(name);
      if (freshness === 'Stale') found.problems.push(`${group}/${version} does not answer: what it serves is not recorded`);
      for (const { resource, responseKind, scope, verbs } of itemsOf(resources)) {
        const kind = text(fieldsOf(responseKind).kind);
        add(found, { group, version, resource: text(resource), kind, namespaced: scope === 'Namespaced', verbs: textsOf(verbs) });
      }
    }
  }
}

/** The versions of each group, the preferred one first. */
function versionsOf(list: KubernetesObject): { group: string; version: string }[] {
  return itemsOf(list.groups).flatMap(({ name, preferredVersion, versions }) => {
    const all = [fieldsOf(preferredVersion), ...itemsOf(versions)].map(({ version }) => text(version));
    return [...new Set(all)].filter(Boolean).map((version) => ({ group: text(name), version }));
  });
}

function addResources(list: KubernetesObject, group: string, version: string, found: Discovery): void {
  for (const { name, kind, namespaced, verbs } of itemsOf(list.resources)) {
    const resource = text(name);
    if (resource.includes('/')) continue;
    add(found, { group, version, resource, kind: text(kind), namespaced: namespaced === true, verbs: textsOf(verbs) });
  }
}

/** A group may have some resources in a lesser version only: batch had its CronJobs so, and many groups of custom resources do. */
function add({ resources }: Discovery, type: ResourceType): void {
  if (!resources.some(({ group, resource }) => group === type.group && resource === type.resource)) resources.push(type);
}

import { fieldsOf, itemsOf, text, textsOf } from '../model/fields.ts';
import { parseJson } from '../model/json.ts';
import type { KubernetesObject } from '../model/resource.ts';
import type { ApiClient, ResourceType } from './api.ts';
import { newGate, within } from './limit.ts';
import { readStatus } from './status.ts';

/** Listable things a cluster serves, and what of discovery failed (an aggregated API that is down, for example), in words. */
export type Discovery = { resources: ResourceType[]; problems: string[] };

const aggregated = ['v2', 'v2beta1'].map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`);
const accept = [...aggregated, 'application/json'].join(',');
const groupsAtOnce = 8;

/**
 * The resources of each group in its preferred version, without subresources: by aggregated discovery (KEP-3352) or, from older servers,
 * group by group. What cannot be reached is a problem, not an error.
 */
export async function discover(client: ApiClient, signal: AbortSignal): Promise<Discovery> {
  const found: Discovery = { resources: [], problems: [] };
  const gate = newGate(groupsAtOnce);
  for (const path of ['/api', '/apis']) {
    const list = await get(client, path, signal, found.problems);
    if (list.kind === 'APIGroupDiscoveryList') addAggregated(list, found);
    else {
      const versions =
        path === '/api'
          ? textsOf(list.versions)
              .slice(0, 1)
              .map((version) => ({ group: '', version }))
          : preferredOf(list);
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
    const response = await client.request({ path, accept, signal });
    if (response.status !== 200) {
      const { code, message } = await readStatus(response);
      problems.push(`discovery of ${path} failed: ${message || 'no answer'} (HTTP ${code})`);
      return {};
    }
    const chunks: Buffer[] = [];
    for await (const chunk of response.body) chunks.push(chunk);
    return fieldsOf(parseJson(Buffer.concat(chunks).toString('utf8')));
  } catch (error) {
    signal.throwIfAborted();
    problems.push(`discovery of ${path} failed: ${error instanceof Error ? error.message : String(error)}`);
    return {};
  }
}

function addAggregated(list: KubernetesObject, { resources, problems }: Discovery): void {
  for (const item of itemsOf(list.items)) {
    const group = text(fieldsOf(item.metadata).name);
    const [preferred] = itemsOf(item.versions);
    if (preferred === undefined) continue;
    const version = text(preferred.version);
    if (preferred.freshness === 'Stale') problems.push(`${group}/${version} does not answer: what it serves is not recorded`);
    for (const one of itemsOf(preferred.resources)) {
      const kind = text(fieldsOf(one.responseKind).kind);
      resources.push({
        group,
        version,
        resource: text(one.resource),
        kind,
        namespaced: one.scope === 'Namespaced',
        verbs: textsOf(one.verbs),
      });
    }
  }
}

function preferredOf(list: KubernetesObject): { group: string; version: string }[] {
  return itemsOf(list.groups).map((group) => ({
    group: text(group.name),
    version: text(fieldsOf(group.preferredVersion).version) || text(itemsOf(group.versions)[0]?.version),
  }));
}

function addResources(list: KubernetesObject, group: string, version: string, { resources }: Discovery): void {
  for (const one of itemsOf(list.resources)) {
    const resource = text(one.name);
    if (resource.includes('/')) continue;
    resources.push({ group, version, resource, kind: text(one.kind), namespaced: one.namespaced === true, verbs: textsOf(one.verbs) });
  }
}

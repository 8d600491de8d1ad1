import type { ContainerUsage, ResourceMetrics } from '../model/capture.ts';
import { type Answer, type Asked, json, type Served } from './answer.ts';
import { keyOf, treeOf } from './collection.ts';
import { isoTime } from './moment.ts';
import { objectForm } from './negotiate.ts';
import { metricsKey } from './replay-state.ts';
import type { ServedType } from './resource-types.ts';
import type { Target } from './route.ts';
import { selectionOf } from './selectors.ts';
import { notFound, unknownResource } from './status.ts';
import { rowOf, tableOf } from './table.ts';

/** The resources of metrics.k8s.io, which are answered from samples. */
export const metricsTypes: readonly ServedType[] = [
  {
    group: 'metrics.k8s.io',
    version: 'v1beta1',
    resource: 'nodes',
    singular: '',
    kind: 'NodeMetrics',
    namespaced: false,
    shortNames: [],
    categories: [],
  },
  {
    group: 'metrics.k8s.io',
    version: 'v1beta1',
    resource: 'pods',
    singular: '',
    kind: 'PodMetrics',
    namespaced: true,
    shortNames: [],
    categories: [],
  },
];

/** GET of metrics.k8s.io: the newest sample of each pod or node that is there now. Throws StatusError. */
export function metricsAnswer(served: Served, asked: Asked, target: Target & { name?: string }): Answer {
  const type = metricsTypes.find(({ resource, version }) => resource === target.resource && version === target.version);
  const { metrics } = served.state;
  if (type === undefined || metrics === undefined) throw unknownResource();
  const form = objectForm(asked.accept);
  const now = served.playback.now();
  const kind = type.resource === 'pods' ? 'Pod' : 'Node';
  const shown = (items: object[], meta: object) =>
    tableOf(
      type,
      items.map((item) => rowOf(type, item, now, 'Object', 'v1')),
      meta,
      'v1',
    ); // prettier-ignore
  if (target.name !== undefined) {
    const sample = metrics.get(metricsKey({ kind, namespace: target.namespace ?? '', name: target.name }));
    const item = sample === undefined ? undefined : metricsObject(served, type, sample, now);
    if (item === undefined) throw notFound(type, `${target.namespace === undefined ? '' : `${target.namespace}/`}${target.name}`);
    return json(form.as === 'table' ? shown([item], {}) : item);
  }
  const fields = asked.query.get('fieldSelector') ?? '';
  const labels = asked.query.get('labelSelector') ?? '';
  const selects = selectionOf({ labels, fields, ...(target.namespace === undefined ? {} : { namespace: target.namespace }) });
  const items = [...metrics.entries()]
    .filter(([key]) => key.startsWith(`${kind}/`))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, sample]) => metricsObject(served, type, sample, now))
    .filter((item) => item !== undefined)
    .filter((item) => selects({ namespace: item.metadata.namespace ?? '', name: item.metadata.name }, () => item));
  if (form.as === 'table') return json(shown(items, {}));
  return json({ kind: `${type.kind}List`, apiVersion: 'metrics.k8s.io/v1beta1', metadata: {}, items });
}

/** A sample as the metrics API serves it, with the labels of its pod or node; undefined when that is gone or has ended. */
function metricsObject({ state }: Served, { kind }: ServedType, sample: ResourceMetrics, now: number) {
  const { namespace, name, uid } = sample.ref;
  const collection = state.collections.get(kind === 'PodMetrics' ? 'pods' : 'nodes');
  const stored = collection?.objects.get(keyOf({ namespace, name }));
  const object = collection === undefined || stored === undefined ? undefined : treeOf(collection.type, stored);
  if (collection !== undefined && (object === undefined || (uid !== '' && stored?.uid !== uid))) return undefined;
  if (object?.status?.phase === 'Succeeded' || object?.status?.phase === 'Failed') return undefined;
  const labels = object?.metadata?.labels;
  return {
    kind,
    apiVersion: 'metrics.k8s.io/v1beta1',
    metadata: {
      name,
      ...(namespace === '' ? {} : { namespace }),
      creationTimestamp: `${isoTime(now).slice(0, 19)}Z`,
      ...(labels === undefined ? {} : { labels }),
    },
    timestamp: sample.timestamp,
    window: goDuration(sample.windowSeconds),
    ...(kind === 'NodeMetrics' ? { usage: usageOf(sample) } : { containers: containersOf(sample, object?.spec?.containers?.[0]?.name) }),
  };
}

function containersOf(sample: ResourceMetrics, only: unknown): object[] {
  const containers: ContainerUsage[] = sample.containers ?? [{ ...sample, name: typeof only === 'string' ? only : '' }];
  return containers.map((container) => ({ name: container.name, usage: usageOf(container) }));
}

/** Quantities as metrics-server writes them: nanocores and KiB. */
function usageOf({ cpuMillicores, memoryBytes }: Pick<ContainerUsage, 'cpuMillicores' | 'memoryBytes'>): { cpu: string; memory: string } {
  const nanocores = Math.round(cpuMillicores * 1e6);
  const memory = memoryBytes % 1024 === 0 && memoryBytes > 0 ? `${memoryBytes / 1024}Ki` : String(memoryBytes);
  return { cpu: nanocores === 0 ? '0' : `${nanocores}n`, memory };
}

/** `20.019s`, `1m0s`: Go's time.Duration. */
function goDuration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const rest = `${Math.round((seconds - minutes * 60) * 1e9) / 1e9}s`;
  return minutes === 0 ? rest : `${minutes}m${rest}`;
}

import type { KubernetesObject } from '../model/resource.ts';
import type { ServedType } from './resource-types.ts';
import { created, nameOf, type Printer, printer } from './tables/cells.ts';
import { clusterPrinters } from './tables/cluster.ts';
import { networkPrinters } from './tables/network.ts';
import { podPrinter } from './tables/pod.ts';
import { workloadPrinters } from './tables/workloads.ts';

/** A row of meta.k8s.io Table. */
export type TableRow = { cells: unknown[]; conditions?: object[]; object?: unknown };

/** What a Table carries of each object besides its cells (query `includeObject`). */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

const printers: Record<string, Printer> = { pods: podPrinter, ...workloadPrinters, ...networkPrinters, ...clusterPrinters };
const anyPrinter = printer(['Name', 'Age'], (object, now) => [nameOf(object), created(object, now)]);
const builtInGroup = /^(?:|extensions|apps|batch|autoscaling|policy|(?!metrics\.).+\.k8s\.io)$/;

/** The columns of a resource, as `kubectl get` shows it; custom resources have name and age. */
export function printerOf({ resource, group }: ServedType): Printer {
  return (builtInGroup.test(group) && Object.hasOwn(printers, resource) ? printers[resource] : undefined) ?? anyPrinter;
}

/** The row of one object at a moment (epoch milliseconds). */
export function rowOf(type: ServedType, object: KubernetesObject, now: number, include: IncludeObject, version: string): TableRow {
  const cells = cellsOf(printerOf(type), object, now);
  const conditions = type.resource === 'pods' ? podConditions.get(object.status?.phase) : undefined;
  const carried = include === 'None' ? undefined : include === 'Object' ? object : metadataOf(object, version);
  return { cells, ...(conditions === undefined ? {} : { conditions }), ...(carried === undefined ? {} : { object: carried }) };
}

/** A whole Table. */
export function tableOf(type: ServedType, rows: TableRow[], listMeta: object, version: string): object {
  return { kind: 'Table', apiVersion: `meta.k8s.io/${version}`, metadata: listMeta, columnDefinitions: printerOf(type).columns, rows };
}

/** The object without anything but its metadata. */
export function metadataOf({ metadata }: KubernetesObject, version: string): object {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata };
}

/** What is recorded of a cluster need not have the shape its kind should have. */
function cellsOf({ cells, columns }: Printer, object: KubernetesObject, now: number): unknown[] {
  try {
    return cells(object, now);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return columns.map(({ format }) => (format === 'name' ? nameOf(object) : '<invalid>'));
  }
}

const podConditions = new Map<unknown, object[]>([
  ['Succeeded', [{ type: 'Completed', status: 'True', reason: 'Succeeded', message: 'The pod has completed successfully.' }]],
  ['Failed', [{ type: 'Completed', status: 'True', reason: 'Failed', message: 'The pod failed.' }]],
]);

import { closeSync, existsSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { captureError } from '../errors.ts';
import { oneLine } from '../model/text.ts';
import { readDump } from './dump.ts';
import type { DumpLayout } from './dump-layout.ts';
import { foldersIn } from './files.ts';
import type { Importer } from './importer.ts';
import { type LogOwner, ownerOf } from './logs.ts';
import { type Names, namespaceOfPod, soleContainer } from './names.ts';
import { readSpan } from './scan.ts';

const clusterResources = 'cluster-resources';

/** Folders of cluster-resources whose older files are bare arrays, in which the items name neither kind nor apiVersion. */
const kinds: Record<string, [apiVersion: string, kind: string]> = {
  configmaps: ['v1', 'ConfigMap'],
  cronjobs: ['batch/v1', 'CronJob'],
  'custom-resource-definitions': ['apiextensions.k8s.io/v1', 'CustomResourceDefinition'],
  daemonsets: ['apps/v1', 'DaemonSet'],
  deployments: ['apps/v1', 'Deployment'],
  endpoints: ['v1', 'Endpoints'],
  endpointslices: ['discovery.k8s.io/v1', 'EndpointSlice'],
  events: ['v1', 'Event'],
  ingress: ['networking.k8s.io/v1', 'Ingress'],
  jobs: ['batch/v1', 'Job'],
  leases: ['coordination.k8s.io/v1', 'Lease'],
  limitranges: ['v1', 'LimitRange'],
  namespaces: ['v1', 'Namespace'],
  'network-policy': ['networking.k8s.io/v1', 'NetworkPolicy'],
  nodes: ['v1', 'Node'],
  'pod-disruption-budgets': ['policy/v1', 'PodDisruptionBudget'],
  pods: ['v1', 'Pod'],
  priorityclasses: ['scheduling.k8s.io/v1', 'PriorityClass'],
  pvcs: ['v1', 'PersistentVolumeClaim'],
  pvs: ['v1', 'PersistentVolume'],
  replicasets: ['apps/v1', 'ReplicaSet'],
  'resource-quota': ['v1', 'ResourceQuota'],
  serviceaccounts: ['v1', 'ServiceAccount'],
  services: ['v1', 'Service'],
  statefulsets: ['apps/v1', 'StatefulSet'],
  'storage-classes': ['storage.k8s.io/v1', 'StorageClass'],
  volumeattachments: ['storage.k8s.io/v1', 'VolumeAttachment'],
};

const layout: DumpLayout = {
  logOwner: (parts, names) => logOfClusterResources(parts) ?? logOfCollector(parts, names),
  ignored: (parts) => {
    if (parts.includes('host-collectors')) return 'file of a host collector';
    if (/-errors\.(?:json|log)$/.test(parts.at(-1) ?? '')) return 'error report of a collector';
    return parts.at(-1) === 'analysis.json' ? 'analysis of a support bundle' : undefined;
  },
  kindOf: (parts) => {
    const below = parts.slice(parts.indexOf(clusterResources) + 1);
    const folder = (below.at(-2) ?? below.at(-1) ?? '').replace(/\.json$/, '');
    const known = parts.includes(clusterResources) && below.length <= 2 && Object.hasOwn(kinds, folder) ? kinds[folder] : undefined;
    return known === undefined ? undefined : { apiVersion: known[0], kind: known[1] };
  },
};

/** A folder of `kubectl support-bundle` (troubleshoot.sh), or one that holds it. */
export const supportBundle: Importer = {
  title: 'support bundles of troubleshoot.sh, with their pod logs',
  detect: async (path) => bundlesOf(path).length > 0,
  read: async function* (paths, options, report) {
    for (const bundle of paths.flatMap(bundlesOf)) refuseUnknownVersion(bundle);
    yield* readDump(paths, options, report, layout);
  },
};

/** …/cluster-resources/pods/logs/<namespace>/<pod>/<container>[-previous].log */
function logOfClusterResources(parts: string[]): LogOwner | undefined {
  const [file = '', pod = '', namespace = '', logs, pods] = parts.toReversed();
  const [, container = '', previous] = /^(.+?)(-previous)?\.log$/.exec(file) ?? [];
  if (logs !== 'logs' || pods !== 'pods') return undefined;
  return ownerOf({ namespace, pod, container, previous: previous !== undefined });
}

/** <collector>/<pod>[-previous].log, as the logs collector writes where a pod has one container. */
function logOfCollector(parts: string[], names: Names): LogOwner | undefined {
  const [, pod = '', previous] = /^(.+?)(-previous)?\.log$/.exec(parts.at(-1) ?? '') ?? [];
  const namespace = namespaceOfPod(names, pod);
  const container = namespace === undefined ? undefined : soleContainer(names, namespace, pod);
  if (namespace === undefined || container === undefined) return undefined;
  return ownerOf({ namespace, pod, container, previous: previous !== undefined });
}

function bundlesOf(path: string): string[] {
  if (!statSync(path).isDirectory()) return [];
  return [path, ...foldersIn(path).map((name) => join(path, name))].filter((folder) => existsSync(join(folder, clusterResources)));
}

/** `version.yaml` names the form of the bundle by its apiVersion; bundles of old have none. */
function refuseUnknownVersion(bundle: string): void {
  const file = join(bundle, 'version.yaml');
  if (!existsSync(file)) return;
  const fd = openSync(file, 'r');
  try {
    const found = /^apiVersion:\s*(.*)$/m.exec(readSpan(fd, 0, 4096).toString('utf8'))?.[1]?.trim() ?? 'no apiVersion';
    if (/^["']?troubleshoot\.(?:sh|replicated\.com)\/v1beta[123]["']?$/.test(found)) return;
    throw captureError('IMPORT_VERSION', `version.yaml: found ${oneLine(found, 60)}, expected troubleshoot.sh/v1beta2`, {
      suggestions: ['import it as a plain dump with --format dump, or update k8s-labeler'],
    });
  } finally {
    closeSync(fd);
  }
}

import type { CaptureRecord } from '../model/capture.ts';
import { formatRef, type KubernetesObject, type ObjectMeta, type ObjectRef } from '../model/resource.ts';

type Named = Pick<ObjectRef, 'kind' | 'namespace' | 'name'>;

/**
 * The object that a record is about, as text: for an Event what it speaks of, for a log line its pod, for an audit entry what was changed.
 * Undefined for other records.
 */
export function objectOf(record: CaptureRecord): string | undefined {
  if (record.kind === 'metrics') return formatRef(record.sample.ref);
  if (record.kind === 'log') return formatRef({ kind: 'Pod', namespace: record.line.namespace, name: record.line.pod });
  if (record.kind === 'note') return record.audit === undefined ? undefined : formatRef(record.audit.ref);
  if (record.kind !== 'resource') return undefined;
  const { object, ref } = record.event;
  const involved = object.involvedObject ?? object.regarding;
  return formatRef(ref.kind === 'Event' && involved !== undefined ? named(involved) : ref);
}

/** The objects that own a record's object. */
export function ownersIn(record: CaptureRecord | undefined): string[] {
  const metadata = metaOf(record);
  return (metadata?.ownerReferences ?? []).map(({ kind, name }) => formatRef({ kind, name, namespace: metadata?.namespace ?? '' }));
}

/** The objects that a record's object names in its spec: its node, claims, ConfigMaps and Secrets, its scale target, its class. */
export function referencesIn(record: CaptureRecord | undefined): string[] {
  if (record?.kind !== 'resource') return [];
  const { object, ref } = record.event;
  const spec = object.spec ?? {};
  const pod = spec.template?.spec ?? spec;
  const target = spec.scaleTargetRef;
  const volumes: KubernetesObject[] = Array.isArray(pod.volumes) ? pod.volumes : [];
  const found: [kind: string, name: unknown, namespace?: string][] = [
    ['Node', pod.nodeName, ''],
    ['StorageClass', spec.storageClassName, ''],
    ['PersistentVolume', spec.volumeName, ''],
    ['ServiceAccount', pod.serviceAccountName],
    [target?.kind, target?.name],
    ...volumes.flatMap((volume): [string, unknown][] => [
      ['PersistentVolumeClaim', volume.persistentVolumeClaim?.claimName],
      ['ConfigMap', volume.configMap?.name],
      ['Secret', volume.secret?.secretName],
    ]),
  ];
  return found.flatMap(([kind, name, namespace = ref.namespace]) =>
    typeof name === 'string' ? [formatRef({ kind, namespace, name })] : [],
  );
}

/** Whether a Service's selector and the labels of another record's pods have a pair in common: it selects them, or was meant to. */
export function selects(service: CaptureRecord, other: CaptureRecord): boolean {
  if (service.kind !== 'resource' || other.kind !== 'resource' || service.event.ref.kind !== 'Service') return false;
  if (service.event.ref.namespace !== other.event.ref.namespace) return false;
  const { spec, metadata } = other.event.object;
  const labels = spec?.template?.metadata?.labels ?? metadata?.labels ?? {};
  return Object.entries(service.event.object.spec?.selector ?? {}).some(([key, value]) => labels[key] === value);
}

function metaOf(record: CaptureRecord | undefined): ObjectMeta | undefined {
  return record?.kind === 'resource' ? record.event.object.metadata : undefined;
}

function named({ kind = '', namespace = '', name = '' }: Partial<Named>): Named {
  return { kind, namespace, name };
}

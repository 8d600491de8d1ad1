import { fieldsOf, itemsOf, text } from '../../model/fields.ts';
import type { KubernetesObject } from '../../model/resource.ts';
import { accessModes, ageOf, count, created, nameOf, type Printer, printer, textOr } from './cells.ts';

/** The columns of Events, nodes, storage, configuration and access. */
export const clusterPrinters: Record<string, Printer> = {
  events: printer(
    ['Last Seen', 'Type', 'Reason', 'Object', '+Subobject', '+Source', 'Message', '+First Seen', '+#Count', '+Name'],
    (object, now) => {
      const { involvedObject = {}, series, reportingComponent, reportingInstance, source = {} } = object;
      const first = ageOf(object.firstTimestamp || object.eventTime, now);
      const last = series ? ageOf(series.lastObservedTime, now) : object.lastTimestamp ? ageOf(object.lastTimestamp, now) : first;
      const kind = text(involvedObject.kind).toLowerCase();
      const target = involvedObject.name ? `${kind}/${involvedObject.name}` : kind;
      const from = [text(source.component) || text(reportingComponent), text(source.host) || text(reportingInstance)].filter(
        (part) => part !== '',
      );
      const times = series?.count ?? (object.count || 1);
      const places = [text(involvedObject.fieldPath), from.join(', ')];
      return [last, text(object.type), text(object.reason), target, ...places, text(object.message).trim(), first, times, nameOf(object)];
    },
  ),
  nodes: printer(
    ['Name', 'Status', 'Roles', 'Age', 'Version', '+Internal-IP', '+External-IP', '+OS-Image', '+Kernel-Version', '+Container-Runtime'],
    (object, now) => {
      const info = fieldsOf(object.status?.nodeInfo);
      const address = (type: string) => textOr(itemsOf(object.status?.addresses).find((entry) => entry.type === type)?.address);
      const system = [info.osImage, info.kernelVersion, info.containerRuntimeVersion].map((value) => textOr(value, '<unknown>'));
      const places = [text(info.kubeletVersion), address('InternalIP'), address('ExternalIP'), ...system];
      return [nameOf(object), nodeStatus(object), nodeRoles(object), created(object, now), ...places];
    },
  ),
  namespaces: printer(['Name', 'Status', 'Age'], (object, now) => [nameOf(object), text(object.status?.phase), created(object, now)]),
  configmaps: printer(['Name', '#Data', 'Age'], (object, now) => {
    const keys = Object.keys(fieldsOf(object.data)).length + Object.keys(fieldsOf(object.binaryData)).length;
    return [nameOf(object), keys, created(object, now)];
  }),
  secrets: printer(['Name', 'Type', '#Data', 'Age'], (object, now) => [
    nameOf(object),
    text(object.type),
    Object.keys(fieldsOf(object.data)).length,
    created(object, now),
  ]),
  serviceaccounts: printer(['Name', '#Secrets', 'Age'], (object, now) => [
    nameOf(object),
    itemsOf(object.secrets).length,
    created(object, now),
  ]),
  persistentvolumeclaims: printer(
    ['Name', 'Status', 'Volume', 'Capacity', 'Access Modes', 'StorageClass', 'VolumeAttributesClass', 'Age', '+VolumeMode'],
    (object, now) => {
      const { spec = {}, status = {} } = object;
      const isBound = text(spec.volumeName) !== '';
      const phase = object.metadata?.deletionTimestamp ? 'Terminating' : text(status.phase);
      const size = isBound ? [text(status.capacity?.storage), accessModes(status.accessModes)] : ['', ''];
      const classes = [storageClass(object, ''), textOr(spec.volumeAttributesClassName, '<unset>')];
      return [nameOf(object), phase, text(spec.volumeName), ...size, ...classes, created(object, now), textOr(spec.volumeMode, '<unset>')];
    },
  ),
  persistentvolumes: printer(
    [
      'Name',
      'Capacity',
      'Access Modes',
      'Reclaim Policy',
      'Status',
      'Claim',
      'StorageClass',
      'VolumeAttributesClass',
      'Reason',
      'Age',
      '+VolumeMode',
    ],
    (object, now) => {
      const { spec = {}, status = {} } = object;
      const claim = spec.claimRef ? `${spec.claimRef.namespace}/${spec.claimRef.name}` : '';
      const phase = object.metadata?.deletionTimestamp ? 'Terminating' : text(status.phase);
      const size = [text(spec.capacity?.storage), accessModes(spec.accessModes), text(spec.persistentVolumeReclaimPolicy)];
      const classes = [storageClass(object, ''), textOr(spec.volumeAttributesClassName, '<unset>'), text(status.reason)];
      return [nameOf(object), ...size, phase, claim, ...classes, created(object, now), textOr(spec.volumeMode, '<unset>')];
    },
  ),
  storageclasses: printer(['Name', 'Provisioner', 'ReclaimPolicy', 'VolumeBindingMode', 'AllowVolumeExpansion', 'Age'], (object, now) => {
    const isDefault = object.metadata?.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true';
    const name = isDefault ? `${nameOf(object)} (default)` : nameOf(object);
    const policies = [textOr(object.reclaimPolicy, 'Delete'), textOr(object.volumeBindingMode, 'Immediate')];
    return [name, text(object.provisioner), ...policies, object.allowVolumeExpansion === true, created(object, now)];
  }),
  resourcequotas: printer(['Name', 'Request', 'Limit', 'Age'], (object, now) => [
    nameOf(object),
    ...quotaCells(object),
    created(object, now),
  ]),
  limitranges: printer(['Name', 'Created At'], (object) => [nameOf(object), text(object.metadata?.creationTimestamp)]),
  leases: printer(['Name', 'Holder', 'Age'], (object, now) => [nameOf(object), text(object.spec?.holderIdentity), created(object, now)]),
  priorityclasses: printer(['Name', '#Value', 'Global-Default', 'Age', 'PreemptionPolicy'], (object, now) => {
    const policy = textOr(object.preemptionPolicy, 'PreemptLowerPriority');
    return [nameOf(object), count(object.value), object.globalDefault === true, created(object, now), policy];
  }),
  roles: printer(['Name', 'Created At'], (object) => [nameOf(object), text(object.metadata?.creationTimestamp)]),
  clusterroles: printer(['Name', 'Created At'], (object) => [nameOf(object), text(object.metadata?.creationTimestamp)]),
  rolebindings: printer(['Name', 'Role', 'Age', '+Users', '+Groups', '+ServiceAccounts'], bindingCells),
  clusterrolebindings: printer(['Name', 'Role', 'Age', '+Users', '+Groups', '+ServiceAccounts'], bindingCells),
  customresourcedefinitions: printer(['Name', 'Created At'], (object) => [nameOf(object), text(object.metadata?.creationTimestamp)]),
};

function nodeStatus(node: KubernetesObject): string {
  const ready = itemsOf(node.status?.conditions).find(({ type }) => type === 'Ready');
  const status = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return node.spec?.unschedulable === true ? `${status},SchedulingDisabled` : status;
}

function nodeRoles({ metadata = {} }: KubernetesObject): string {
  const prefix = 'node-role.kubernetes.io/';
  const roles = Object.entries(metadata.labels ?? {}).flatMap(([key, value]) => {
    if (key.startsWith(prefix)) return [key.slice(prefix.length)];
    return key === 'kubernetes.io/role' ? [value] : [];
  });
  return [...new Set(roles.filter((role) => role !== ''))].sort().join(',') || '<none>';
}

function storageClass({ metadata = {}, spec = {} }: KubernetesObject, none: string): string {
  return textOr(metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec.storageClassName, none);
}

function quotaCells({ status = {} }: KubernetesObject): [string, string] {
  const used = fieldsOf(status.used);
  const entries = Object.entries(fieldsOf(status.hard)).sort(([a], [b]) => (a < b ? -1 : 1));
  const cell = (isLimit: boolean) =>
    entries
      .filter(([key]) => key.includes('limits') === isLimit)
      .map(([key, hard]) => `${key}: ${used[key] ?? 0}/${hard}`)
      .join(', ');
  return [cell(false), cell(true)];
}

function bindingCells(object: KubernetesObject, now: number) {
  const of = (kind: string) => itemsOf(object.subjects).filter((subject) => subject.kind === kind);
  const names = (kind: string) =>
    of(kind)
      .map(({ name }) => name)
      .join(', '); // prettier-ignore
  const accounts = of('ServiceAccount').map(({ namespace, name }) => `${namespace}/${name}`);
  const role = `${object.roleRef?.kind}/${object.roleRef?.name}`;
  return [nameOf(object), role, created(object, now), names('User'), names('Group'), accounts.join(', ')];
}

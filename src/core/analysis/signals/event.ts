import { fieldsOf, text } from '../../model/fields.ts';
import type { KubernetesObject, ObjectRef } from '../../model/resource.ts';
import type { Observation } from './observation.ts';

/** Normal Events that explain something abnormal (the others are the ordinary course). */
const tellingNormal = new Set([
  'Killing',
  'Preempted',
  'TaintManagerEviction',
  'NodeNotReady',
  'WaitForFirstConsumer',
  'ExternalProvisioning',
  'FailedBinding',
  'NotTriggerScaleUp',
  'TriggeredScaleUp',
  'NodeNotSchedulable',
  'ScalingReplicaSet',
  'Rebooted',
  'NodeHasDiskPressure',
  'NodeHasInsufficientMemory',
  'NodeHasInsufficientPID',
  'MissSchedule',
  'SandboxChanged',
]); // prettier-ignore

/** Warnings that healthy clusters print in passing: they support other signals and count alone only when they go on. */
const passing = new Map<string, number>([
  ['Unhealthy', 120],
  ['FailedMount', 45],
  ['FailedScheduling', 30],
  ['FailedGetResourceMetric', 240],
  ['FailedComputeMetricsReplicas', 240],
  ['FailedGetContainerResourceMetric', 240],
  ['FailedCreatePodSandBox', 60],
  ['FailedAttachVolume', 90],
  ['ProvisioningFailed', 30],
  ['FailedToUpdateEndpoint', 300],
  ['FailedToUpdateEndpointSlices', 300],
  ['ProbeWarning', 600],
  ['DNSConfigForming', 1e9],
  ['NodeNotReady', 60],
  ['InvalidDiskCapacity', 1e9],
  ['NetworkNotReady', 60],
  ['FailedToRetrieveImagePullSecret', 1e9],
  ['BackOff', 30],
  ['Failed', 20],
  ['FailedKillPod', 120],
  ['FailedPreStopHook', 1e9],
  ['ExceededGracePeriod', 1e9],
  ['FailedSync', 60],
  ['FreeDiskSpaceFailed', 60],
  ['ImageGCFailed', 60],
  ['ContainerGCFailed', 300],
  ['AlreadyMountedVolume', 1e9],
  ['CIDRNotAvailable', 60],
]); // prettier-ignore

/** Text that changes with each repetition (ids, addresses, counts, durations, times) reduced, so that repetitions are one signal. */
export function messageShape(message: string): string {
  return message
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, '<uid>')
    .replace(/\b[0-9a-f]{12,}\b/gi, '<hex>')
    .replace(/\d+/g, '#')
    .slice(0, 160);
}

/** What an Event (core/v1 or events.k8s.io/v1) says about the object that it is about. */
export function eventObservations(event: KubernetesObject): Observation[] {
  const about = fieldsOf(event.involvedObject ?? event.regarding);
  const type = text(event.type);
  const reason = text(event.reason);
  if (text(about.kind) === '' || text(about.name) === '' || (type !== 'Warning' && !tellingNormal.has(reason))) return [];
  const message = text(event.message) || text(event.note);
  const said = ['message', 'note', 'reason'].find((field) => text(event[field]) !== '') ?? 'type';
  const ref: ObjectRef = {
    kind: text(about.kind),
    namespace: text(about.namespace),
    name: text(about.name),
    uid: text(about.uid) === text(about.name) ? '' : text(about.uid),
  }; // prettier-ignore
  const count = Number(event.series?.count ?? event.count ?? event.deprecatedCount ?? 1) || 1;
  const container = /\{([^}]+)\}/.exec(text(about.fieldPath))?.[1];
  const seconds = type === 'Warning' ? (passing.get(reason) ?? 0) : undefined;
  return [
    {
      type: 'event',
      ref,
      ...(container === undefined ? {} : { container, init: text(about.fieldPath).includes('initContainers') }),
      key: `${reason}|${messageShape(message)}`,
      pointer: `/${said}`,
      value: event[said],
      detail: {
        type,
        reason,
        message,
        source: text(event.source?.component) || text(event.reportingComponent) || text(event.reportingController),
      },
      standing: false,
      confirm: seconds ?? 'never',
      count,
      firstAt: text(event.firstTimestamp) || text(event.eventTime) || text(event.metadata?.creationTimestamp),
    },
  ];
}

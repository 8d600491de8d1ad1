import { itemsOf } from '../../model/fields.ts';
import type { KubernetesObject } from '../../model/resource.ts';
import {
  ageOf,
  containerCells,
  count,
  created,
  formatLabels,
  formatSelector,
  hasCondition,
  humanDuration,
  nameOf,
  type Printer,
  printer,
  textOr,
} from './cells.ts';

const containers = ['+Containers', '+Images'];
const wide = [...containers, '+Selector'];

/** The columns of what makes pods, and of what scales or protects it. */
export const workloadPrinters: Record<string, Printer> = {
  deployments: printer(['Name', 'Ready', '#Up-to-date', '#Available', 'Age', ...wide], (object, now) => {
    const { spec = {}, status = {} } = object;
    const ready = `${count(status.readyReplicas)}/${spec.replicas ?? 1}`;
    const places = [...containerCells(spec.template), formatSelector(spec.selector)];
    return [nameOf(object), ready, count(status.updatedReplicas), count(status.availableReplicas), created(object, now), ...places];
  }),
  replicasets: printer(['Name', '#Desired', '#Current', '#Ready', 'Age', ...wide], (object, now) => [
    ...replicaCells(object, now),
    ...containerCells(object.spec?.template),
    formatSelector(object.spec?.selector),
  ]),
  replicationcontrollers: printer(['Name', '#Desired', '#Current', '#Ready', 'Age', ...wide], (object, now) => [
    ...replicaCells(object, now),
    ...containerCells(object.spec?.template),
    formatLabels(object.spec?.selector),
  ]),
  statefulsets: printer(['Name', 'Ready', 'Age', ...containers], (object, now) => {
    const { spec = {}, status = {} } = object;
    return [nameOf(object), `${count(status.readyReplicas)}/${spec.replicas ?? 1}`, created(object, now), ...containerCells(spec.template)];
  }),
  daemonsets: printer(
    ['Name', '#Desired', '#Current', '#Ready', '#Up-to-date', '#Available', 'Node Selector', 'Age', ...wide],
    (object, now) => {
      const { spec = {}, status = {} } = object;
      const numbers = ['desiredNumberScheduled', 'currentNumberScheduled', 'numberReady', 'updatedNumberScheduled', 'numberAvailable'];
      return [
        nameOf(object),
        ...numbers.map((field) => count(status[field])),
        formatLabels(spec.template?.spec?.nodeSelector),
        created(object, now),
        ...containerCells(spec.template),
        formatSelector(spec.selector),
      ];
    },
  ),
  jobs: printer(['Name', 'Status', 'Completions', 'Duration', 'Age', ...wide], (object, now) => {
    const places = [...containerCells(object.spec?.template), formatSelector(object.spec?.selector)];
    return [nameOf(object), jobStatus(object), completions(object), jobDuration(object, now), created(object, now), ...places];
  }),
  cronjobs: printer(['Name', 'Schedule', 'Timezone', 'Suspend', '#Active', 'Last Schedule', 'Age', ...wide], (object, now) => {
    const { spec = {}, status = {} } = object;
    const last = status.lastScheduleTime ? ageOf(status.lastScheduleTime, now) : '<none>';
    const suspend = spec.suspend === undefined ? '<unset>' : spec.suspend === true ? 'True' : 'False';
    const job = spec.jobTemplate?.spec ?? {};
    return [
      nameOf(object),
      textOr(spec.schedule, ''),
      textOr(spec.timeZone),
      suspend,
      itemsOf(status.active).length,
      last,
      created(object, now),
      ...containerCells(job.template),
      formatSelector(job.selector),
    ];
  }),
  horizontalpodautoscalers: printer(['Name', 'Reference', 'Targets', 'MinPods', '#MaxPods', '#Replicas', 'Age'], (object, now) => {
    const { spec = {}, status = {} } = object;
    const { kind = '', name = '' } = spec.scaleTargetRef ?? {};
    const minimum = spec.minReplicas === undefined ? '<unset>' : String(spec.minReplicas);
    const targets = hpaTargets(itemsOf(spec.metrics), itemsOf(status.currentMetrics));
    return [
      nameOf(object),
      `${kind}/${name}`,
      targets,
      minimum,
      count(spec.maxReplicas),
      count(status.currentReplicas),
      created(object, now),
    ];
  }),
  poddisruptionbudgets: printer(['Name', 'Min Available', 'Max Unavailable', '#Allowed Disruptions', 'Age'], (object, now) => {
    const { minAvailable = 'N/A', maxUnavailable = 'N/A' } = object.spec ?? {};
    return [nameOf(object), String(minAvailable), String(maxUnavailable), count(object.status?.disruptionsAllowed), created(object, now)];
  }),
  controllerrevisions: printer(['Name', 'Controller', '#Revision', 'Age'], (object, now) => {
    const owner = object.metadata?.ownerReferences?.find(({ controller }) => controller === true);
    const group = owner?.apiVersion?.includes('/') ? `.${owner.apiVersion.split('/')[0]}` : '';
    const controller = owner === undefined ? '<none>' : `${owner.kind.toLowerCase()}${group}/${owner.name}`;
    return [nameOf(object), controller, count(object.revision), created(object, now)];
  }),
};

function replicaCells(object: KubernetesObject, now: number) {
  const { spec = {}, status = {} } = object;
  return [nameOf(object), spec.replicas ?? 1, count(status.replicas), count(status.readyReplicas), created(object, now)];
}

function jobStatus(job: KubernetesObject): string {
  if (hasCondition(job, 'Complete')) return 'Complete';
  if (hasCondition(job, 'Failed')) return 'Failed';
  if (job.metadata?.deletionTimestamp) return 'Terminating';
  if (hasCondition(job, 'Suspended')) return 'Suspended';
  return hasCondition(job, 'FailureTarget') ? 'FailureTarget' : 'Running';
}

function completions({ spec = {}, status = {} }: KubernetesObject): string {
  const succeeded = count(status.succeeded);
  if (typeof spec.completions === 'number') return `${succeeded}/${spec.completions}`;
  return spec.parallelism > 1 ? `${succeeded}/1 of ${spec.parallelism}` : `${succeeded}/1`;
}

function jobDuration({ status = {} }: KubernetesObject, now: number): string {
  if (!status.startTime) return '';
  const end = status.completionTime ? Date.parse(status.completionTime) : now;
  return humanDuration(end - Date.parse(status.startTime));
}

const metricFields: Record<string, string> = {
  Resource: 'resource',
  ContainerResource: 'containerResource',
  Pods: 'pods',
  Object: 'object',
  External: 'external',
};

/** `cpu: 10%/50%`, at most two of them (formatHPAMetrics of kubernetes/pkg/printers). */
function hpaTargets(specs: KubernetesObject[], statuses: KubernetesObject[]): string {
  if (specs.length === 0) return '<none>';
  const shown = specs.slice(0, 2).map((spec, index) => hpaTarget(spec, statuses[index] ?? {}));
  return specs.length > 2 ? `${shown.join(', ')} + ${specs.length - 2} more...` : shown.join(', ');
}

function hpaTarget(spec: KubernetesObject, status: KubernetesObject): string {
  const field = metricFields[spec.type] ?? '';
  const wanted = spec[field];
  if (wanted === undefined) return '<unknown type>';
  const { averageValue, averageUtilization, value } = wanted.target ?? {};
  const current = status[field]?.current ?? {};
  const named = spec.type === 'Resource' || spec.type === 'ContainerResource' ? `${wanted.name}: ` : '';
  if (averageValue !== undefined) {
    const suffix = spec.type === 'External' || spec.type === 'Object' ? ' (avg)' : '';
    return `${named}${current.averageValue ?? '<unknown>'}/${averageValue}${suffix}`;
  }
  if (named === '') return `${current.value ?? '<unknown>'}/${value ?? '<unknown>'}`;
  const used = current.averageUtilization === undefined ? '<unknown>' : `${current.averageUtilization}%`;
  return `${named}${used}/${averageUtilization === undefined ? '<auto>' : `${averageUtilization}%`}`;
}

import type { KubernetesObject } from '../model/resource.ts';
import { typeOfObject } from './resource-types.ts';
import { printerOf } from './table.ts';

/** The columns of `kubectl get` that say how an object of a kind stands; of other kinds nothing is said. */
const telling: Record<string, string[]> = {
  Pod: ['Ready', 'Status', 'Restarts'],
  Deployment: ['Ready', 'Up-to-date', 'Available'],
  StatefulSet: ['Ready'],
  DaemonSet: ['Desired', 'Ready', 'Available'],
  Job: ['Status', 'Completions'],
  CronJob: ['Suspend', 'Active'],
  Node: ['Status'],
  Namespace: ['Status'],
  PersistentVolumeClaim: ['Status', 'Volume'],
  PersistentVolume: ['Status', 'Claim'],
  HorizontalPodAutoscaler: ['Targets', 'MinPods', 'MaxPods', 'Replicas'],
  PodDisruptionBudget: ['Allowed Disruptions'],
};

/** How an object stands, in the words of `kubectl get`: `ready 0/1, status CrashLoopBackOff, restarts 3`; '' where its kind says nothing. */
export function statusText(object: KubernetesObject): string {
  const columns = telling[String(object.kind)];
  if (columns === undefined) return '';
  const printer = printerOf(typeOfObject(object, undefined));
  try {
    // No age is shown, so that the moment does not matter.
    const cells = printer.cells(object, 0);
    return printer.columns
      .flatMap(({ name }, index) =>
        columns.includes(name) ? [`${name.toLowerCase()} ${String(cells[index]).replace(/ \(.*ago\)$/, '')}`] : [],
      )
      .join(', ');
  } catch (error) {
    // What was recorded need not have the shape that its kind should have.
    if (error instanceof TypeError) return '';
    throw error;
  }
}

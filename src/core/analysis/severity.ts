import type { AggregatedEvent, Severity } from '../model/event.ts';
import { severities } from '../model/event.ts';
import type { ObjectRef } from '../model/resource.ts';
import type { Category } from '../model/taxonomy.ts';
import { secondsBetween } from '../model/time.ts';

/** Categories whose faults stop work wherever they stand; the others are judged by what is still ready. */
const floor: Partial<Record<Category, Severity>> = {
  node: 'high',
  'control-plane': 'critical',
  storage: 'high',
  autoscaling: 'medium',
  change: 'low',
};

/**
 * Severity from what users lose: all replicas behind a Service are critical, all replicas high, some medium; victims raise it,
 * a short or ended incident lowers it (diagnosis.md §2.5.8).
 */
export function severityOf(event: AggregatedEvent, category: Category, victims: ObjectRef[]): Severity {
  if (category === 'none') return 'info';
  const { workload } = event.context;
  const serves = event.context.related.some(({ relation }) => relation === 'service');
  let severity: Severity = floor[category] ?? 'medium';
  if (workload !== undefined && workload.desired > 0) {
    const lost = workload.desired - workload.ready;
    if (workload.ready === 0) severity = worst(severity, serves ? 'critical' : 'high');
    else if (lost > 0) severity = worst(severity, 'medium');
  }
  if (event.workload.kind === 'Service') severity = worst(severity, 'high');
  if (event.workload.kind === 'Job') severity = worst(severity, 'high');
  if (victims.length > 0) severity = raise(severity);
  if (event.status === 'recovered' && secondsBetween(event.openedAt, event.endedAt ?? event.lastAt) < 900) severity = lower(severity);
  return severity;
}

function worst(a: Severity, b: Severity): Severity {
  return severities.indexOf(a) <= severities.indexOf(b) ? a : b;
}

function raise(severity: Severity): Severity {
  return severities[Math.max(0, severities.indexOf(severity) - 1)] as Severity;
}

function lower(severity: Severity): Severity {
  return severities[Math.min(severities.length - 2, severities.indexOf(severity) + 1)] as Severity;
}

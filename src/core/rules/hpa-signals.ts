import type { AggregatedEvent, Signal } from '../model/event.ts';
import { eventsOf, signalsOf } from './rule.ts';

const reasons = [
  'FailedGetResourceMetric',
  'FailedComputeMetricsReplicas',
  'FailedGetContainerResourceMetric',
  'FailedGetPodsMetric',
  'FailedGetObjectMetric',
  'FailedGetExternalMetric',
  'FailedGetScale',
];

/** What the autoscaler says about why it cannot scale: conditions first, then Events, whose message matches. */
export function hpaSignals(incident: AggregatedEvent, message: RegExp): Signal[] {
  const conditions = signalsOf(incident, 'condition').filter(
    ({ ref, detail }) => ref.kind === 'HorizontalPodAutoscaler' && message.test(String(detail.message)),
  );
  return [...conditions, ...eventsOf(incident, reasons, message).filter(({ ref }) => ref.kind === 'HorizontalPodAutoscaler')];
}

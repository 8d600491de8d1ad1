import type { KubernetesObject } from './resource.ts';

/** events.k8s.io/v1 serves the same stored Event under other field names (KEP-383); captures hold the core/v1 form. Other objects pass. */
export function coreEvent(object: KubernetesObject): KubernetesObject {
  if (object.kind !== 'Event' || object.regarding === undefined || object.involvedObject !== undefined) return object;
  const {
    regarding,
    note,
    deprecatedCount,
    deprecatedFirstTimestamp,
    deprecatedLastTimestamp,
    deprecatedSource,
    reportingController,
    ...rest
  } = object;
  return {
    ...rest,
    apiVersion: 'v1',
    involvedObject: regarding,
    ...(note === undefined ? {} : { message: note }),
    ...(deprecatedCount === undefined ? {} : { count: deprecatedCount }),
    ...(deprecatedFirstTimestamp === undefined ? {} : { firstTimestamp: deprecatedFirstTimestamp }),
    ...(deprecatedLastTimestamp === undefined ? {} : { lastTimestamp: deprecatedLastTimestamp }),
    ...(deprecatedSource === undefined ? {} : { source: deprecatedSource }),
    ...(reportingController === undefined ? {} : { reportingComponent: reportingController }),
  };
}

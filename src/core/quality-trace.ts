import { findIncident } from './incidents.ts';
import type { QualityCheck, QualityMetrics } from './model/label.ts';
import { formatRef } from './model/resource.ts';
import { type Band, bandOf, bands } from './quality/bands.ts';
import type { LabelStore } from './store/store.ts';

/** The scores of a stored label with their trace, which is empty for labels that were stored without one. */
export type QualityTrace = {
  labelId: string;
  incidentId: string;
  reason: string;
  resource: string;
  qualityVersion: string;
  band: Band;
  quality: QualityMetrics;
  checks: QualityCheck[];
};

/** Traces of the one label, or of the labels of the one incident, whose id starts with the prefix. Errors of `findIncident` (exit code 2). */
export async function qualityTraces(store: LabelStore, prefix: string): Promise<QualityTrace[]> {
  const traces: QualityTrace[] = [];
  for (const { id, incident_id, reason, resource, quality, quality_version } of await findIncident(store, prefix)) {
    traces.push({
      labelId: id,
      incidentId: incident_id,
      reason,
      resource: formatRef(resource),
      qualityVersion: quality_version,
      band: bandOf(quality.overall_score),
      quality,
      checks: await store.qualityChecks(id),
    });
  }
  return traces;
}

/** How many labels of a store are in each band. */
export async function bandCounts(store: LabelStore): Promise<Record<Band, number>> {
  const counts: Record<Band, number> = { accept: 0, review: 0, hold: 0 };
  let above = 0;
  for (const { band, from } of bands) {
    const reached = from === 0 ? await store.count() : await store.count({ minQuality: from });
    counts[band] = reached - above;
    above = reached;
  }
  return counts;
}

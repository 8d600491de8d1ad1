import { findSegments } from './capture/segment-files.ts';
import { stableId } from './labels/provenance.ts';
import { type LiveLabels, type Refresh, refreshLabels, takeRecords } from './live-labels.ts';
import { recordsOf } from './live-records.ts';
import type { CaptureRecord } from './model/capture.ts';

const settledBatch = 64;
const ordinalsPerSegment = 1_000_000;

/** How many segments are gone from the front of a capture that is kept small, as their numbers tell. */
export async function prunedSegments(dir: string): Promise<number> {
  const first = new Map<string, number>();
  for (const { cluster, class: kind, number } of await findSegments(dir)) {
    const lane = `${cluster}/${kind}`;
    first.set(lane, Math.min(number, first.get(lane) ?? number));
  }
  return [...first.values()].reduce((sum, number) => sum + number - 1, 0);
}

/**
 * Brings labels and store to where an earlier process left the capture, from its records: what is settled is stored in batches (mostly
 * the same as is there), what is open at the end, and labels and events that the records no longer give are removed. Those that rest on
 * `pruned` segments stay. Sizing is told when it is certain, so that what is stored of it stays too.
 */
export async function catchUp(live: LiveLabels, batches: AsyncIterable<CaptureRecord[]>, pruned: number): Promise<void> {
  // Incidents of which the records are gone keep their ids to themselves.
  live.analysis.options = { ...live.analysis.options, firstOrdinal: pruned * ordinalsPerSegment };
  const known = new Set<string>();
  const note = (refresh: Refresh | undefined) => {
    for (const id of refresh?.ids ?? []) known.add(id);
  };
  for await (const batch of batches) {
    takeRecords(live, batch);
    if (live.settled.length >= settledBatch) note(await refreshLabels(live, 'settled'));
  }
  note(await refreshLabels(live));
  await removeStale(live, known, pruned > 0);
}

async function removeStale({ options }: LiveLabels, known: ReadonlySet<string>, pruned: boolean): Promise<void> {
  const { id: captureId } = options.capture;
  const store = await options.store();
  try {
    const remove: string[] = [];
    const incidents = new Set<string>();
    for await (const { id, incident_id, evidence } of store.select({ captureId, type: 'troubleshooting' })) {
      if (known.has(id)) continue;
      const seqs = new Set(evidence.map(({ seq }) => seq));
      if (pruned && (await recordsOf(options.records, seqs)).size < seqs.size) continue;
      remove.push(id);
      incidents.add(incident_id);
    }
    for await (const { id, data } of store.events(captureId)) {
      const gone = !pruned || incidents.has(stableId(captureId, 'incident', String(data.incident)));
      if (gone && !known.has(id)) remove.push(id);
    }
    if (remove.length > 0) await store.mergeCapture(captureId, { labels: [], remove }, new Date(options.now()).toISOString());
  } finally {
    await store.close();
  }
}

import { stableId } from './labels/provenance.ts';
import { parseJson, stringifyJson } from './model/json.ts';
import type { Label, StoredEvent } from './model/label.ts';
import { compareText } from './model/text.ts';
import { orderedRows, type PartRow } from './store/buckets.ts';

/** The labels of which events are wanted: incident id → ids of its labels, and all ids in their order. About 0.3 KB per label. */
export type LabelIndex = { byIncident: Map<string, string[]>; ids: string[] };

export type LabelEvents = { label: Label; events: StoredEvent[] };

/** How many labels' events are in memory at once. */
const labelsPerShare = 1000;

/** An index of no label. */
export function newIndex(): LabelIndex {
  return { byIncident: new Map(), ids: [] };
}

/** Adds a label; they come in the order of their ids. */
export function indexLabel({ byIncident, ids }: LabelIndex, { id, incident_id: incident }: Pick<Label, 'id' | 'incident_id'>): void {
  ids.push(id);
  const known = byIncident.get(incident);
  if (known === undefined) byIncident.set(incident, [id]);
  else known.push(id);
}

/**
 * Labels, ordered by id, each with the events of its incident by time. `events` may come in any order, those of other incidents are left
 * out: they are spread over a temporary file, so that neither many captures nor a large one is held.
 */
export async function* withEvents(
  labels: AsyncIterable<Label>,
  events: AsyncIterable<StoredEvent & { capture_id: string }>,
  index: LabelIndex,
): AsyncGenerator<LabelEvents> {
  const bounds = index.ids.filter((_, position) => position % labelsPerShare === labelsPerShare - 1 || position === index.ids.length - 1);
  const rows = orderedRows(eventRows(events, index), bounds);
  let next = await rows.next();
  try {
    for await (const label of labels) {
      const own: StoredEvent[] = [];
      for (; next.done !== true && next.value.id <= label.id; next = await rows.next()) {
        if (next.value.id === label.id) own.push(parseJson(next.value.texts[0] ?? '') as StoredEvent);
      }
      yield { label, events: own.sort(byTime) };
    }
  } finally {
    await rows.return(undefined);
  }
}

async function* eventRows(
  events: AsyncIterable<StoredEvent & { capture_id: string }>,
  { byIncident }: LabelIndex,
): AsyncGenerator<PartRow> {
  for await (const { capture_id: capture, ...event } of events) {
    const labels = byIncident.get(stableId(capture, 'incident', String(event.data.incident)));
    if (labels === undefined) continue;
    const texts = [stringifyJson(event)];
    for (const id of labels) yield { id, part: 0, texts };
  }
}

function byTime(a: StoredEvent, b: StoredEvent): number {
  return compareText(a.timestamp, b.timestamp) || compareText(a.id, b.id);
}

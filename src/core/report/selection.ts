import { resolvedFilter } from '../export/export.ts';
import { findIncident } from '../incidents.ts';
import { type Severity, severities } from '../model/event.ts';
import type { Label, LabelFilter } from '../model/label.ts';
import type { LabelStore } from '../store/store.ts';

/** Of which labels a report is: a filter, also by namespace, by severity "or worse", and by the start of one incident's id. */
export type ReportSelection = LabelFilter & { namespace?: string; atLeast?: Severity; incident?: string };

/** A selection as it is read and as it is told: its terms as name and value, in the order of the flags. */
export type Selected = { labels: () => AsyncIterable<Label>; terms: [name: string, value: string][] };

const names: [keyof ReportSelection, string][] = [
  ['incident', 'incident'],
  ['type', 'type'],
  ['cluster', 'cluster'],
  ['namespace', 'namespace'],
  ['reason', 'reason'],
  ['category', 'category'],
  ['atLeast', 'severity at least'],
  ['since', 'since'],
  ['until', 'until before'],
  ['minQuality', 'quality at least'],
  ['reviewed', 'reviewed'],
];

type Source = Pick<LabelStore, 'select'>;

/** The labels of a selection whose times are resolved, ordered by id, as often as they are asked for. */
export function selected(store: Source, selection: ReportSelection): Selected {
  const { namespace, atLeast, incident: _, ...filter } = selection;
  const worst = atLeast === undefined ? severities.length : severities.indexOf(atLeast);
  const terms = names.flatMap(([name, told]): Selected['terms'] =>
    selection[name] === undefined ? [] : [[told, String(selection[name])]],
  );
  async function* labels(): AsyncGenerator<Label> {
    for await (const label of store.select(filter)) {
      if (namespace !== undefined && label.resource.namespace !== namespace) continue;
      if (severities.indexOf(label.severity) <= worst) yield label;
    }
  }
  return { labels, terms };
}

/** The part of a selection that `export` knows too: what else is chosen is only looked at, and splits are those of all. */
export function exportFilter({ type, reason, category, cluster, since, until, minQuality, reviewed }: ReportSelection): LabelFilter {
  const given = Object.entries({ type, reason, category, cluster, since, until, minQuality, reviewed }).filter(
    ([, value]) => value !== undefined,
  );
  return Object.fromEntries(given);
}

/** The selection with durations as times, and with the whole id of its incident. Throws INVALID_TIME and what `findIncident` throws. */
export async function resolvedSelection(
  store: LabelStore,
  { namespace, atLeast, incident, ...given }: ReportSelection,
): Promise<ReportSelection> {
  const filter = await resolvedFilter(store, given);
  const [found] = incident === undefined ? [] : await findIncident(store, incident);
  return {
    ...filter,
    ...(namespace === undefined ? {} : { namespace }),
    ...(atLeast === undefined ? {} : { atLeast }),
    ...(found === undefined ? {} : { incident: found.incident_id, incidentId: found.incident_id }),
  };
}

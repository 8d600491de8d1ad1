import { resolve } from 'node:path';
import type { Label, LabelFilter } from '../model/label.ts';
import { type ExportFormat, exporters } from './exporters.ts';
import { type FilterStep, filterSteps, timeBound } from './filter.ts';
import { type Target, writeTarget } from './target.ts';

/** What an export needs of a label store. `select` gives labels ordered by id. */
export type LabelSource = {
  select(filter: LabelFilter): AsyncIterable<Label>;
  count(filter?: LabelFilter): Promise<number>;
  timeRange(): Promise<{ oldest: string; newest: string } | undefined>;
};

/** `since` and `until` as people write them: RFC 3339, or a duration before the newest label. `out` is a path or an open stream. */
export type ExportOptions = { format: ExportFormat; out: string | NodeJS.WritableStream; filter: LabelFilter };

/** `file` is absent for a stream. `filters` tell what was left out, `stored` how many labels there were. */
export type ExportSummary = { format: ExportFormat; file?: string; labels: number; stored: number; sha256: string; filters: FilterStep[] };

/**
 * Writes the chosen labels as one flat dataset. The same labels give the same bytes, whatever the order of their insertion.
 * Throws INVALID_TIME (exit code 2), EXPORT_WRITE_FAILED and what the store throws (exit code 5).
 */
export async function exportLabels(source: LabelSource, options: ExportOptions): Promise<ExportSummary> {
  const { format, out } = options;
  const filter = await resolvedFilter(source, options.filter);
  const filters = await filterSteps((partial) => source.count(partial), filter);
  const target: Target = typeof out === 'string' ? { path: resolve(out) } : { stream: out };
  let labels = 0;
  const counted = async function* () {
    for await (const label of source.select(filter)) {
      labels += 1;
      yield label;
    }
  };
  const sha256 = await writeTarget(exporters[format], counted(), target);
  return { format, ...('path' in target ? { file: target.path } : {}), labels, stored: await source.count(), sha256, filters };
}

/** The filter with its times as RFC 3339. Throws INVALID_TIME (exit code 2). */
export async function resolvedFilter(source: LabelSource, filter: LabelFilter): Promise<LabelFilter> {
  if (filter.since === undefined && filter.until === undefined) return filter;
  const newest = (await source.timeRange())?.newest;
  const bounds = (['since', 'until'] as const).filter((name) => filter[name] !== undefined);
  return { ...filter, ...Object.fromEntries(bounds.map((name) => [name, timeBound(`--${name}`, filter[name] ?? '', newest)])) };
}

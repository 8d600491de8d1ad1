import { oneLine } from '../core/model/text.ts';
import type { ReportSummary } from '../core/report.ts';
import { bytesText, counted, wrap } from './text.ts';

/** What a report holds, what its splits are, and how to look at it. The path and the checksum are not broken. */
export function reportLines(
  { file, bytes, labels, incidents, clusters, sha256, selection, splits }: ReportSummary,
  width: number,
): string[] {
  const what = [counted(labels, 'label'), counted(incidents, 'incident'), counted(clusters, 'cluster')].join(', ');
  const terms = Object.entries(selection).map(([name, value]) => `${name} ${oneLine(value, 80)}`);
  return [
    `${what} → ${oneLine(file, 1000)} (${bytesText(bytes)})`,
    ...(terms.length === 0 ? [] : wrap(`only ${terms.join(', ')}`, width)),
    ...(splits === null ? [] : wrap(splitLine(splits), width)),
    `sha256 ${sha256}`,
    ...wrap('Next: open it in a browser; it needs no network', width),
  ];
}

function splitLine({
  from,
  splits,
  sharedKeys,
  equalPrompts,
  highestSimilarity,
  similarityLimit,
}: NonNullable<ReportSummary['splits']>): string {
  const counts = splits
    .map(({ split, labels, groups }) => `${split} ${counted(labels, 'label')} in ${counted(groups, 'group')}`)
    .join(', ');
  const prompts = equalPrompts === null ? '' : `, ${counted(equalPrompts, 'prompt')}`;
  const whose = from === 'dataset' ? 'Splits of the dataset' : 'Splits as export --to makes them';
  return `${whose}: ${counts}; shared ${counted(sharedKeys, 'key')}${prompts}, highest similarity ${highestSimilarity} (limit ${similarityLimit})`;
}

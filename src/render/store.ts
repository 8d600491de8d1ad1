import type { Band } from '../core/quality/bands.ts';
import type { StoreInfo } from '../core/store/store.ts';
import { bytesText, counted, fieldLines, utc } from './text.ts';

const shownCaptures = 10;

/** What a label store holds, one field a line. */
export function storePage(info: StoreInfo & { bands: Record<Band, number> }, width: number): string {
  const quality = Object.entries(info.quality ?? {}).map(([name, value]) => `${name} ${value.toFixed(2)}`);
  const rows: [string, string][] = [
    ['Store', `${info.url}, schema ${info.schemaVersion}, ${bytesText(info.bytes)}`],
    ['Rows', list(info.rows)],
    ...(info.reviews === 0 ? [] : [['Reviews', counted(info.reviews, 'event')] as [string, string]]),
    ['Types', list(info.types)],
    ['Clusters', list(info.clusters)],
    ['Categories', list(info.categories)],
    ['Reasons', list(info.reasons)],
    ['Severities', list(info.severities)],
    ['Quality', quality.join(', ') || '–'],
    ['Bands', list(info.bands)],
    ['Written by', list(info.toolVersions)],
    ...info.captures
      .slice(0, shownCaptures)
      .map((capture): [string, string] => [
        'Capture',
        `${capture.captureId}, cluster ${capture.cluster}: ${counted(capture.labels, 'label')}, ${utc(capture.oldest)} to ${utc(capture.newest)} UTC`,
      ]),
    ...(info.captures.length > shownCaptures
      ? [['', `… ${info.captures.length - shownCaptures} more captures (--json lists them)`] as [string, string]]
      : []),
  ];
  return fieldLines(rows, width);
}

function list(counts: Record<string, number>): string {
  const items = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
  return items.join(', ') || '–';
}

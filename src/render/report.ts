import type { ReportSummary } from '../core/report.ts';
import { bytesText, counted } from './text.ts';

/** What a report holds, and how to look at it. */
export function reportLines({ file, bytes, labels, incidents, clusters, sha256 }: ReportSummary): string[] {
  const what = [counted(labels, 'label'), counted(incidents, 'incident'), counted(clusters, 'cluster')].join(', ');
  return [`${what} → ${file} (${bytesText(bytes)})`, `sha256 ${sha256}`, 'Next: open it in a browser; it needs no network'];
}

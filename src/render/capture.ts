import type { CaptureSummary } from '../core/capture/summary.ts';
import type { CaptureManifest } from '../core/model/capture.ts';
import { bytesText, counted, fieldLines } from './text.ts';

/** What a capture holds, one field a line: identity, time, records, gaps, size, masking, coverage, problems. */
export function capturePage(manifest: CaptureManifest, summary: CaptureSummary, width: number): string {
  const { source, clusters, coverage, masking } = manifest;
  const masked = Object.values(masking.counts).reduce((sum, count) => sum + count, 0);
  const classes = Object.entries(summary.records).map(([name, count]) => `${name} ${count}`);
  const rows: [string, string][] = [
    ['id', manifest.id],
    ['status', manifest.status === 'open' ? 'open (not closed: `capture repair` seals it)' : manifest.status],
    ['source', [source.type, source.format].filter((part) => part !== undefined).join(' ')],
    ['written by', `${manifest.tool}, ${manifest.createdAt}`],
    ['from', summary.from || '(no records)'],
    ['to', summary.to || '(no records)'],
    ...clusters.map((cluster): [string, string] => ['cluster', `${cluster.alias} ${cluster.name} ${cluster.version ?? ''}`]),
    ['records', `${summary.total}: ${classes.join(', ')}`],
    ['gaps', summary.drops === 0 ? String(summary.gaps) : `${summary.gaps}, ${counted(summary.drops, 'dropped record')}`],
    ['size', `${bytesText(summary.bytes)} in ${counted(manifest.segments.length, 'sealed segment')}`],
    ['masked', `${counted(masked, 'value')}${masking.ruleset === '' ? '' : ` by ruleset ${masking.ruleset.slice(0, 12)}`}`],
    ...covered(coverage).map((text): [string, string] => ['coverage', text]),
    ...summary.problems.map((problem): [string, string] => ['problem', `${problem.file}: ${problem.message}`]),
  ];
  return fieldLines(rows, width);
}

/** Kinds with the same place and time as one line. */
function covered(coverage: CaptureManifest['coverage']): string[] {
  const kinds = new Map<string, string[]>();
  for (const { cluster, kind, namespaces, from, to } of coverage) {
    const where = `${cluster}, ${namespaces.includes('*') ? 'all namespaces' : namespaces.join(', ')}, ${from} to ${to}`;
    kinds.set(where, [...(kinds.get(where) ?? []), kind]);
  }
  return [...kinds].map(([where, names]) => `${where}: ${names.join(', ')}`);
}

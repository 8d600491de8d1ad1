import { Args } from '@oclif/core';
import { BaseCommand } from '../../base-command.ts';
import type { CaptureSummary } from '../../core/capture/summary.ts';
import type { CaptureManifest } from '../../core/model/capture.ts';
import { oneLine } from '../../core/model/text.ts';

export default class CaptureInfo extends BaseCommand {
  static override summary = 'Show what a capture holds';
  static override description =
    'Prints id, status, time span, records per class, clusters, coverage, gaps and sizes. With --json the manifest too.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> captures/shop',
    '<%= config.bin %> <%= command.id %> captures/shop --json | jq .manifest.coverage',
  ];
  static override args = { dir: Args.string({ description: 'directory of the capture', required: true }) };

  async run(): Promise<{ manifest: CaptureManifest; summary: CaptureSummary }> {
    const { args } = await this.parse(CaptureInfo);
    const { summarizeCapture } = await import('../../core/capture/summary.ts');
    const info = await summarizeCapture(args.dir);
    for (const [name, value] of rows(info.manifest, info.summary)) this.log(`${name.padEnd(12)}${oneLine(value, 500)}`);
    return info;
  }
}

function rows(manifest: CaptureManifest, summary: CaptureSummary): [string, string][] {
  const { source, clusters, coverage, masking } = manifest;
  const masked = Object.values(masking.counts).reduce((sum, count) => sum + count, 0);
  return [
    ['id', manifest.id],
    ['status', manifest.status === 'open' ? 'open (not closed: `capture repair` seals it)' : manifest.status],
    ['source', [source.type, source.format].filter((part) => part !== undefined).join(' ')],
    ['written by', `${manifest.tool}, ${manifest.createdAt}`],
    ['from', summary.from || '(no records)'],
    ['to', summary.to || '(no records)'],
    ...clusters.map((cluster): [string, string] => ['cluster', `${cluster.alias} ${cluster.name} ${cluster.version ?? ''}`]),
    [
      'records',
      `${summary.total}: ${Object.entries(summary.records)
        .map(([name, count]) => `${name} ${count}`)
        .join(', ')}`,
    ],
    ['gaps', summary.drops === 0 ? String(summary.gaps) : `${summary.gaps}, ${summary.drops} dropped records`],
    ['size', `${(summary.bytes / 1024 / 1024).toFixed(1)} MiB in ${manifest.segments.length} sealed segments`],
    ['masked', `${masked} values${masking.ruleset === '' ? '' : ` by ${masking.ruleset}`}`],
    ...coverage.map((item): [string, string] => [
      'coverage',
      `${item.cluster} ${item.kind} in ${item.namespaces.join(', ')}, ${item.from} to ${item.to}`,
    ]),
    ...summary.problems.map((problem): [string, string] => ['problem', `${problem.file}: ${problem.message}`]),
  ];
}

import { Args } from '@oclif/core';
import { BaseCommand } from '../../base-command.ts';
import type { CaptureSummary } from '../../core/capture/summary.ts';
import type { CaptureManifest } from '../../core/model/capture.ts';
import { capturePage } from '../../render/capture.ts';
import { widthOf } from '../../render/text.ts';

export default class CaptureInfo extends BaseCommand {
  static override summary = 'Show what a capture holds';
  static override description =
    'Prints id, status, time span, records per class, clusters, coverage, gaps and sizes. With --json the manifest too.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> captures/shop',
    '<%= config.bin %> <%= command.id %> captures/shop --json | jq .manifest.coverage',
  ];
  static override args = { dir: Args.string({ description: 'Directory of the capture', required: true }) };

  async run(): Promise<{ manifest: CaptureManifest; summary: CaptureSummary }> {
    const { args } = await this.parse(CaptureInfo);
    const { summarizeCapture } = await import('../../core/capture/summary.ts');
    const info = await summarizeCapture(args.dir);
    await this.page(capturePage(info.manifest, info.summary, widthOf(process.stdout)));
    return info;
  }
}

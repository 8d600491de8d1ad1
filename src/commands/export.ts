import { BaseCommand } from '../base-command.ts';
import type { DatasetSummary } from '../core/dataset.ts';
import { exitCodes, usageError } from '../core/errors.ts';
import type { ExportSummary } from '../core/export/export.ts';
import type { ExportFormat } from '../core/export/exporters.ts';
import { oneLine } from '../core/model/text.ts';
import { datasetOptions, exportFlags, filterOf } from '../export-flags.ts';
import { datasetPage, emptyReason, nextStep } from '../render/export.ts';
import { widthOf } from '../render/text.ts';

export default class Export extends BaseCommand {
  static override summary = 'Write labels as a dataset file, or as examples to train on';
  static override description =
    `Writes the labels of a store (--format), or examples of several skills that are made of them (--to), ordered by id: the same labels give the same bytes, however often and in whatever order they were generated. --since and --until take a time (2026-03-01T10:00:00Z) or a duration (24h, 7d) counted back from the newest label of the store; --since is inclusive, --until exclusive. CSV is for spreadsheets: cells that could run as a formula get a leading apostrophe.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> --format jsonl',
    '<%= config.bin %> <%= command.id %> --to hf --out dataset',
    '<%= config.bin %> <%= command.id %> --to trl --out out/trl --split train=0.9,test=0.1 --base out/earlier',
    '<%= config.bin %> <%= command.id %> --format parquet --out out/labels.parquet --min-quality 0.6',
    '<%= config.bin %> <%= command.id %> --format jsonl --type troubleshooting --since 7d --out - | head -n 1',
  ];
  static override flags = exportFlags;

  async run(): Promise<ExportSummary | DatasetSummary> {
    const { flags } = await this.parse(Export);
    const { format, to } = flags;
    const out = flags.out ?? (to === undefined ? `dataset.${format}` : 'dataset');
    if (out === '-') this.refuseStdout(format ?? '');
    const { exportLabels, resolvedFilter } = await import('../core/export/export.ts');
    const { openStore } = await import('../core/store/open.ts');
    const given = await filterOf(flags);
    const config = await this.settings(flags.config);
    const store = await openStore(flags.store ?? config.store.path, { readOnly: true });
    try {
      if (to !== undefined) {
        const filter = await resolvedFilter(store, given);
        const { exportDataset } = await import('../core/dataset.ts');
        const options = await datasetOptions(flags, filter, config, (await this.ruleSet(config)).rules);
        const summary = await exportDataset(store, { ...options, to, out, onProgress: (step) => this.progress(step) });
        this.showDataset(summary);
        return summary;
      }
      const target = this.target('--out', out);
      const summary = await exportLabels(store, {
        format: format as ExportFormat,
        out: 'path' in target ? target.path : target.stream,
        filter: given,
      });
      this.show(summary);
      return summary;
    } finally {
      await store.close();
    }
  }

  private refuseStdout(format: string): void {
    if (format === '') throw usageError('OUT_CONFLICT', '--to writes a directory', { suggestions: ['--out out/dataset'] });
    if (format === 'parquet' && process.stdout.isTTY) {
      throw usageError('OUT_TERMINAL', 'Parquet is binary and standard output is a terminal', { suggestions: ['--out labels.parquet'] });
    }
  }

  private showDataset(summary: DatasetSummary): void {
    if ((summary.dropped.secret ?? 0) > 0) {
      this.warn('some examples hold credentials and were left out: mask them in the capture, and generate again');
      process.exitCode = exitCodes.incomplete;
    }
    this.log(datasetPage(summary, widthOf(process.stdout)));
  }

  private show({ format, file, labels, stored, sha256, filters }: ExportSummary): void {
    if (labels === 0) this.warn(oneLine(emptyReason(stored, filters), 1000));
    if (file === undefined) this.progress(`${labels} of ${stored} labels as ${format}, sha256 ${sha256}`);
    else this.log(`${labels} of ${stored} labels → ${oneLine(file, 1000)}\nsha256 ${sha256}\n${nextStep(format)}`);
  }
}

import { createWriteStream, fstatSync } from 'node:fs';
import { BaseCommand } from '../base-command.ts';
import { usageError } from '../core/errors.ts';
import type { ConsumerName } from '../core/export/consumers/consumers.ts';
import type { ExportSummary } from '../core/export/export.ts';
import type { ExportFormat } from '../core/export/exporters.ts';
import type { LabelFilter } from '../core/model/label.ts';
import { oneLine } from '../core/model/text.ts';
import type { LabelStore } from '../core/store/store.ts';
import type { TrainingSummary } from '../core/training.ts';
import { exportFlags } from '../export-flags.ts';
import { emptyReason, nextStep } from '../render/export.ts';

export default class Export extends BaseCommand {
  static override summary = 'Write labels as a dataset file, or as examples to train on';
  static override description =
    `Writes the labels of a store (--format), or examples of several skills that are made of them (--to), ordered by id: the same labels give the same bytes, however often and in whatever order they were generated. --since and --until take a time (2026-03-01T10:00:00Z) or a duration (24h, 7d) counted back from the newest label of the store; --since is inclusive, --until exclusive. CSV is for spreadsheets: cells that could run as a formula get a leading apostrophe.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> --format jsonl',
    '<%= config.bin %> <%= command.id %> --to trl --out out/trl --split train=0.9,test=0.1',
    '<%= config.bin %> <%= command.id %> --format parquet --out out/labels.parquet --min-quality 0.6',
    '<%= config.bin %> <%= command.id %> --format jsonl --type troubleshooting --since 7d --out - | head -n 1',
  ];
  static override flags = exportFlags;

  async run(): Promise<ExportSummary | TrainingSummary> {
    const { flags } = await this.parse(Export);
    const { format, to } = flags;
    const out = flags.out ?? (to === undefined ? `dataset.${format}` : 'dataset');
    if (out === '-') this.refuseStdout(format ?? '');
    const { exportLabels, resolvedFilter } = await import('../core/export/export.ts');
    const { qualityBound } = await import('../core/export/filter.ts');
    const { openStore } = await import('../core/store/open.ts');
    const { type, cluster, since, until, 'min-quality': quality } = flags;
    const filter: LabelFilter = { type, cluster, since, until, minQuality: quality === undefined ? undefined : qualityBound(quality) };
    const store = await openStore(flags.store ?? (await this.settings(flags.config)).store.path, { readOnly: true });
    try {
      if (to !== undefined) return await this.train(store, { ...flags, to, out }, await resolvedFilter(store, filter));
      const summary = await exportLabels(store, { format: format as ExportFormat, out: out === '-' ? standardOutput() : out, filter });
      this.show(summary);
      return summary;
    } finally {
      await store.close();
    }
  }

  private async train(
    store: LabelStore,
    { to, out, split, seed }: { to: ConsumerName; out: string; split: string; seed: number },
    filter: LabelFilter,
  ) {
    const { exportTraining } = await import('../core/training.ts');
    const { parseSplit } = await import('../core/training/split.ts');
    const { trainingPage } = await import('../render/export.ts');
    const summary = await exportTraining(store, { to, out, shares: parseSplit(split), seed, filter });
    this.log(trainingPage(summary));
    return summary;
  }

  private refuseStdout(format: string): void {
    if (format === '') throw usageError('OUT_CONFLICT', '--to writes a directory', { suggestions: ['--out out/dataset'] });
    if (this.jsonEnabled())
      throw usageError('OUT_CONFLICT', '--json and --out - both want standard output', { suggestions: ['--out FILE --json'] });
    if (format === 'parquet' && process.stdout.isTTY) {
      throw usageError('OUT_TERMINAL', 'Parquet is binary and standard output is a terminal', { suggestions: ['--out labels.parquet'] });
    }
  }

  private show({ format, file, labels, stored, sha256, filters }: ExportSummary): void {
    if (labels === 0) this.warn(oneLine(emptyReason(stored, filters), 1000));
    if (file === undefined) this.progress(`${labels} of ${stored} labels as ${format}, sha256 ${sha256}`);
    else this.log(`${labels} of ${stored} labels → ${oneLine(file, 1000)}\nsha256 ${sha256}\nNext: ${nextStep(format)}`);
  }
}

/** A file or device behind standard output is written by its descriptor: oclif ends the process on an error of process.stdout. */
function standardOutput(): NodeJS.WritableStream {
  const { fd, isTTY } = process.stdout;
  const out = fstatSync(fd);
  return out.isFile() || (out.isCharacterDevice() && !isTTY) ? createWriteStream('', { fd, autoClose: false }) : process.stdout;
}

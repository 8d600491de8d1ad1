import { createWriteStream, fstatSync } from 'node:fs';
import { Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.ts';
import { usageError } from '../core/errors.ts';
import type { ExportSummary } from '../core/export/export.ts';
import type { LabelFilter, LabelType } from '../core/model/label.ts';
import { oneLine } from '../core/model/text.ts';

const formats = ['json', 'jsonl', 'csv', 'yaml', 'parquet'] as const;
const types: LabelType[] = ['troubleshooting', 'resource_optimization'];

export default class Export extends BaseCommand {
  static override summary = 'Write labels as a dataset file';
  static override description =
    `Writes the labels of a store, ordered by id: the same labels give the same bytes, however often and in whatever order they were generated. --since and --until take a time (2026-03-01T10:00:00Z) or a duration (24h, 7d) counted back from the newest label of the store; --since is inclusive, --until exclusive. CSV is for spreadsheets: cells that could run as a formula get a leading apostrophe.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> --format jsonl',
    '<%= config.bin %> <%= command.id %> --format parquet --out out/labels.parquet --min-quality 0.6',
    '<%= config.bin %> <%= command.id %> --format jsonl --type troubleshooting --since 7d --out - | head -n 1',
  ];
  static override flags = {
    format: Flags.option({ options: formats, required: true, summary: 'Format of the file' })(),
    store: Flags.string({ summary: 'Label store to read (default: store.path of the configuration)', helpValue: 'FILE' }),
    out: Flags.string({ char: 'o', summary: 'File to write, - for standard output (default: ./dataset.FORMAT)', helpValue: 'FILE' }),
    type: Flags.option({ options: types, summary: 'Only labels of this type' })(),
    cluster: Flags.string({ summary: 'Only labels of this cluster', helpValue: 'ID' }),
    since: Flags.string({ summary: 'Only labels from this time on', helpValue: 'TIME' }),
    until: Flags.string({ summary: 'Only labels before this time', helpValue: 'TIME' }),
    'min-quality': Flags.string({ summary: 'Only labels with at least this overall score, 0 to 1', helpValue: 'SCORE' }),
  };

  async run(): Promise<ExportSummary> {
    const { flags } = await this.parse(Export);
    const out = flags.out ?? `dataset.${flags.format}`;
    if (out === '-') this.refuseStdout(flags.format);
    const { exportLabels } = await import('../core/export/export.ts');
    const { qualityBound } = await import('../core/export/filter.ts');
    const { openStore } = await import('../core/store/open.ts');
    const { type, cluster, since, until, 'min-quality': quality } = flags;
    const filter: LabelFilter = { type, cluster, since, until, minQuality: quality === undefined ? undefined : qualityBound(quality) };
    const store = await openStore(flags.store ?? (await this.settings(flags.config)).store.path, { readOnly: true });
    try {
      const summary = await exportLabels(store, { format: flags.format, out: out === '-' ? standardOutput() : out, filter });
      this.show(summary);
      return summary;
    } finally {
      await store.close();
    }
  }

  private refuseStdout(format: string): void {
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

function emptyReason(stored: number, filters: ExportSummary['filters']): string {
  if (stored === 0) return 'the store holds no labels: `k8s-labeler generate` makes them';
  return `none of ${stored} labels is left: ${filters.map(({ filter, value, removed }) => `${filter} ${value} removed ${removed}`).join(', ')}`;
}

function nextStep(format: ExportSummary['format']): string {
  if (format === 'parquet' || format === 'jsonl')
    return `load it with datasets: load_dataset('${format === 'jsonl' ? 'json' : format}', data_files=…)`;
  return format === 'csv' ? 'open it in a spreadsheet; train from jsonl or parquet' : 'read it, or export --format parquet for training';
}

import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.ts';
import { exitCodes, usageError } from '../core/errors.ts';
import type { LabelImportResult } from '../core/import-labels.ts';
import { widthOf } from '../render/text.ts';

export default class Import extends BaseCommand {
  static override summary = "Make a capture of other tools' dumps and watch streams, or read exported labels back";
  static override description =
    `Reads watch streams (as the API server sends them, or kubectl get -w --output-watch-events -o json prints them) and point-in-time dumps (Kubernetes objects and Lists as JSON or YAML, kubectl cluster-info dump, must-gather folders, support bundles of troubleshoot.sh), with pod logs and metrics; JSON lines of kubernetes-event-exporter and of OpenTelemetry's k8sobjects receiver; and audit logs of the API server, which may stand beside files of another format to say who changed what. Archives (.tar, .tar.gz, .tgz) are taken as they are. Secrets are masked before anything is written. The same files give the same capture. Malformed files are reported and skipped (exit code 6).

Files that k8s-labeler export has written (JSON, JSON Lines, CSV, YAML, Parquet, or a folder of Parquet files) go into a label store instead (--store), exactly as they were: labels are merged capture by capture, malformed rows are reported and skipped (exit code 6).`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> ./dump --cluster staging',
    { description: 'Import a kubectl cluster-info dump', command: '<%= config.bin %> <%= command.id %> dump --out captures/monday' },
    { description: 'Import an archive as it was sent', command: '<%= config.bin %> <%= command.id %> must-gather.tar.gz --cluster prod' },
    '<%= config.bin %> <%= command.id %> events.ndjson pods.ndjson --format watch --json',
    { description: 'Read a dataset back', command: '<%= config.bin %> <%= command.id %> labels.csv --store out/labels.duckdb' },
  ];
  static override strict = false;
  static override args = { path: Args.string({ description: 'File or folder to import; several are one capture', required: true }) };
  static override flags = {
    out: Flags.string({
      char: 'o',
      helpValue: 'DIR',
      summary: 'Directory of the capture (default: ./captures/<cluster>-<time of the first record>)',
    }),
    cluster: Flags.string({ helpValue: 'NAME', summary: 'Name of the cluster the files come from (default: imported)' }),
    format: Flags.string({
      helpValue: 'FORMAT',
      summary: 'Format of the files: auto, watch, must-gather, support-bundle, event-exporter, otel, audit, dump or labels',
      default: 'auto',
    }),
    store: Flags.string({ helpValue: 'FILE', summary: 'Label store that labels go to (default: store.path of the configuration)' }),
  };

  async run(): Promise<unknown> {
    const { argv, flags } = await this.parse(Import);
    const { importCapture, inputFormat } = await import('../core/import.ts');
    const settings = await this.settings(flags.config);
    const format = await inputFormat(argv as string[], flags.format);
    this.refuseOthers(format, flags);
    const { renderImport, renderLabelImport, renderSkipped } = await import('../render/import.ts');
    if (format === 'labels') {
      const store = flags.store ?? settings.store.path;
      const result = { store, ...(await this.labels(argv as string[], store)) };
      for (const line of renderSkipped(result)) this.notice(line);
      if (result.skippedCount > 0) process.exitCode = exitCodes.incomplete;
      this.log(renderLabelImport(result, this.config.bin, widthOf(process.stdout)));
      return result;
    }
    const result = await this.interruptible((signal) =>
      importCapture(argv as string[], {
        ...flags,
        dir: settings.captures.dir,
        signal,
        onProgress: (records) => records % 50_000 === 0 && this.progress(`${records} records`),
      }),
    );
    for (const line of renderSkipped(result)) this.notice(line);
    if (result.skipped.length > 0) process.exitCode = exitCodes.incomplete;
    this.log(renderImport(result, this.config.bin, widthOf(process.stdout)));
    return result;
  }

  private async labels(paths: string[], url: string): Promise<LabelImportResult> {
    const { importLabels } = await import('../core/import-labels.ts');
    const { openStore } = await import('../core/store/open.ts');
    const progress = this.progressLine();
    const store = await openStore(url);
    try {
      const createdAt = new Date().toISOString();
      const onProgress = (labels: number) => progress?.update(() => `${labels} labels read`);
      return await this.interruptible((signal) => importLabels(paths, store, { createdAt, signal, onProgress }));
    } finally {
      progress?.clear();
      await store.close();
    }
  }

  private refuseOthers(format: string, flags: { out?: string; cluster?: string; store?: string }): void {
    const unfit = format === 'labels' ? (['out', 'cluster'] as const) : (['store'] as const);
    const [given] = unfit.filter((name) => flags[name] !== undefined);
    if (given === undefined) return;
    const what = format === 'labels' ? 'labels, which go into a label store' : `${format} files, which become a capture`;
    throw usageError('IMPORT_TARGET', `--${given} does not fit ${what}`, {
      suggestions: [format === 'labels' ? 'name the store with --store FILE' : 'name the directory of the capture with --out DIR'],
    });
  }
}

import { Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.ts';
import { exitCodes, usageError } from '../core/errors.ts';
import { severities } from '../core/model/event.ts';
import type { ReportSummary } from '../core/report.ts';
import { filterFlags, filterOf, splitDefaults } from '../export-flags.ts';
import { reportLines } from '../render/report.ts';
import { widthOf } from '../render/text.ts';

export default class Report extends BaseCommand {
  static override summary = 'Write a label store as one HTML page to look through';
  static override description =
    `The page holds an overview, distributions, how the labels are split and the proof that the splits share nothing, what each rule did, and every incident with its question, cause, plan, evidence, timeline and reviews. It is one file: it loads nothing, runs no script but its own, and opens in any current browser without a network. The same labels give the same bytes. Filters make a report of a part; --since and --until take a time or a duration (24h, 7d) counted back from the newest label.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --store out/demo.duckdb --out out/report.html',
    '<%= config.bin %> <%= command.id %> --namespace shop --since 7d --severity high',
    { description: 'With the proof of an exported dataset', command: '<%= config.bin %> <%= command.id %> --dataset dataset' },
    { description: 'In a pipeline', command: '<%= config.bin %> <%= command.id %> --out public/index.html --json' },
  ];
  static override flags = {
    store: Flags.string({ summary: 'Label store to read (default: store.path of the configuration)', helpValue: 'FILE' }),
    out: Flags.string({ char: 'o', default: 'report.html', summary: 'File to write', helpValue: 'FILE' }),
    dataset: Flags.string({ summary: 'Show the splits of this dataset, which export --to has written, and their proof', helpValue: 'DIR' }),
    splits: Flags.boolean({ allowNo: true, default: true, summary: 'Split the labels as export --to would; 1 s for 1,000 labels' }),
    incident: Flags.string({ summary: 'Only this incident: the start of its id', helpValue: 'ID' }),
    severity: Flags.option({ options: severities, summary: 'Only this severity or worse' })(),
    namespace: Flags.string({ char: 'n', summary: 'Only resources in this namespace', helpValue: 'NAME' }),
    ...filterFlags,
  };

  async run(): Promise<ReportSummary> {
    const { flags } = await this.parse(Report);
    if (flags.out === '-') throw usageError('OUT_CONFLICT', 'a report is written to a file', { suggestions: ['--out report.html'] });
    const config = await this.settings(flags.config);
    const { rules } = await this.ruleSet(config);
    const { parseSplit } = await import('../core/splits/assign.ts');
    const { resolvedSelection } = await import('../core/report/selection.ts');
    const { writeReport } = await import('../core/report.ts');
    const { openStore } = await import('../core/store/open.ts');
    const { incident, severity: atLeast, namespace } = flags;
    const given = { ...(await filterOf(flags)), incident, atLeast, namespace };
    const store = await openStore(flags.store ?? config.store.path, { readOnly: true });
    try {
      const selection = await resolvedSelection(store, given);
      const defaults = flags.splits ? { ...splitDefaults, shares: parseSplit(splitDefaults.split) } : undefined;
      const { out, dataset } = flags;
      const written = await writeReport(store, { out, dataset, rules, defaults, selection, onProgress: (step) => this.progress(step) });
      if (written.labels === 0) this.warn('the page is empty: the store holds no label that fits');
      if (written.splits?.holds === false) {
        this.warn('the splits share something: see the section Splits of the page');
        process.exitCode = exitCodes.incomplete;
      }
      this.log(reportLines(written, widthOf(process.stdout)).join('\n'));
      return written;
    } finally {
      await store.close();
    }
  }
}

import { Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.ts';
import type { ReportSummary } from '../core/report.ts';
import { reportLines } from '../render/report.ts';

export default class Report extends BaseCommand {
  static override summary = 'Write a label store as one HTML page to look through';
  static override description =
    `The page holds an overview, distributions, what each rule did, and every incident with its question, cause, plan, evidence and timeline. It is one file: it loads nothing, runs no script but its own, and opens in any current browser without a network. The same store gives the same bytes.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --store out/demo.duckdb --out out/report.html',
    { description: 'In a pipeline', command: '<%= config.bin %> <%= command.id %> --out public/index.html --json' },
  ];
  static override flags = {
    store: Flags.string({ summary: 'Label store to read (default: store.path of the configuration)', helpValue: 'FILE' }),
    out: Flags.string({ char: 'o', default: 'report.html', summary: 'File to write', helpValue: 'FILE' }),
  };

  async run(): Promise<ReportSummary> {
    const { flags } = await this.parse(Report);
    const config = await this.settings(flags.config);
    const { rules } = await this.ruleSet(config);
    const { writeReport } = await import('../core/report.ts');
    const { openStore } = await import('../core/store/open.ts');
    const store = await openStore(flags.store ?? config.store.path, { readOnly: true });
    try {
      const written = await writeReport(store, { out: flags.out, rules });
      this.log(reportLines(written).join('\n'));
      return written;
    } finally {
      await store.close();
    }
  }
}

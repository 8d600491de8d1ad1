import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../base-command.ts';
import type { QualityTrace } from '../../core/quality-trace.ts';
import { qualityPage } from '../../render/quality.ts';
import { widthOf } from '../../render/text.ts';

export default class QualityShow extends BaseCommand {
  static override summary = 'Show how a label got its scores: gates, dimensions, and every check';
  static override description =
    'Every line is one check with its weight, its score (0 to 1) and what was found. A dimension is the weighted mean of its checks; a gate that is not passed makes the overall score 0. docs/quality.md says what each check means.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> 8296ede2',
    '<%= config.bin %> <%= command.id %> 8296ede2 --store out/demo.duckdb --json',
  ];
  static override args = {
    id: Args.string({ required: true, description: 'Id of the label or of its incident, or the start of one (see incident list)' }),
  };
  static override flags = {
    store: Flags.string({ summary: 'Label store to read (default: store.path of the configuration)', helpValue: 'FILE' }),
  };

  async run(): Promise<QualityTrace[]> {
    const { args, flags } = await this.parse(QualityShow);
    const { qualityTraces } = await import('../../core/quality-trace.ts');
    const { openStore } = await import('../../core/store/open.ts');
    const store = await openStore(flags.store ?? (await this.settings(flags.config)).store.path, { readOnly: true });
    try {
      const traces = await qualityTraces(store, args.id);
      await this.page(traces.map((trace) => qualityPage(trace, widthOf(process.stdout))).join('\n\n'));
      return traces;
    } finally {
      await store.close();
    }
  }
}

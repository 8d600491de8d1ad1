import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../base-command.ts';
import { exitCodes } from '../../core/errors.ts';
import type { RescoreReport } from '../../core/rescore.ts';
import { rescorePage } from '../../render/quality.ts';
import { counted, widthOf } from '../../render/text.ts';

export default class QualityRescore extends BaseCommand {
  static override summary = 'Score stored labels again, with the present formulas and weights';
  static override description =
    `Looks up the records that each label cites in its capture again, and writes new scores, their trace and quality_version; everything else stays as it is. A label that a gate rejects now gets an overall score of 0 and stays in the store. Without CAPTURE, the captures below captures.dir of the configuration (default ./captures) are read, with --demo the bundled recordings too. A folder that holds captures stands for all of them.

Exit code 6: some labels were left as they are, because the records they cite were pruned from their capture, or, without CAPTURE, their capture was not found.`;
  static override examples = [
    { description: 'Score the labels of all captures below ./captures', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'See what new weights would change',
      command: '<%= config.bin %> <%= command.id %> out/capture --config weights.yaml --dry-run',
    },
  ];
  static override strict = false;
  static override args = { capture: Args.string({ description: 'Captures, or folders of captures', name: 'CAPTURE…' }) };
  static override flags = {
    store: Flags.string({ summary: 'Label store to change (default: store.path of the configuration)', helpValue: 'FILE' }),
    demo: Flags.boolean({ summary: 'Look for captures among the bundled recordings too' }),
    'dry-run': Flags.boolean({ summary: 'Only say what would change' }),
  };

  async run(): Promise<RescoreReport> {
    const { flags, argv } = await this.parse(QualityRescore);
    const config = await this.settings(flags.config);
    const { checkedCaptures, sourceCaptures } = await import('../../core/captures.ts');
    const { openStore } = await import('../../core/store/open.ts');
    const { rescore } = await import('../../core/rescore.ts');
    const paths = argv as string[];
    const dirs = await checkedCaptures(await sourceCaptures(paths, flags.demo, config.captures.dir));
    const url = flags.store ?? config.store.path;
    // Opened for reading first: that does not create a store where there is none.
    await (await openStore(url, { readOnly: true })).close();
    const store = await openStore(url, { readOnly: flags['dry-run'] });
    const progress = this.progressLine();
    try {
      const options = {
        store,
        weights: config.quality.weights,
        dryRun: flags['dry-run'],
        all: paths.length === 0,
        createdAt: new Date().toISOString(),
        onProgress: ({ capture, labels }: { capture: string; labels: number }) =>
          progress?.update(() => `${capture}: ${counted(labels, 'label')}`),
      };
      const report = await this.interruptible((signal) => rescore(dirs, { ...options, signal }));
      progress?.clear();
      this.log(rescorePage(report, widthOf(process.stdout)));
      if (report.missing.length > 0) process.exitCode ||= exitCodes.incomplete;
      return report;
    } finally {
      progress?.clear();
      await store.close();
    }
  }
}

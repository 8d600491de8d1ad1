import { Flags } from '@oclif/core';
import { BaseCommand } from '../../base-command.ts';
import { type RulesStats, statColumns } from '../../core/rules-stats.ts';
import { rulesStatsTable } from '../../render/rules-stats.ts';
import { widthOf } from '../../render/text.ts';
import { ruleFlags } from '../../rule-flags.ts';

export default class RulesStatsCommand extends BaseCommand {
  static override summary = 'Show how often each rule claimed something in the incidents of a store, and what became of it';
  static override description =
    `Per rule, over the incidents of a label store: votes (incidents in which it claimed something) and their share, overlaps (another rule claimed something there too), conflicts (another rule's claim excludes its own), unique (no other rule claimed anything), wins (its claim is the answer), vetoes (its winning claim kept another rule's from being the answer), abstained (its claim was the best, but too weak or too close to a rival), and the mean confidence of its claims. Where people reviewed labels (k8s-labeler review): how many answers of the rule they found right and wrong, and the 95 % Wilson interval of the share that is right.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --sort conflicts --store out/demo.duckdb',
    '<%= config.bin %> <%= command.id %> --cluster staging --all --json',
  ];
  static override flags = {
    store: Flags.string({ summary: 'Label store to read (default: store.path of the configuration)', helpValue: 'FILE' }),
    cluster: Flags.string({ summary: 'Only incidents of this cluster', helpValue: 'ID' }),
    sort: Flags.option({ options: statColumns, default: 'votes', summary: 'Column to sort by' })(),
    ...ruleFlags,
    all: Flags.boolean({ char: 'a', summary: 'Also list the rules that never claimed anything' }),
  };

  async run(): Promise<RulesStats> {
    const { flags } = await this.parse(RulesStatsCommand);
    const config = await this.settings(flags.config);
    const { rules } = await this.ruleSet(config, flags.rules);
    const { rulesStats } = await import('../../core/rules-stats.ts');
    const { openStore } = await import('../../core/store/open.ts');
    const store = await openStore(flags.store ?? config.store.path, { readOnly: true });
    try {
      const { cluster, sort, all } = flags;
      const stats = await rulesStats(
        store,
        rules.map(({ id }) => id),
        { sort, ...(cluster === undefined ? {} : { cluster }) },
      );
      await this.page(rulesStatsTable(stats, widthOf(process.stdout), all));
      return stats;
    } finally {
      await store.close();
    }
  }
}

import { Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.ts';
import type { StoreStats } from '../core/stats.ts';
import { statsPage } from '../render/stats.ts';
import { widthOf } from '../render/text.ts';

export default class Stats extends BaseCommand {
  static override summary = 'Show the distributions of a label store as bars';
  static override description =
    'Labels by reason, severity, category, quality band, source and cluster, what people said of them, and how long they are. Tokens of question and answer are counted by the optional package gpt-tokenizer, in stores of more than 5,000 labels only with --tokens.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --store out/demo.duckdb --tokens --json',
  ];
  static override flags = {
    store: Flags.string({ summary: 'Label store to read (default: store.path of the configuration)', helpValue: 'FILE' }),
    tokens: Flags.boolean({ summary: 'Count tokens of question and answer (o200k_base), or not', allowNo: true }),
    all: Flags.boolean({ summary: 'Show all reasons and clusters, not only the most frequent' }),
  };

  async run(): Promise<StoreStats> {
    const { flags } = await this.parse(Stats);
    const { storeStats } = await import('../core/stats.ts');
    const { openStore } = await import('../core/store/open.ts');
    const store = await openStore(flags.store ?? (await this.settings(flags.config)).store.path, { readOnly: true });
    try {
      const stats = await storeStats(store, { tokens: flags.tokens });
      await this.page(statsPage(stats, widthOf(process.stdout), flags.all));
      return stats;
    } finally {
      await store.close();
    }
  }
}

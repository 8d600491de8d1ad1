import { Flags } from '@oclif/core';
import { BaseCommand } from '../../base-command.ts';
import type { Band } from '../../core/quality/bands.ts';
import type { StoreInfo as Info } from '../../core/store/store.ts';
import { storePage } from '../../render/store.ts';
import { widthOf } from '../../render/text.ts';

export default class StoreInfo extends BaseCommand {
  static override summary = 'Show what a label store holds';
  static override description =
    'Counts per table, type, cluster, category, reason and severity, quality, labels by quality band, captures, and the versions that wrote them.';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --store out/demo.duckdb --json'];
  static override flags = {
    store: Flags.string({ summary: 'Label store to read (default: store.path of the configuration)', helpValue: 'FILE' }),
  };

  async run(): Promise<Info & { bands: Record<Band, number> }> {
    const { flags } = await this.parse(StoreInfo);
    const { bandCounts } = await import('../../core/quality-trace.ts');
    const { openStore } = await import('../../core/store/open.ts');
    const store = await openStore(flags.store ?? (await this.settings(flags.config)).store.path, { readOnly: true });
    try {
      const info = { ...(await store.info()), bands: await bandCounts(store) };
      await this.page(storePage(info, widthOf(process.stdout)));
      return info;
    } finally {
      await store.close();
    }
  }
}

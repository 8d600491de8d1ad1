import { Flags } from '@oclif/core';
import { BaseCommand } from '../../base-command.ts';
import type { Incident } from '../../core/incidents.ts';
import { severities } from '../../core/model/event.ts';
import { type Category, taxonomy } from '../../core/model/taxonomy.ts';
import { incidentTable } from '../../render/incidents.ts';
import { counted, widthOf, wrap } from '../../render/text.ts';

export default class IncidentList extends BaseCommand {
  static override summary = 'List the incidents of a label store, worst first';
  static override description =
    `One line per label: id, severity, reason, the object to change, time, confidence and quality. What is no fault is left out unless --all, --category none (recovered, intended, in progress, inconclusive) or --category sizing asks for it.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> --severity high',
    '<%= config.bin %> <%= command.id %> --namespace shop --all --json',
    '<%= config.bin %> <%= command.id %> --reason ImageNotFound --store out/demo.duckdb',
  ];
  static override flags = {
    store: Flags.string({ summary: 'Label store to read (default: store.path of the configuration)', helpValue: 'FILE' }),
    severity: Flags.option({ options: severities, summary: 'Only this severity or worse' })(),
    reason: Flags.string({ summary: 'Only this reason', helpValue: 'REASON' }),
    category: Flags.option({ options: Object.keys(taxonomy) as Category[], summary: 'Only this category', helpValue: 'CATEGORY' })(),
    namespace: Flags.string({ char: 'n', summary: 'Only resources in this namespace', helpValue: 'NAME' }),
    cluster: Flags.string({ summary: 'Only this cluster', helpValue: 'ID' }),
    all: Flags.boolean({ char: 'a', summary: 'Also answers that are no fault' }),
  };

  async run(): Promise<Incident[]> {
    const { flags } = await this.parse(IncidentList);
    const { parseReason } = await import('../../core/check.ts');
    const { listIncidents } = await import('../../core/incidents.ts');
    const { openStore } = await import('../../core/store/open.ts');
    const reason = flags.reason === undefined ? undefined : parseReason(flags.reason);
    const store = await openStore(flags.store ?? (await this.settings(flags.config)).store.path, { readOnly: true });
    try {
      const { severity: atLeast, category, namespace, cluster, all } = flags;
      const { incidents, hidden } = await listIncidents(store, { atLeast, reason, category, namespace, cluster, all });
      const width = widthOf(process.stdout);
      if (incidents.length > 0) await this.page(incidentTable(incidents, width).join('\n'));
      const left = hidden > 0 ? `, ${hidden} without a fault left out (--all shows them)` : '';
      this.progress(wrap(`${counted(incidents.length, 'incident')}${left}`, width).join('\n'));
      return incidents;
    } finally {
      await store.close();
    }
  }
}

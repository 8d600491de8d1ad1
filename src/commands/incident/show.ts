import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../base-command.ts';
import type { ShownIncident } from '../../core/incidents.ts';
import { incidentPage } from '../../render/incident.ts';
import { widthOf } from '../../render/text.ts';

export default class IncidentShow extends BaseCommand {
  static override summary = 'Show one incident as a timeline, with its cause and what to do';
  static override description =
    `The timeline holds the abnormal facts, the changes around them and the cited evidence (●) with record, JSON Pointer and value. Then follow the root cause and what it rests on, the impact, the resolution (observed or advised), what else was considered and why it is not the answer, and what is not known.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> 8296ede2',
    '<%= config.bin %> <%= command.id %> 8296ede2 --store out/demo.duckdb --json',
  ];
  static override args = {
    id: Args.string({ required: true, description: 'Id of the incident or of its label, or the start of one (see incident list)' }),
  };
  static override flags = {
    store: Flags.string({ summary: 'Label store to read (default: store.path of the configuration)', helpValue: 'FILE' }),
  };

  async run(): Promise<ShownIncident[]> {
    const { args, flags } = await this.parse(IncidentShow);
    const { findIncident, shownIncidents } = await import('../../core/incidents.ts');
    const { openStore } = await import('../../core/store/open.ts');
    const store = await openStore(flags.store ?? (await this.settings(flags.config)).store.path, { readOnly: true });
    try {
      const shown: ShownIncident[] = [];
      for await (const one of shownIncidents(store, await findIncident(store, args.id))) shown.push(one);
      await this.page(shown.map((one) => incidentPage(one, widthOf(process.stdout))).join('\n\n'));
      return shown;
    } finally {
      await store.close();
    }
  }
}

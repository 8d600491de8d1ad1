import { BaseCommand } from '../base-command.ts';
import { exitCodes } from '../core/errors.ts';
import type { RecordResult } from '../core/record.ts';
import { recordFlags, recordRequest } from '../record-flags.ts';
import { widthOf } from '../render/text.ts';

export default class Record extends BaseCommand {
  static override summary = 'Record a live cluster into a capture';
  static override description =
    `Watches resources, Events, metrics and pod logs, and writes what it sees to local files that survive a crash. Secrets never leave the cluster (only their names are asked for), and what looks like a credential is masked before it is written. Whatever was missed is recorded as a gap. Stop it with Ctrl-C; nothing is ever changed in the cluster.

Exit code 4: no cluster answered, or nothing may be read. 6: with --strict, there were gaps. 130 after Ctrl-C, the capture is complete then.`;
  static override examples = [
    { description: 'Record the current context until Ctrl-C', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'Ten minutes of two namespaces, with the logs of all their containers',
      command: '<%= config.bin %> <%= command.id %> -n shop -n payments --logs all --duration 10m --out captures/monday',
    },
    {
      description: 'Two clusters in one capture',
      command: '<%= config.bin %> <%= command.id %> --context prod-eu --context prod-us',
    },
    { description: 'Go on after a restart', command: '<%= config.bin %> <%= command.id %> --out captures/monday --resume' },
  ];
  static override flags = recordFlags;

  async run(): Promise<Omit<RecordResult, 'tally'> & { records: { [kind: string]: number } }> {
    const { flags } = await this.parse(Record);
    const config = await this.settings(flags.config);
    const request = await recordRequest(flags, config.captures);
    const { recordClusters } = await import('../core/record.ts');
    const { recordPage, recordReporter } = await import('../render/record.ts');
    const progress = this.progressLine();
    const onStatus = recordReporter(progress, request.out);
    try {
      const { tally, ...result } = await this.interruptible((signal) => recordClusters({ ...request, signal, onStatus }));
      progress?.clear();
      this.log(recordPage({ ...result, tally }, widthOf(process.stdout)));
      if (flags.strict && tally.gaps > 0) process.exitCode ||= exitCodes.incomplete;
      return { ...result, records: tally.records };
    } finally {
      progress?.clear();
      for (const client of request.clients) client.close();
    }
  }
}

import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../base-command.ts';
import type { CutResult } from '../../core/capture/cut.ts';
import { exitCodes } from '../../core/errors.ts';
import { oneLine } from '../../core/model/text.ts';
import { counted } from '../../render/text.ts';

export default class CaptureCut extends BaseCommand {
  static override summary = 'Copy a time range or some namespaces into a new capture';
  static override description =
    'Objects that exist at --from begin the new capture as a snapshot, so that the state is right from its first record. Cluster-scoped objects are always kept. Exit code 6: nothing was recorded there.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> captures/prod --from 2026-11-23T20:57:00Z --to 2026-11-23T21:00:00Z --out captures/incident',
    '<%= config.bin %> <%= command.id %> captures/prod -n shop -n billing --out captures/small',
    '<%= config.bin %> <%= command.id %> captures/prod --class objects --class events --out captures/without-logs',
  ];
  static override args = { dir: Args.string({ description: 'Directory of the capture', required: true }) };
  static override flags = {
    out: Flags.string({ char: 'o', summary: 'New directory for the cut', helpValue: 'DIR', required: true }),
    from: Flags.string({ summary: 'First moment, RFC 3339', helpValue: 'TIME' }),
    to: Flags.string({ summary: 'Last moment, RFC 3339', helpValue: 'TIME' }),
    namespace: Flags.string({
      char: 'n',
      summary: 'Keep this namespace; may be repeated',
      helpValue: 'NAME',
      multiple: true,
      multipleNonGreedy: true,
    }),
    class: Flags.option({
      options: ['objects', 'events', 'metrics', 'logs'] as const,
      summary: 'Keep this class of records; may be repeated',
      helpValue: 'CLASS',
      multiple: true,
      multipleNonGreedy: true,
    })(),
  };

  async run(): Promise<CutResult> {
    const { args, flags } = await this.parse(CaptureCut);
    const { cutCapture } = await import('../../core/capture/cut.ts');
    const { from, to, out } = flags;
    const result = await this.interruptible((signal) =>
      cutCapture(args.dir, out, { from, to, namespaces: flags.namespace, classes: flags.class, signal }),
    );
    this.log(oneLine(`${counted(result.records, 'record')}, ${result.carried} of them the state at the start: ${out}`, 500));
    if (result.records === 0) {
      this.warn(oneLine(`nothing was recorded there: k8s-labeler capture info ${args.dir} shows the times and namespaces`, 500));
      process.exitCode = exitCodes.incomplete;
    }
    return result;
  }
}

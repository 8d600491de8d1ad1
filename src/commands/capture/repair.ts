import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../base-command.ts';
import type { RepairResult } from '../../core/capture/repair.ts';
import { oneLine } from '../../core/model/text.ts';
import { counted } from '../../render/text.ts';

export default class CaptureRepair extends BaseCommand {
  static override summary = 'Make a sound capture of a killed or damaged one';
  static override description =
    'Keeps every whole record with its number, leaves out torn tails and damaged parts, and writes a gap record where records are lost in the middle. In place, unless --out names another directory.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> captures/shop',
    '<%= config.bin %> <%= command.id %> captures/shop --out captures/shop-repaired',
  ];
  static override args = { dir: Args.string({ description: 'Directory of the capture', required: true }) };
  static override flags = {
    out: Flags.string({ char: 'o', helpValue: 'DIR', summary: 'Write the repaired capture here and leave the damaged one as it is' }),
  };

  async run(): Promise<RepairResult> {
    const { args, flags } = await this.parse(CaptureRepair);
    const { repairCapture } = await import('../../core/capture/repair.ts');
    const { formatPlace } = await import('../../core/capture/errors.ts');
    const result = await repairCapture(args.dir, { out: flags.out });
    for (const problem of result.problems) this.log(oneLine(`${problem.code} ${formatPlace(problem)}: ${problem.message}`, 500));
    const { status, out, kept, lost, gaps } = result;
    if (status === 'unchanged') this.log(`nothing to repair: ${counted(kept, 'record')}`);
    else this.log(oneLine(`${counted(kept, 'record')} kept, ${lost} known to be lost, ${counted(gaps, 'gap')} recorded: ${out}`, 500));
    return result;
  }
}

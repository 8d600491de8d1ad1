import { Args } from '@oclif/core';
import { BaseCommand } from '../../base-command.ts';
import type { Verification } from '../../core/capture/verify.ts';
import { exitCodes } from '../../core/errors.ts';
import { oneLine } from '../../core/model/text.ts';
import { counted } from '../../render/text.ts';

export default class CaptureVerify extends BaseCommand {
  static override summary = 'Check a capture: checksums, order, records, counters';
  static override description = 'Reads every byte and names each problem with file, member and line. Exit code 3 if there is one.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> captures/shop',
    '<%= config.bin %> <%= command.id %> captures/shop --json | jq .problems',
  ];
  static override args = { dir: Args.string({ description: 'Directory of the capture', required: true }) };

  async run(): Promise<Verification> {
    const { args } = await this.parse(CaptureVerify);
    const { verifyCapture } = await import('../../core/capture/verify.ts');
    const { formatPlace } = await import('../../core/capture/errors.ts');
    const verification = await verifyCapture(args.dir);
    for (const problem of verification.problems) this.log(oneLine(`${problem.code} ${formatPlace(problem)}: ${problem.message}`, 500));
    const { ok, problems, records, segments } = verification;
    this.log(`${ok ? 'sound' : counted(problems.length, 'problem')}: ${counted(records, 'record')} in ${counted(segments, 'segment')}`);
    if (!ok) {
      this.progress(oneLine(`→ k8s-labeler capture repair ${args.dir} keeps every readable record`, 500));
      process.exitCode = exitCodes.capture;
    }
    return verification;
  }
}

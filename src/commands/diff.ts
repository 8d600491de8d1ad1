import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.ts';
import type { DiffResult } from '../core/diff.ts';
import { exitCodes } from '../core/errors.ts';
import { widthOf } from '../render/text.ts';

export default class Diff extends BaseCommand {
  static override summary = 'Compare two label stores or datasets';
  static override description =
    `Shows which labels were added, removed and changed, which fields changed, counts by reason, mean quality, and rows that moved from one split to another. Labels are matched by id. Either side may be a label store, a file of export --format, a dataset folder with labels/*.parquet, or a folder of export --to with splits.jsonl (which knows splits and hashes only).

Exit code 6: a row moved between splits, or, with --exit-code, anything differs.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> before.duckdb after.duckdb',
    {
      description: 'Compare a store with what was exported of it',
      command: '<%= config.bin %> <%= command.id %> labels.duckdb labels.jsonl',
    },
    { description: 'In a pipeline', command: '<%= config.bin %> <%= command.id %> dataset-v1 dataset-v2 --exit-code --json' },
  ];
  static override args = {
    before: Args.string({ description: 'Store, file or folder to compare with', required: true }),
    after: Args.string({ description: 'Store, file or folder that is compared', required: true }),
  };
  static override flags = {
    all: Flags.boolean({ char: 'a', summary: 'List every difference (default: 20 of each kind; --json always lists all)' }),
    'exit-code': Flags.boolean({ summary: 'End with exit code 6 if anything differs' }),
  };

  async run(): Promise<DiffResult> {
    const { args, flags } = await this.parse(Diff);
    const { differs, diffLabels } = await import('../core/diff.ts');
    const { diffPage } = await import('../render/diff.ts');
    const result = await this.interruptible((signal) => diffLabels(args.before, args.after, signal));
    await this.page(diffPage(result, { all: flags.all, width: widthOf(process.stdout) }));
    if (result.moved.length > 0 || (flags['exit-code'] && differs(result))) process.exitCode = exitCodes.incomplete;
    return result;
  }
}

import { Args } from '@oclif/core';
import { BaseCommand } from '../../base-command.ts';
import type { PackTestResult } from '../../core/pack-tests.ts';
import { packTestPage } from '../../render/pack-tests.ts';
import { widthOf } from '../../render/text.ts';

export default class RulesTest extends BaseCommand {
  static override summary = 'Run the tests that rule packs carry';
  static override description =
    `A test holds a few objects and log lines, or names a capture, and says which rules of the pack must claim what; those that are not named must stay quiet. All rules run, as they do in generate.

Exit code 1: a test failed, or a part of a pack is broken.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> examples/rule-packs/house.yaml',
    '<%= config.bin %> <%= command.id %> packs/*.yaml --json',
  ];
  static override strict = false;
  static override args = { pack: Args.string({ required: true, description: 'Rule packs', name: 'PACK…' }) };

  async run(): Promise<{ results: PackTestResult[]; problems: string[] }> {
    const { flags, argv } = await this.parse(RulesTest);
    const { ruleSetOf } = await import('../../core/rule-set.ts');
    const { runPackTests } = await import('../../core/pack-tests.ts');
    const set = await ruleSetOf(await this.settings(flags.config), argv as string[]);
    const results = await runPackTests(set);
    this.log(packTestPage(results, set.problems, widthOf(process.stdout)));
    if (set.problems.length > 0 || results.some(({ passed }) => !passed)) process.exitCode = 1;
    return { results, problems: set.problems };
  }
}

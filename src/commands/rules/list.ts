import { Flags } from '@oclif/core';
import { BaseCommand } from '../../base-command.ts';
import { type Category, categoryOf, taxonomy } from '../../core/model/taxonomy.ts';
import type { Coverage } from '../../core/rules/catalog.ts';
import { missingTable, type RuleInfo, ruleTable } from '../../render/rules.ts';
import { widthOf } from '../../render/text.ts';
import { ruleFlags } from '../../rule-flags.ts';

export default class RulesList extends BaseCommand {
  static override summary = 'List the diagnosis rules, and what they cover of the taxonomy';
  static override description =
    `Every built-in rule with the reasons that it can say. --missing lists the fault reasons that no rule says yet. Reasons of the categories change, sizing and none come from the analysis itself and need no rule.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --category scheduling',
    '<%= config.bin %> <%= command.id %> --missing --json',
  ];
  static override flags = {
    category: Flags.option({
      options: Object.keys(taxonomy) as Category[],
      summary: 'Only rules for reasons of this category',
      helpValue: 'CATEGORY',
    })(),
    ...ruleFlags,
    missing: Flags.boolean({ summary: 'List the reasons that have no rule' }),
  };

  async run(): Promise<{ rules: RuleInfo[]; coverage: Coverage; rulesVersion: string }> {
    const { flags } = await this.parse(RulesList);
    const { rules: all, rulesVersion: version } = await this.ruleSet(await this.settings(flags.config), flags.rules);
    const { ruleCoverage } = await import('../../core/rules/catalog.ts');
    const { category } = flags;
    const rules: RuleInfo[] = all
      .filter(({ reasons }) => category === undefined || reasons.some((reason) => categoryOf(reason) === category))
      .map(({ match: _match, describe: _describe, ...info }) => info);
    const coverage = ruleCoverage(all, category);
    const width = widthOf(process.stdout);
    await this.page(flags.missing ? missingTable(coverage, width) : ruleTable(rules, coverage, width));
    return { rules, coverage, rulesVersion: version };
  }
}

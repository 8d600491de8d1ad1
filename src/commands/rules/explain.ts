import { Args } from '@oclif/core';
import { BaseCommand } from '../../base-command.ts';
import { usageError } from '../../core/errors.ts';
import { type RuleInfo, rulePage } from '../../render/rules.ts';
import { widthOf } from '../../render/text.ts';
import { ruleFlags } from '../../rule-flags.ts';

export default class RulesExplain extends BaseCommand {
  static override summary = 'Explain a rule: what it says, when it may be wrong, what it cannot see';
  static override description =
    'Takes the id of a rule, or a reason of the taxonomy: then every rule is shown that can say it. Case does not matter.';
  static override examples = ['<%= config.bin %> <%= command.id %> OOM-1', '<%= config.bin %> <%= command.id %> ImageNotFound --json'];
  static override args = { rule: Args.string({ required: true, description: 'Rule id or reason' }) };

  static override flags = ruleFlags;

  async run(): Promise<RuleInfo[]> {
    const { args, flags } = await this.parse(RulesExplain);
    const { rules } = await this.ruleSet(await this.settings(flags.config), flags.rules);
    const { findRules, nearestRule, ruleCoverage } = await import('../../core/rules/catalog.ts');
    const found: RuleInfo[] = findRules(rules, args.rule).map(({ match: _match, describe: _describe, ...info }) => info);
    if (found.length === 0) {
      const why = ruleCoverage(rules).missing.find(({ reason }) => reason.toLowerCase() === args.rule.toLowerCase());
      throw unknown(args.rule, nearestRule(rules, args.rule), why);
    }
    await this.page(found.map((rule) => rulePage(rule, widthOf(process.stdout))).join('\n\n'));
    return found;
  }
}

function unknown(query: string, meant: string | undefined, missing: { reason: string; why: string } | undefined) {
  if (missing !== undefined) {
    return usageError('RULE_NOT_FOUND', `${missing.reason} is a reason of the taxonomy, but no rule says it: ${missing.why}`, {
      suggestions: ['k8s-labeler rules list --missing'],
    });
  }
  return usageError('RULE_NOT_FOUND', `there is no rule or reason "${query}"`, {
    suggestions: [...(meant === undefined ? [] : [`did you mean ${meant}?`]), 'all of them: k8s-labeler rules list'],
  });
}

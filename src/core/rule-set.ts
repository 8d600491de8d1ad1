import type { Extra } from './analysis/signals/extra.ts';
import type { LabellingOptions } from './labelling.ts';
import type { Config } from './model/config.ts';
import type { Pack } from './packs/load.ts';
import { builtinRules } from './rules/all.ts';
import { rulesVersion } from './rules/version.ts';

/** All rules that count, and the configuration as packs change it. `problems` are `file:line:column: what` of what was left out. */
export type RuleSet = Required<Pick<LabellingOptions, 'config' | 'rules' | 'rulesVersion'>> & {
  extra?: Extra;
  packs: Pack[];
  problems: string[];
};

/**
 * The built-in rules with those of packs. Throws PACK_NOT_FOUND, PACK_INVALID, and PACK_CONFLICT (exit code 2) for a rule id that is taken:
 * a pack that wants another rule in its place disables it and brings its own.
 */
export async function ruleSetOf(config: Config, files: readonly string[]): Promise<RuleSet> {
  const all = [...config.rules.packs, ...files];
  if (all.length === 0) return { config, rules: builtinRules, rulesVersion: rulesVersion(builtinRules), packs: [], problems: [] };
  const { loadPack } = await import('./packs/load.ts');
  const { joinPacks } = await import('./pack-set.ts');
  const packs: Pack[] = [];
  for (const file of all) packs.push(await loadPack(file));
  return joinPacks(config, packs);
}

import type { SignatureMatch } from './analysis/logs/signatures.ts';
import type { Extra } from './analysis/signals/extra.ts';
import { usageError } from './errors.ts';
import type { Config } from './model/config.ts';
import { regex } from './packs/cel.ts';
import type { Pack } from './packs/load.ts';
import { withWording } from './packs/rule.ts';
import type { PackSignature } from './packs/schema.ts';
import type { RuleSet } from './rule-set.ts';
import { builtinRules } from './rules/all.ts';
import type { Rule } from './rules/rule.ts';
import { rulesVersion } from './rules/version.ts';

/** The built-in rules joined with those of packs that were loaded; see `ruleSetOf`. */
export function joinPacks(config: Config, packs: Pack[]): RuleSet {
  const byId = new Map<string, Rule>(builtinRules.map((rule) => [rule.id, rule]));
  const problems = packs.flatMap((pack) => pack.problems);
  for (const { file, rules } of packs) {
    for (const rule of rules) {
      if (byId.has(rule.id)) {
        const suggestions = [`give it an id of your own; to be rid of the other one: disable: [${rule.id}]`];
        throw usageError('PACK_CONFLICT', `${file}: there is a rule ${rule.id} already`, { suggestions });
      }
      byId.set(rule.id, rule);
    }
  }
  for (const { file, wording } of packs) {
    for (const words of wording) {
      const rule = byId.get(words.rule);
      if (rule === undefined) problems.push(`${file}: wording for ${words.rule}, which is no rule`);
      else byId.set(rule.id, withWording(rule, words));
    }
  }
  const rules = [...byId.values()];
  const disabled = [...new Set([...config.rules.disabled, ...packs.flatMap(({ disable }) => disable)])];
  const settings = packs.reduce((all, { thresholds }) => merged(all, thresholds), config.rules);
  // Wording, thresholds and signatures change labels too: the whole of a pack is part of the version.
  const parts = [...rules, ...packs.map(({ name, hash }) => ({ id: `pack/${name}/${hash}`, version: 1 }))];
  return {
    config: { ...config, rules: { ...settings, disabled } },
    rules,
    rulesVersion: rulesVersion(parts),
    extra: extraOf(packs),
    packs,
    problems,
  };
}

function merged(settings: Config['rules'], { podCrash, resourceUtilization }: Pack['thresholds']): Config['rules'] {
  return {
    ...settings,
    podCrash: { ...settings.podCrash, ...podCrash },
    resourceUtilization: { ...settings.resourceUtilization, ...resourceUtilization },
  };
}

const longestLine = 8_192;

function extraOf(packs: Pack[]): Extra {
  const signatures = packs.flatMap((pack) => pack.signatures);
  const conditions = packs.flatMap((pack) => pack.conditions.map(({ seconds, ...condition }) => ({ ...condition, confirm: seconds })));
  return {
    conditions,
    line: (message) => {
      const line = message.slice(0, longestLine);
      for (const signature of signatures) {
        const match = matchOf(signature, line);
        if (match !== undefined) return match;
      }
      return undefined;
    },
  };
}

function matchOf({ id, pattern, level }: PackSignature, line: string): SignatureMatch | undefined {
  const matcher = regex(pattern).matcher(line);
  if (!matcher.find()) return undefined;
  const names = Object.keys(regex(pattern).namedGroups());
  const fields = Object.fromEntries(names.map((name) => [name, matcher.group(name) ?? '']).filter(([, value]) => value !== ''));
  return { id, family: 'pack', level, weight: 0.9, fields };
}

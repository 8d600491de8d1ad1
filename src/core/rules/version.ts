import { labelerNamespace, uuid5 } from '../model/uuid.ts';
import type { Rule } from './rule.ts';

/** Short hash over ids and versions of rules, whatever their order: labels with the same one come from the same rules. */
export function rulesVersion(rules: readonly Pick<Rule, 'id' | 'version'>[]): string {
  const names = rules.map(({ id, version }) => `${id}@${version}`).sort();
  return uuid5(`rules/${names.join(',')}`, labelerNamespace).slice(0, 8);
}

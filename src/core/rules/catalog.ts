import { nearest } from '../model/nearest.ts';
import { type Category, type Reason, taxonomy } from '../model/taxonomy.ts';
import type { Rule } from './rule.ts';

/** Categories that the analysis itself gives: changes modify a fault, sizing comes from usage, none is abstaining. */
const withoutRules: readonly string[] = ['change', 'sizing', 'none'] satisfies Category[];

/** Fault reasons that no rule says, and why: what would prove them is not in a recording, or another reason says it better. */
const notImplemented: Partial<Record<Reason, string>> = {
  ImagePullSlow: 'a pull that goes on ends by itself: until then the pod is InProgress, and one that fails has its own reasons',
  ServiceNotFound: 'said as DnsResolutionFailed, which names the Service that does not exist',
  NetworkDegraded: 'delay and loss are not recorded; what they do to probes and clients has reasons of its own',
  NodeDrained: 'somebody wanted it: said as IntendedState (EVI-2), or as PdbBlocked where it cannot end',
  CronSuspended: 'somebody wanted it: said as IntendedState (CRN-1)',
};

/** How much of the taxonomy the rules can say. `missing` are fault reasons that no rule claims, each with the reason why. */
export type Coverage = { reasons: number; covered: number; missing: { category: Category; reason: Reason; why: string }[] };

/** Coverage of the fault reasons by rules. */
export function ruleCoverage(rules: readonly Pick<Rule, 'reasons'>[], category?: Category): Coverage {
  const claimed = new Set(rules.flatMap(({ reasons }) => reasons));
  const all = Object.entries(taxonomy)
    .filter(([name]) => (category === undefined ? !withoutRules.includes(name) : name === category))
    .flatMap(([name, reasons]) => reasons.map((reason: Reason) => ({ category: name as Category, reason })));
  const missing = all
    .filter(({ reason }) => !claimed.has(reason))
    .map((one) => ({ ...one, why: notImplemented[one.reason] ?? 'no rule was written yet' }));
  return { reasons: all.length, covered: all.length - missing.length, missing };
}

/** The rule with this id, or all rules that can claim this reason; case does not matter. Empty if neither is known. */
export function findRules(rules: readonly Rule[], query: string): Rule[] {
  const wanted = query.toLowerCase();
  const byId = rules.filter(({ id }) => id.toLowerCase() === wanted);
  return byId.length > 0 ? byId : rules.filter(({ reasons }) => reasons.some((reason) => reason.toLowerCase() === wanted));
}

/** The rule id or reason that a mistyped query most likely meant. */
export function nearestRule(rules: readonly Rule[], query: string): string | undefined {
  return nearest(query, [...rules.map(({ id }) => id), ...Object.values(taxonomy).flat()]);
}

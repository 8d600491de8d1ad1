import type { AggregatedEvent, Evidence } from '../model/event.ts';
import { sameRef } from '../model/resource.ts';
import type { Rule, RuleClaim, RuleSettings } from '../rules/rule.ts';
import { type ClusterState, nameKey } from '../state/state.ts';
import { lookAt, type Reduction, reduce } from './without.ts';

/** The reductions of one incident at one moment, by fact: several rules cite the same. */
export type Reductions = Map<string, Reduction>;

/**
 * The evidence of a claim, each supporting item with what running the same rule again without it shows: `necessary` if the rule then no
 * longer claims the reason of the subject, or less surely; else `corroborating` if no necessary item is of its type and object; else
 * `redundant`. A rule that throws for lack of the item makes no claim.
 */
export function ablate(
  rule: Pick<Rule, 'match'>,
  claim: RuleClaim,
  incident: AggregatedEvent,
  state: ClusterState,
  settings: RuleSettings,
  reductions: Reductions = new Map(),
): Evidence[] {
  const stands = (item: Evidence) => {
    const key = `${item.seq}|${item.pointer}|${nameKey(item.ref)}|${item.ref.uid}`;
    const reduction = reductions.get(key) ?? reduce(incident, state, item);
    reductions.set(key, reduction);
    return lookAt(reduction, (event, seen) =>
      standsIn(
        claim,
        claimsOf(() => rule.match(event, seen, settings)),
      ),
    );
  };
  const supporting = claim.evidence.filter(({ role }) => role === 'supports');
  const necessary = new Set(supporting.filter((item) => !stands(item)));
  const proven = new Set([...necessary].map(sourceOf));
  return claim.evidence.map((item) => {
    if (item.role !== 'supports') return item;
    const ablation = necessary.has(item) ? 'necessary' : proven.has(sourceOf(item)) ? 'redundant' : 'corroborating';
    return { ...item, ablation };
  });
}

function claimsOf(match: () => RuleClaim[]): RuleClaim[] {
  try {
    return match();
  } catch {
    return [];
  }
}

function standsIn({ reason, subject, confidence }: RuleClaim, claims: RuleClaim[]): boolean {
  return claims.some(
    (other) => other.reason === reason && other.confidence >= confidence && other.evidence.length > 0 && sameRef(other.subject, subject),
  );
}

/** Evidence of one type about one object is one source. */
function sourceOf({ type, ref }: Evidence): string {
  return `${type}|${nameKey(ref)}`;
}

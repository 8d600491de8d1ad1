import type { AggregatedEvent, Evidence } from '../model/event.ts';
import { sameRef } from '../model/resource.ts';
import type { Rule, RuleClaim, RuleSettings } from '../rules/rule.ts';
import { type ClusterState, nameKey } from '../state/state.ts';
import { lookAt, type Reduction, reduce } from './without.ts';

/** The reductions of one incident at one moment, by fact: several rules cite the same. */
export type Reductions = Map<string, Reduction>;

/**
 * The evidence of a claim, each supporting item with what running the same rule again without it shows: `necessary` if the rule then no
 * longer claims the reason of the subject; `strengthening` if less surely; else `corroborating` if no item of these kinds is of its type and
 * object; else `redundant`. A rule that throws for lack of the item makes no claim.
 */
export function ablate(
  rule: Pick<Rule, 'match'>,
  claim: RuleClaim,
  incident: AggregatedEvent,
  state: ClusterState,
  settings: RuleSettings,
  reductions: Reductions = new Map(),
): Evidence[] {
  const without = (item: Evidence): Loss => {
    const key = `${item.seq}|${item.pointer}|${nameKey(item.ref)}|${item.ref.uid}`;
    const reduction = reductions.get(key) ?? reduce(incident, state, item);
    reductions.set(key, reduction);
    return lookAt(reduction, (event, seen) =>
      lossOf(
        claim,
        claimsOf(() => rule.match(event, seen, settings)),
      ),
    );
  };
  const losses = new Map(claim.evidence.filter(({ role }) => role === 'supports').map((item) => [item, without(item)]));
  const proven = new Set([...losses].flatMap(([item, loss]) => (loss === undefined ? [] : [sourceOf(item)])));
  return claim.evidence.map((item) => {
    if (!losses.has(item)) return item;
    return { ...item, ablation: losses.get(item) ?? (proven.has(sourceOf(item)) ? 'redundant' : 'corroborating') };
  });
}

/** What a claim loses without an item: all, some of its confidence, or nothing. */
type Loss = 'necessary' | 'strengthening' | undefined;

function claimsOf(match: () => RuleClaim[]): RuleClaim[] {
  try {
    return match();
  } catch {
    return [];
  }
}

function lossOf({ reason, subject, confidence }: RuleClaim, claims: RuleClaim[]): Loss {
  const left = claims.filter((other) => other.reason === reason && other.evidence.length > 0 && sameRef(other.subject, subject));
  if (left.length === 0) return 'necessary';
  return left.some((other) => other.confidence >= confidence) ? undefined : 'strengthening';
}

/** Evidence of one type about one object is one source. */
function sourceOf({ type, ref }: Evidence): string {
  return `${type}|${nameKey(ref)}`;
}

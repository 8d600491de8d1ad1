import type { Evidence } from '../model/event.ts';
import { sameValue } from '../model/fields.ts';
import { sameRef } from '../model/resource.ts';
import { compareText } from '../model/text.ts';
import { nameKey } from '../state/state.ts';
import type { StandingClaim } from './explain.ts';

/** How often a rule's answers were found right and wrong. Rules that are not in it were never reviewed. */
export type TrackRecords = ReadonlyMap<string, { right: number; wrong: number }>;

/**
 * What the rules claim together: one reason of one subject. `claim` is the surest rule's, `agreeing` are the ids of the others that count.
 * `score` is the logarithm of the odds against saying nothing, `alone` its probability without rivals, `probability` the one among them.
 */
export type Candidate = { claim: StandingClaim; agreeing: string[]; score: number; alone: number; probability: number };

type Said = { reason: StandingClaim['reason']; confidence: number };

/**
 * Combines the claims about one incident, deterministically and whatever their order. A vote is the log odds of its confidence; votes for
 * the same reason and subject add up where they rest on different evidence. Candidates that exclude each other, and saying nothing
 * (score 0), share the probability (softmax). A claim that nobody else makes or disputes is as likely as its rule says.
 */
export function vote(
  claims: StandingClaim[],
  excludes: (one: Said, other: Said) => boolean,
  records: TrackRecords = new Map(),
): Candidate[] {
  const groups = [...groupsOf(claims)].sort(([a], [b]) => compareText(a, b));
  const candidates = groups.map(([, votes]) => tally(votes, records));
  return candidates.map((one) => {
    const rivals = candidates.filter((other) => other !== one && excludes(saidBy(one), saidBy(other)) && lowers(other, one));
    // One reason of several subjects, one rule, and one fact are one way of being wrong.
    const same = (a: Candidate, b: Candidate) => a.claim.reason === b.claim.reason || sameGround(a, b);
    const against = largestSum(rivals, (rival) => Math.exp(rival.score), same);
    return { ...one, probability: rounded(1 / (1 + (1 + against) * Math.exp(-one.score))) };
  });
}

/** Whether a rival takes anything from a candidate: a less sure reading of the same fact is a part of the doubt that the surer one states. */
function lowers(rival: Candidate, one: Candidate): boolean {
  return disputes(rival, one) && (rival.score >= one.score || !sameGround(rival, one));
}

/** Whether a rival counts against a candidate: one that its rule has let go, or whose facts have passed, does not against what still stands. */
export function disputes(rival: Candidate, one: Candidate): boolean {
  return isPast(one) || !isPast(rival);
}

function isPast({ claim }: Candidate): boolean {
  return claim.faded === true || claim.passed === true;
}

/** Whether two candidates are the word of one rule, or rest on one fact. */
export function sameGround({ claim: one }: Pick<Candidate, 'claim'>, { claim: other }: Pick<Candidate, 'claim'>): boolean {
  return one.ruleId === other.ruleId || overlap(one, other);
}

function groupsOf(claims: StandingClaim[]): Map<string, StandingClaim[]> {
  const groups = new Map<string, StandingClaim[]>();
  for (const claim of claims) {
    const key = `${claim.reason}|${nameKey(claim.subject)}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [claim]);
    else group.push(claim);
  }
  return groups;
}

/** The confidence that experimental rules alone never pass. */
export const experimentalLimit = 0.7;

function tally(votes: StandingClaim[], records: TrackRecords): Candidate {
  // Where a rule still makes the claim, the word of one that has let go of it does not count.
  const standing = votes.filter(({ faded }) => faded !== true);
  const weights = new Map((standing.length > 0 ? standing : votes).map((claim) => [claim, weightOf(claim, records)]));
  const ordered = [...weights.keys()].sort(
    (a, b) =>
      (weights.get(b) as number) - (weights.get(a) as number) || b.evidence.length - a.evidence.length || compareText(a.ruleId, b.ruleId),
  );
  const [claim, ...others] = ordered as [StandingClaim, ...StandingClaim[]];
  let score = weights.get(claim) as number;
  const further = others.filter((other) => (weights.get(other) as number) > 0);
  if (further.length > 0)
    score = Math.max(
      score,
      largestSum([claim, ...further], (one) => weights.get(one) as number, overlap),
    );
  if (ordered.every(({ experimental }) => experimental === true)) score = Math.min(score, logit(experimentalLimit));
  const agreeing = [...new Set(others.map(({ ruleId }) => ruleId))].filter((id) => id !== claim.ruleId).sort();
  const alone = rounded(1 / (1 + Math.exp(-score)));
  return { claim, agreeing, score, alone, probability: alone };
}

// How many reviews the prior counts for.
const priorReviews = 10;

function weightOf({ ruleId, confidence, experimental }: StandingClaim, records: TrackRecords): number {
  const { right, wrong } = records.get(ruleId) ?? { right: 0, wrong: 0 };
  const prior = experimental === true ? 0.6 : 0.9;
  const precision = (right + priorReviews * prior) / (right + wrong + priorReviews);
  return logit(confidence) * (precision / prior);
}

const surest = 0.99;

/** Log odds; nothing is quite certain, either way. */
function logit(confidence: number): number {
  const bounded = Math.min(surest, Math.max(1 - surest, confidence));
  return Math.log(bounded / (1 - bounded));
}

const searchedItems = 12;

/** The largest sum of positive weights of items no two of which are the same; an estimate from below where very many are entangled. */
function largestSum<T>(items: T[], weight: (item: T) => number, same: (a: T, b: T) => boolean): number {
  return entangled(items, same).reduce((sum, group) => sum + largestOf(group, weight, same), 0);
}

function largestOf<T>(group: T[], weight: (item: T) => number, same: (a: T, b: T) => boolean): number {
  const [first] = group;
  if (first === undefined) return 0;
  if (group.length === 1) return weight(first);
  if (group.length > searchedItems) {
    const chosen: T[] = [];
    for (const item of group.toSorted((a, b) => weight(b) - weight(a))) if (!chosen.some((one) => same(one, item))) chosen.push(item);
    return chosen.reduce((sum, item) => sum + weight(item), 0);
  }
  const others = group.slice(1);
  const apart = others.filter((other) => !same(first, other));
  return Math.max(largestSum(others, weight, same), weight(first) + largestSum(apart, weight, same));
}

/** Items in groups that have nothing the same between them. */
function entangled<T>(items: T[], same: (a: T, b: T) => boolean): T[][] {
  const groups: T[][] = [];
  const left = new Set(items);
  for (const item of items) {
    if (!left.delete(item)) continue;
    const group = [item];
    for (const member of group) for (const other of left) if (same(member, other) && left.delete(other)) group.push(other);
    groups.push(group);
  }
  return groups;
}

function rounded(probability: number): number {
  return Math.round(Math.min(surest, probability) * 1000) / 1000;
}

function saidBy({ claim, alone }: Candidate): Said {
  return { reason: claim.reason, confidence: alone };
}

/** Whether two claims rest on a fact that is the same, or a part of the other's. */
function overlap(one: StandingClaim, other: StandingClaim): boolean {
  return one.evidence.some((item) => other.evidence.some((another) => sameFact(item, another)));
}

function sameFact(a: Evidence, b: Evidence): boolean {
  if (!sameRef(a.ref, b.ref)) return false;
  if (a.pointer === b.pointer) return a.seq === b.seq || sameValue(a.value, b.value);
  return a.seq === b.seq && (a.pointer.startsWith(`${b.pointer}/`) || b.pointer.startsWith(`${a.pointer}/`));
}

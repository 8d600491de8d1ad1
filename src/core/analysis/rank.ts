import type { AbstainConfig } from '../model/config.ts';
import type { Fate } from '../model/event.ts';
import { categoryOf } from '../model/taxonomy.ts';
import { compareText } from '../model/text.ts';
import type { ExaminedIncident, StandingClaim } from './explain.ts';
import { excludes, explains } from './relations.ts';
import { type Candidate, disputes, sameGround, type TrackRecords, vote } from './vote.ts';

/** A claim as all rules that make it see it: its confidence is its probability among its rivals. `agreeing`: the other rules, by id. */
export type WeighedClaim = StandingClaim & { agreeing: string[] };

/**
 * The best claim of an incident, the rest in order with what became of them, and why the best is no answer: too weak, or too close to a
 * rival (undefined when it is one).
 */
export type Verdict = {
  winner: WeighedClaim;
  others: (WeighedClaim & { fate: Fate })[];
  undecided: 'too-weak' | 'too-close' | undefined;
};

/**
 * Orders the claims of an incident: cause before symptom, then the strength of the votes, then rule id. It is undecided when the best is
 * below the confidence that an answer needs, or its rivals are too close: with them it is not likely enough, or hardly more likely.
 */
export function rank(incident: ExaminedIncident, config: AbstainConfig, records?: TrackRecords): Verdict | undefined {
  const faults = incident.claims.filter(({ reason }) => categoryOf(reason) !== 'sizing');
  const ordered = vote(faults, excludes, records).sort(before);
  const winner = ordered.find((one) => !ordered.some((other) => other !== one && outranks(other, one, config)));
  if (winner === undefined) return undefined;
  const rest = ordered.filter((one) => one !== winner).sort((a, b) => b.probability - a.probability);
  const rivals = rest.filter((one) => excludes(said(winner), said(one)) && disputes(one, winner));
  const close = closeRivals(winner, rivals, config);
  const undecided = winner.alone < config.minConfidence ? 'too-weak' : close.length > 0 ? 'too-close' : undefined;
  const fateOf = (one: Candidate): Fate => {
    if (one.claim.faded === true) return 'faded';
    if (undecided === 'too-weak' || (undecided === 'too-close' && close.includes(one))) return undecided;
    return explains(said(winner), said(one)) ? 'explained' : 'weaker';
  };
  return { winner: weighed(winner), others: rest.map((one) => ({ ...weighed(one), fate: fateOf(one) })), undecided };
}

function before(a: Candidate, b: Candidate): number {
  return (
    b.score - a.score ||
    b.claim.evidence.length - a.claim.evidence.length ||
    compareText(a.claim.ruleId, b.claim.ruleId) ||
    compareText(a.claim.chain[0] ?? '', b.claim.chain[0] ?? '')
  );
}

/** The rivals because of which there is no answer. Where only all of them together are in the way, it is the likeliest ones. */
function closeRivals(winner: Candidate, rivals: Candidate[], { minConfidence, minMargin }: AbstainConfig): Candidate[] {
  const margin = (one: Candidate) => (sameGround(winner, one) ? winner.alone - one.alone : winner.probability - one.probability);
  const near = rivals.filter((one) => one.score === winner.score || margin(one) < minMargin);
  if (near.length > 0 || winner.probability >= minConfidence) return near;
  return rivals.filter((one) => one.probability === rivals[0]?.probability);
}

/** A mechanism outranks its symptom even when the symptom is the surer fact, as long as it is sure enough by itself. */
function outranks(cause: Candidate, symptom: Candidate, config: AbstainConfig): boolean {
  if (cause.claim.reason === symptom.claim.reason || cause.alone < config.minConfidence) return false;
  return explains(said(cause), said(symptom)) && !explains(said(symptom), said(cause));
}

function said({ claim, alone }: Candidate): { reason: StandingClaim['reason']; confidence: number } {
  return { reason: claim.reason, confidence: alone };
}

function weighed({ claim, agreeing, probability }: Candidate): WeighedClaim {
  return { ...claim, confidence: probability, agreeing };
}

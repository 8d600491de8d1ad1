import { excludes } from './analysis/relations.ts';
import type { Fate } from './model/event.ts';
import type { TroubleshootingLabel } from './model/label.ts';
import type { Review } from './model/review.ts';
import type { Reason } from './model/taxonomy.ts';
import type { LabelStore } from './store/store.ts';
import { trackRecords, wilsonInterval } from './track-records.ts';

/**
 * What one rule did over the incidents of a store, in the terms of Snorkel's LFAnalysis. Counts are incidents: in which it claimed something
 * (`votes`; `coverage` is their share), in which another rule did so too (`overlaps`), in which another rule's claim excludes its own
 * (`conflicts`), in which only it spoke (`unique`), whose answer is its claim (`wins`), in which its winning claim kept another rule's from
 * being the answer (`vetoes`), and whose best claim is its own but is no answer (`abstained`). `meanConfidence` is over its surest claims.
 * `right` and `wrong` are labels of its answers that people reviewed, `precision` the Wilson interval (95 %) of the share that is right.
 */
export type RuleStats = {
  id: string;
  votes: number;
  coverage: number;
  overlaps: number;
  conflicts: number;
  unique: number;
  wins: number;
  vetoes: number;
  abstained: number;
  meanConfidence: number | null;
  right: number;
  wrong: number;
  precision: { low: number; high: number } | null;
};

export const statColumns = [
  'id',
  'votes',
  'coverage',
  'overlaps',
  'conflicts',
  'unique',
  'wins',
  'vetoes',
  'abstained',
  'meanConfidence',
  'right',
  'wrong',
  'precision',
] as const; // prettier-ignore

export type StatColumn = (typeof statColumns)[number];

/** The rules that claimed something, the ids of those that did not, and over how many incidents. */
export type RulesStats = { incidents: number; rules: RuleStats[]; silent: string[] };

type Vote = { ruleId: string; reason: Reason; confidence: number; won: boolean; fate?: Fate };
type Sums = Omit<RuleStats, 'id' | 'coverage' | 'meanConfidence' | 'right' | 'wrong' | 'precision'> & { confidence: number };

/**
 * Counts the votes of rules over the troubleshooting labels of a store (of one cluster). `known` are the ids of all rules that could have
 * claimed something. Reviews are those of all clusters. Rules come in the order of a column: counts from the largest on, precision by its lower bound,
 * ids from A on, equal ones by id.
 */
export async function rulesStats(
  store: Pick<LabelStore, 'select' | 'reviews'>,
  known: readonly string[],
  { cluster, sort = 'votes' }: { cluster?: string; sort?: StatColumn } = {},
): Promise<RulesStats> {
  const sums = new Map<string, Sums>();
  let incidents = 0;
  for await (const label of store.select({ type: 'troubleshooting', ...(cluster === undefined ? {} : { cluster }) })) {
    if (label.type !== 'troubleshooting') continue;
    incidents += 1;
    count(sums, label);
  }
  const reviews: Review[] = [];
  for await (const review of store.reviews()) reviews.push(review);
  const records = trackRecords(reviews);
  const rules = [...sums].map(([id, sum]) => statsOf(id, sum, incidents, records.get(id))).sort(by(sort));
  return { incidents, rules, silent: known.filter((id) => !sums.has(id)).sort() };
}

/** Statistics of a rule that never claimed anything. */
export function silentStats(id: string): RuleStats {
  return statsOf(id, newSums(), 0);
}

function newSums(): Sums {
  return { votes: 0, overlaps: 0, conflicts: 0, unique: 0, wins: 0, vetoes: 0, abstained: 0, confidence: 0 };
}

/** Who claimed what: the rules of the answer, and those of the claims that are none. `abstain` stands for no rule. */
function votesOf({ rule_ids, reason, confidence, hypotheses }: TroubleshootingLabel): Vote[] {
  const winners = rule_ids.filter((id) => id !== 'abstain').map((ruleId) => ({ ruleId, reason, confidence, won: true }));
  const others = hypotheses.map(({ rule_id, fate, ...said }) => ({ ...said, ruleId: rule_id, won: false, ...(fate && { fate }) }));
  return [...winners, ...others];
}

const kept = new Set<unknown>(['explained', 'weaker']);
const undecided = new Set<unknown>(['too-weak', 'too-close']);

function count(sums: Map<string, Sums>, label: TroubleshootingLabel): void {
  const votes = votesOf(label);
  const answered = votes.some(({ won }) => won);
  for (const ruleId of new Set(votes.map((vote) => vote.ruleId))) {
    const own = votes.filter((vote) => vote.ruleId === ruleId);
    const others = votes.filter((vote) => vote.ruleId !== ruleId);
    const won = own.some((vote) => vote.won);
    const sum = sums.get(ruleId) ?? newSums();
    sums.set(ruleId, sum);
    sum.votes += 1;
    sum.confidence += Math.max(...own.map(({ confidence }) => confidence));
    if (others.length > 0) sum.overlaps += 1;
    else sum.unique += 1;
    if (own.some((vote) => others.some((other) => excludes(vote, other)))) sum.conflicts += 1;
    if (won) sum.wins += 1;
    if (won && others.some((other) => !other.won && kept.has(other.fate))) sum.vetoes += 1;
    if (!answered && votes[0]?.ruleId === ruleId && undecided.has(votes[0].fate)) sum.abstained += 1;
  }
}

function statsOf(
  id: string,
  { confidence, votes, ...counts }: Sums,
  incidents: number,
  { right, wrong } = { right: 0, wrong: 0 },
): RuleStats {
  const interval = wilsonInterval(right, right + wrong);
  return {
    id,
    votes,
    coverage: incidents === 0 ? 0 : rounded(votes / incidents),
    ...counts,
    meanConfidence: votes === 0 ? null : rounded(confidence / votes),
    right,
    wrong,
    precision: interval === undefined ? null : { low: rounded(interval.low), high: rounded(interval.high) },
  };
}

function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}

function by(column: StatColumn): (a: RuleStats, b: RuleStats) => number {
  return (a, b) => columnOf(b, column) - columnOf(a, column) || (a.id < b.id ? -1 : 1);
}

function columnOf(rule: RuleStats, column: StatColumn): number {
  if (column === 'id') return 0;
  return (column === 'precision' ? rule.precision?.low : rule[column]) ?? -1;
}

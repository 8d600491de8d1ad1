import type { CaptureRecord, Coverage } from '../model/capture.ts';
import type { AbstainConfig, AggregatorConfig } from '../model/config.ts';
import type { AnalyzedEvent, SizingFinding, Unsized } from '../model/event.ts';
import { secondsBetween, timeOf } from '../model/time.ts';
import type { Rule, RuleSettings } from '../rules/rule.ts';
import { newClusterState } from '../state/state.ts';
import { type Aggregator, finish, newAggregator, observe } from './aggregate.ts';
import { conclude } from './conclude.ts';
import { type ExaminedIncident, type Examiner, examine, newExaminer, noteFailure, type RuleFailure } from './explain.ts';
import { mergeIncidents, overlapSeconds } from './merge.ts';
import { concludeAside, newPeeks, noPatience, type Patience, type Peeks, peekOpen } from './peek.ts';
import { rank } from './rank.ts';
import type { Extra } from './signals/extra.ts';
import { finishSizing, gather, newSizer, noteUtilization, type Sizer } from './sizer.ts';
import type { TrackRecords } from './vote.ts';

type Cluster = { aggregator: Aggregator; examiner: Examiner; closed: ExaminedIncident[]; sizer: Sizer; peeks: Peeks };

export type AnalysisOptions = {
  rules: readonly Rule[];
  settings: RuleSettings;
  clusters?: { alias: string; name: string; version?: string }[];
  coverage?: Coverage[];
  /** Number of the first incident of each workload, where earlier ones were told from records that are gone; default 0. */
  firstOrdinal?: number;
  /** What rule packs add to what is seen. */
  extra?: Extra;
  aggregator: AggregatorConfig;
  abstain: AbstainConfig;
  /** How often reviews found the rules right and wrong; default: never reviewed. */
  records?: TrackRecords;
};

/** A running analysis: one aggregator per cluster, and the closed incidents that still may belong to an open one. */
export type Analysis = {
  options: AnalysisOptions;
  rules: ReadonlyMap<string, Rule>;
  clusters: Map<string, Cluster>;
};

/** An analysis that has seen nothing. */
export function newAnalysis(options: AnalysisOptions): Analysis {
  return { options, rules: new Map(options.rules.map((rule) => [rule.id, rule])), clusters: new Map() };
}

/** Takes one record; yields what has become certain by it (mostly nothing). */
export function analyze(analysis: Analysis, record: CaptureRecord): AnalyzedEvent[] {
  const cluster = clusterOf(analysis, record.cluster);
  const { aggregator, examiner, closed } = cluster;
  const before = closed.length;
  observe(aggregator, record, (moment) => {
    const examined = examine(examiner, moment, aggregator.state);
    if (examined !== undefined) closed.push(examined);
  });
  gather(cluster.sizer, aggregator.state, record);
  return closed.length > before ? release(analysis, cluster) : [];
}

/** The capture has ended: everything left is concluded. */
export function finishAnalysis(analysis: Analysis): AnalyzedEvent[] {
  const events: AnalyzedEvent[] = [];
  for (const cluster of analysis.clusters.values()) {
    finish(cluster.aggregator, (moment) => {
      const examined = examine(cluster.examiner, moment, cluster.aggregator.state);
      if (examined !== undefined) cluster.closed.push(examined);
    });
    events.push(...release(analysis, cluster));
    finishSizing(cluster.sizer, cluster.aggregator.state);
  }
  return events;
}

/**
 * What would be concluded, beyond what `analyze` has given out, if the recording ended now. The analysis goes on as if nobody had looked.
 * With patience, repeated peeks are cheap; an event that has not changed since the last one is the same object.
 */
export function peekAnalysis(analysis: Analysis, patience: Patience = noPatience): AnalyzedEvent[] {
  const { abstain, aggregator: config, records } = analysis.options;
  return [...analysis.clusters.values()].flatMap(({ aggregator, examiner, closed, peeks }) =>
    concludeAside(
      peeks,
      [...closed, ...peekOpen(peeks, aggregator, examiner, patience)],
      (incident) => ({ incident, verdict: rank(incident, abstain, records) }),
      (situation) => conclude(situation, analysis.rules, config, () => undefined),
    ),
  );
}

/** What is known by now to have been looked at. It holds from the next record on. */
export function setCoverage(analysis: Analysis, coverage: Coverage[]): void {
  analysis.options = { ...analysis.options, coverage };
  for (const [alias, { aggregator }] of analysis.clusters) {
    aggregator.state.coverage = coverage.filter(({ cluster }) => cluster === alias);
  }
}

/** Rules that threw, over all clusters. */
export function ruleFailures(analysis: Analysis): RuleFailure[] {
  return [...analysis.clusters.values()].flatMap(({ examiner }) => examiner.failures);
}

function clusterOf(analysis: Analysis, alias: string) {
  let cluster = analysis.clusters.get(alias);
  if (cluster === undefined) {
    const { options } = analysis;
    const info = options.clusters?.find((one) => one.alias === alias);
    const state = newClusterState(alias, { name: info?.name, version: info?.version, coverage: options.coverage });
    const aggregator = newAggregator(state, options.aggregator, options.settings.resourceUtilization);
    aggregator.ledger.floor = options.firstOrdinal ?? 0;
    if (options.extra !== undefined) aggregator.extra = options.extra;
    const examiner = newExaminer(options.rules, options.settings);
    cluster = { aggregator, examiner, closed: [], sizer: newSizer(), peeks: newPeeks() };
    analysis.clusters.set(alias, cluster);
  }
  return cluster;
}

/** Concludes closed incidents that no open incident can explain any more, so that a cause can still swallow its symptoms. */
function release(analysis: Analysis, cluster: Cluster): AnalyzedEvent[] {
  const ready = takeSettled(cluster);
  const { abstain, aggregator: config, records } = analysis.options;
  const judged = ready.map((incident) => ({ incident, verdict: rank(incident, abstain, records) }));
  for (const { incident } of judged) handOver(cluster.sizer, incident);
  return mergeIncidents(judged).flatMap((situation) => {
    const fail = (ruleId: string, error: unknown) => noteFailure(cluster.examiner, ruleId, situation.incident.event.key, error);
    return conclude(situation, analysis.rules, config, fail) ?? [];
  });
}

/** How long, and how many, closed incidents wait for open ones that may explain them. */
const heldSeconds = 21_600;
const heldIncidents = 300;

/** Takes out groups of incidents that overlap in time as soon as nothing open overlaps them, and what has waited for too long. */
function takeSettled(cluster: Cluster): ExaminedIncident[] {
  const { closed, aggregator } = cluster;
  const { now } = aggregator.state;
  const earliestOpen = Math.min(...[...aggregator.open.values()].map(({ openedAt }) => timeOf(openedAt)));
  const held =
    earliestOpen === Number.POSITIVE_INFINITY || closed.length > heldIncidents
      ? []
      : closed.filter(({ event }) => secondsBetween(event.lastAt, now) < heldSeconds);
  // Groups are walked from the newest on: whatever reaches into the time that is still open keeps its group open too.
  let from = earliestOpen;
  const waiting = new Set<ExaminedIncident>();
  for (const incident of held.sort((a, b) => timeOf(b.event.lastAt) - timeOf(a.event.lastAt))) {
    if (timeOf(incident.event.lastAt) + overlapSeconds * 1000 < from) break;
    waiting.add(incident);
    from = Math.min(from, timeOf(incident.event.openedAt));
  }
  cluster.closed = closed.filter((incident) => waiting.has(incident));
  return closed.filter((incident) => !waiting.has(incident));
}

/** Claims about size go to the sizer, which knows the container's whole usage; they are no faults. */
function handOver(sizer: Sizer, { event, claims }: ExaminedIncident): void {
  for (const { reason, facts, evidence } of claims) {
    if (reason !== 'CpuUnderprovisioned' && reason !== 'MemoryUnderprovisioned') continue;
    noteUtilization(sizer, event.workload, String(facts.container), { reason, evidence });
  }
}

/** What sizing has found since the last call, and which containers it can say nothing about. */
export function takeSizing(analysis: Analysis): { findings: SizingFinding[]; unsized: Unsized[] } {
  const all = [...analysis.clusters.values()].map(({ sizer }) => sizer);
  return { findings: all.flatMap(({ findings }) => findings.splice(0)), unsized: all.flatMap(({ unsized }) => unsized.splice(0)) };
}

import { type ObjectRef, sameRef } from '../model/resource.ts';
import { secondsBetween } from '../model/time.ts';
import { nameKey } from '../state/state.ts';
import type { ExaminedIncident } from './explain.ts';
import type { Verdict } from './rank.ts';

/** A closed incident and what its claims amount to. */
export type Judged = { incident: ExaminedIncident; verdict: Verdict | undefined };
/** An incident that stands for itself, with the workloads whose incidents it explains. */
export type Situation = Judged & { victims: ObjectRef[] };

/**
 * Cause suppresses symptom across incidents: an incident whose best claim depends on, or blames, an object with an incident of its own
 * becomes a victim of that one; incidents that blame the same object for the same reason become one. Incidents must overlap in time.
 */
export function mergeIncidents(judged: Judged[]): Situation[] {
  const byWorkload = new Map<string, Judged[]>();
  for (const one of judged) {
    const key = nameKey(one.incident.event.workload);
    const others = byWorkload.get(key);
    if (others === undefined) byWorkload.set(key, [one]);
    else others.push(one);
  }
  const causes = judged.map((one) => causeOf(one, judged, byWorkload));
  // Breaks cycles first, so that every incident has a root that stands for itself.
  const roots = judged.map((_, position) => rootOf(position, causes, judged));
  const situations = new Map<Judged, Situation>();
  for (const root of new Set(roots)) situations.set(root, { ...root, victims: [] });
  judged.forEach((one, position) => {
    const root = roots[position] as Judged;
    const victims = situations.get(root)?.victims ?? [];
    const { workload } = one.incident.event;
    if (one !== root && !isExplainedBy(one, root) && !victims.some((victim) => sameRef(victim, workload))) victims.push(workload);
  });
  return judged.flatMap((one) => situations.get(one) ?? []);
}

function causeOf(one: Judged, all: Judged[], byWorkload: ReadonlyMap<string, Judged[]>): Judged | undefined {
  const { verdict, incident } = one;
  const explained = all.find((other) => other !== one && isExplainedBy(one, other) && overlap(one, other));
  if (explained !== undefined) return explained;
  if (verdict === undefined || verdict.winner.reason === 'IntendedState') return undefined;
  const own = nameKey(incident.event.workload);
  const blamed = new Set([...verdict.winner.links, ...verdict.winner.chain].filter((key) => key !== own));
  const culprits = [...blamed]
    .flatMap((key) => byWorkload.get(key) ?? [])
    .filter((other) => isFault(other) && !isExplainedBy(other, one) && overlap(one, other));
  if (culprits.length > 0) return culprits.length === 1 ? culprits[0] : all.find((other) => culprits.includes(other));
  const same = all.filter((other) => sameClaim(one, other) && overlap(one, other));
  // The culprit's own incident stands for all, whichever was seen first.
  const first = same.find((other) => nameKey(other.incident.event.workload) === nameKey(verdict.winner.subject)) ?? same[0];
  return first === one ? undefined : first;
}

/** An incident without an answer of its own, whose workload another incident's claim blames: that claim is its answer. */
function isExplainedBy({ verdict, incident }: Judged, other: Judged): boolean {
  if (verdict !== undefined && verdict.undecided === undefined) return false;
  const claim = other.verdict?.winner;
  if (claim === undefined || other.verdict?.undecided !== undefined || claim.reason === 'IntendedState') return false;
  const own = nameKey(incident.event.workload);
  // A Service has no life of its own: that nothing stands behind it is all there is to say, and its client's claim says it.
  const blamed = incident.event.workload.kind === 'Service' ? [...claim.chain, ...claim.links] : claim.chain;
  return blamed.includes(own) && nameKey(other.incident.event.workload) !== own;
}

/** Something that can be a cause: it has a claim of its own, or goes on without an explanation. */
function isFault({ verdict, incident }: Judged): boolean {
  if (verdict === undefined) return incident.event.status === 'ongoing';
  return verdict.winner.reason !== 'IntendedState';
}

function sameClaim(a: Judged, b: Judged): boolean {
  const [one, other] = [a.verdict?.winner, b.verdict?.winner];
  if (one === undefined || other === undefined || one.reason !== other.reason) return false;
  const { kind, namespace, name } = one.subject;
  return kind === other.subject.kind && namespace === other.subject.namespace && name === other.subject.name;
}

/** Incidents this far apart may still belong together. */
export const overlapSeconds = 60;

function overlap(a: Judged, b: Judged): boolean {
  const [one, other] = [a.incident.event, b.incident.event];
  return secondsBetween(other.lastAt, one.openedAt) <= overlapSeconds && secondsBetween(one.lastAt, other.openedAt) <= overlapSeconds;
}

/** Follows causes to the first one; a cycle (each blames the other) ends at the incident that began first. */
function rootOf(start: number, causes: (Judged | undefined)[], all: Judged[]): Judged {
  const seen: number[] = [];
  let position = start;
  while (causes[position] !== undefined && !seen.includes(position)) {
    seen.push(position);
    position = all.indexOf(causes[position] as Judged);
  }
  if (causes[position] === undefined) return all[position] as Judged;
  const cycle = seen.slice(seen.indexOf(position));
  const first = cycle.reduce((a, b) => ((all[b] as Judged).incident.event.openedAt < (all[a] as Judged).incident.event.openedAt ? b : a));
  causes[first] = undefined;
  return all[first] as Judged;
}

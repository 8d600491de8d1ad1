import { basename } from 'node:path';
import type { Label } from '../../src/core/model/label.ts';
import { categoryOf, isReason } from '../../src/core/model/taxonomy.ts';
import { type Bet, calibrationLines } from './calibration.ts';

type Resource = { kind: string; namespace?: string; name: string };
type Fault = { reason: string[]; category: string; resource: Resource | Resource[] };

/** expect.yaml of a case; see the README of the case collection. */
export type Expectation = Fault & { healthy?: boolean; faults?: Fault[]; introduced_by?: Moment; fixed_by?: Moment };

/** A change that began or ended a fault. */
type Moment = { what: string; at: string };

export type FaultScore = { expected: string[]; category: string; found: string | null; right: boolean; exact: boolean; culprit: boolean };
export type Case = {
  path: string;
  name: string;
  healthy: boolean;
  right: boolean;
  faults: FaultScore[];
  falseAlarms: string[];
  extra: string[];
  labels: { reason: string; resource: string; severity: string; confidence: number; quality: number }[];
  /** Of every label that says a fault: how sure it was, its overall score, and whether it was right. */
  bets: (Bet & { labelId: string; score: number })[];
  /** Whether a label of the fault shows the change that began it, and has the one that ended it as its resolution. */
  observedCause?: boolean;
  observedFix?: boolean;
  error?: string;
};

/** A case is right when every fault has a label with an accepted reason whose resource is a culprit or in its owner chain. */
export function judgeCase(path: string, expect: Expectation, all: Label[]): Case {
  const labels = all.filter(({ type }) => type === 'troubleshooting');
  const healthy = expect.healthy === true;
  const faults = healthy ? [] : (expect.faults ?? [expect]).map((fault) => judgeFault(fault, labels));
  const faulty = labels.filter((label) => label.category !== 'none');
  const falseAlarms = healthy ? faulty.filter((label) => label.resource.kind !== 'Node').map(named) : [];
  const culprits = (expect.faults ?? [expect]).flatMap(({ resource }) => [resource].flat());
  const accepted = new Set((expect.faults ?? [expect]).flatMap(({ reason }) => reason));
  const extra = healthy
    ? []
    : faulty.filter((label) => !(accepted.has(label.reason) && isCulprit(label, culprits)) && !isCulprit(label, culprits)).map(named);
  return {
    path,
    name: basename(path),
    healthy,
    right: healthy ? falseAlarms.length === 0 : faults.every(({ right }) => right),
    faults,
    falseAlarms,
    extra,
    labels: labels.map((label) => ({
      reason: label.reason,
      resource: named(label),
      severity: label.severity,
      confidence: label.confidence,
      quality: label.quality.overall_score,
    })), // prettier-ignore
    bets: faulty.map((label) => ({
      labelId: label.id,
      confidence: label.confidence,
      score: label.quality.overall_score,
      right:
        !healthy &&
        (expect.faults ?? [expect]).some((fault) => fault.reason.includes(label.reason) && isCulprit(label, [fault.resource].flat())),
    })),
    ...(expect.introduced_by === undefined
      ? {}
      : { observedCause: faulty.some((label) => showsCause(label, expect.introduced_by as Moment)) }),
    ...(expect.fixed_by === undefined ? {} : { observedFix: faulty.some((label) => showsFix(label, expect.fixed_by as Moment)) }),
  };
}

/** Captures and scripts have clocks of their own, and a rollout takes its time. */
const momentSeconds = 120;

function showsCause(label: Label, moment: Moment): boolean {
  return label.modifiers.length > 0 && citesChange(label, moment);
}

function showsFix(label: Label, moment: Moment): boolean {
  return label.type === 'troubleshooting' && label.resolution.observed && citesChange(label, moment);
}

function citesChange(label: Label, moment: Moment): boolean {
  return label.evidence.some(({ type, observed_at }) => type === 'change' && near(observed_at, moment));
}

function near(at: string, moment: Moment): boolean {
  return Math.abs(Date.parse(at) - Date.parse(moment.at)) <= momentSeconds * 1000;
}

function judgeFault(fault: Fault, labels: Label[]): FaultScore {
  const culprits = [fault.resource].flat();
  const reasoned = labels.filter((label) => fault.reason.includes(label.reason));
  const hit = reasoned.find((label) => isCulprit(label, culprits));
  const shown = hit ?? reasoned[0] ?? labels.find((label) => isCulprit(label, culprits)) ?? labels[0];
  const given = fault.reason.find((reason) => reason === hit?.reason);
  return {
    expected: fault.reason,
    category: given !== undefined && isReason(given) ? categoryOf(given) : fault.category,
    found: shown === undefined ? null : `${shown.reason} ${named(shown)}`,
    right: hit !== undefined,
    exact: hit !== undefined && hit.reason === fault.reason[0],
    culprit: labels.some((label) => isCulprit(label, culprits)),
  };
}

/** Same object, or one in its owner chain as the capture shows it. A culprit without a namespace matches any. */
function isCulprit(label: Label, culprits: Resource[]): boolean {
  const chain = [label.resource, ...label.context.owners];
  return culprits.some((culprit) =>
    chain.some(
      (ref) =>
        ref.kind === culprit.kind && ref.name === culprit.name && (culprit.namespace === undefined || ref.namespace === culprit.namespace),
    ),
  );
}

function named(label: Label): string {
  return `${label.resource.kind}/${label.resource.name}`;
}

/** The table for people: totals, per category, confusion, false alarms, extra labels, and what failed. */
export function summarize(cases: Case[], title: string): string {
  const lines = [`\n== ${title}: ${cases.length} cases`];
  const faults = cases.flatMap(({ faults: all }) => all);
  const healthy = cases.filter((one) => one.healthy);
  lines.push(
    `right            ${share(cases.filter(({ right }) => right).length, cases.length)}`,
    `  faulty cases   ${share(cases.filter((one) => !one.healthy && one.right).length, cases.length - healthy.length)}`,
    `  healthy cases  ${share(healthy.filter(({ right }) => right).length, healthy.length)}`,
    `exact reason     ${share(faults.filter(({ exact }) => exact).length, faults.length)}`,
    `culprit named    ${share(faults.filter(({ culprit }) => culprit).length, faults.length)}`,
    `false alarms     ${cases.reduce((sum, { falseAlarms }) => sum + falseAlarms.length, 0)}`,
    `extra labels     ${cases.reduce((sum, { extra }) => sum + extra.length, 0)}`,
  );
  const fixed = cases.filter(({ observedFix }) => observedFix !== undefined);
  const introduced = cases.filter(({ observedCause }) => observedCause !== undefined);
  if (introduced.length > 0) {
    lines.push(`observed causes  ${share(introduced.filter(({ observedCause }) => observedCause).length, introduced.length)}`);
  }
  if (fixed.length > 0) lines.push(`observed fixes   ${share(fixed.filter(({ observedFix }) => observedFix).length, fixed.length)}`);
  lines.push(...calibrationLines(cases.flatMap(({ bets }) => bets)));
  lines.push('\nper category');
  for (const category of [...new Set(faults.map((fault) => fault.category))].sort()) {
    const own = faults.filter((fault) => fault.category === category);
    lines.push(`  ${category.padEnd(16)} ${share(own.filter(({ right }) => right).length, own.length)}`);
  }
  const confusion = new Map<string, number>();
  for (const fault of faults.filter(({ exact }) => !exact)) {
    const pair = `${fault.expected[0]} → ${fault.found?.split(' ')[0] ?? 'nothing'}${fault.right ? ' (accepted)' : ''}`;
    confusion.set(pair, (confusion.get(pair) ?? 0) + 1);
  }
  if (confusion.size > 0) lines.push('\nconfusion (exact reason → given reason)');
  for (const [pair, times] of [...confusion].sort()) lines.push(`  ${times} × ${pair}`);
  const wrong = cases.filter((one) => !one.right);
  if (wrong.length > 0) lines.push('\nwrong (expected → found)');
  for (const one of wrong) {
    const what = one.healthy
      ? `no fault → ${one.falseAlarms.join(', ')}`
      : one.faults
          .filter(({ right }) => !right)
          .map(({ expected, found }) => `${expected.join('|')} → ${found ?? 'nothing'}`)
          .join('; ');
    lines.push(`  ${one.name}: ${what}${one.error === undefined ? '' : ` (${one.error})`}`);
  }
  const noisy = cases.filter(({ extra }) => extra.length > 0);
  if (noisy.length > 0) lines.push('\nextra labels');
  for (const one of noisy) lines.push(`  ${one.name}: ${one.extra.join(', ')}`);
  return lines.join('\n');
}

function share(part: number, whole: number): string {
  return whole === 0 ? '0 of 0' : `${part} of ${whole} (${((100 * part) / whole).toFixed(1)} %)`;
}

import type { AbstainConfig } from '../model/config.ts';
import type { Fate } from '../model/event.ts';
import { categoryOf, type Reason } from '../model/taxonomy.ts';
import type { ExaminedIncident, StandingClaim } from './explain.ts';

/** Reasons that only say in which form something fails; any claim of a mechanism explains them. */
const forms = new Set<Reason>([
  'AppStartupError',
  'AppUncaughtException',
  'AppAborted',
  'AppSegfault',
  'AppExitedCleanly',
  'AppErrorsLogged',
  'InitContainerFailed',
  'JobBackoffLimit',
  'RolloutStuck',
  'ReplicasUnavailable',
  'ReadinessFailing',
  'NoReadyEndpoints',
  'DnsServiceDown',
  'LivenessProbeKill',
  'UnboundPvc',
  'ScriptError',
  'InProgress',
]); // prettier-ignore

/** Mechanisms that explain other mechanisms: the key is the symptom. */
const explainedBy: Partial<Record<Reason, Reason[]>> = {
  DependencyUnreachable: [
    'SelectorMismatch',
    'ScaledToZero',
    'TargetPortMismatch',
    'ServiceNotFound',
    'NetworkPolicyBlocking',
    'DnsServiceDown',
    'DependencyDegraded',
  ],
  DnsResolutionFailed: ['ServiceNotFound', 'DnsServiceDown', 'NetworkPolicyBlocking'],
  ContainerLimitOom: ['VpaOomLoop'],
  MigrationFailed: ['DependencyUnreachable', 'DependencyAuthFailed'],
  PermissionDeniedFs: ['CommandNotExecutable'],
  EnvVarInvalidOrMissing: ['ConfigMapKeyNotFound', 'SecretKeyNotFound'],
  InsufficientCpu: ['Preempted'],
  InsufficientMemory: ['Preempted'],
  NodeNotReady: ['SpotReclaim'],
  NodeUnreachable: ['SpotReclaim'],
  HpaMetricsUnavailable: ['HpaMissingRequests', 'HpaTargetNotFound'],
};

/** Whether a claim is explained by a better one, so that it is no competitor of it. */
function explains(cause: StandingClaim, symptom: StandingClaim): boolean {
  if (cause.reason === symptom.reason) return true;
  if (categoryOf(cause.reason) === 'none') return false;
  if (forms.has(symptom.reason)) return !forms.has(cause.reason) || cause.confidence >= symptom.confidence;
  return explainedBy[symptom.reason]?.includes(cause.reason) === true;
}

/**
 * The best claim of an incident, the rest in order with what became of them, and why the best is no answer: too weak, or too close to a
 * rival (undefined when it is one).
 */
export type Verdict = {
  winner: StandingClaim;
  others: (StandingClaim & { fate: Fate })[];
  undecided: 'too-weak' | 'too-close' | undefined;
};

/**
 * Orders the claims of an incident: cause before symptom, then confidence, then rule id. It is undecided when the best is below
 * the confidence that an answer needs, or a rival that it does not explain is too close.
 */
export function rank(incident: ExaminedIncident, config: AbstainConfig): Verdict | undefined {
  const faults = incident.claims.filter(({ reason }) => categoryOf(reason) !== 'sizing');
  const ordered = faults.toSorted(
    (a, b) =>
      b.confidence - a.confidence ||
      b.evidence.length - a.evidence.length ||
      compareText(a.ruleId, b.ruleId) ||
      compareText(a.chain[0] ?? '', b.chain[0] ?? ''),
  );
  const winner = ordered.find((claim) => !ordered.some((other) => other !== claim && outranks(other, claim, config)));
  if (winner === undefined) return undefined;
  const rest = ordered.filter((claim) => claim !== winner);
  const rival = rest.find((claim) => !explains(winner, claim) && !explains(claim, winner));
  const margin = rival === undefined ? 1 : winner.confidence - rival.confidence;
  const undecided = winner.confidence < config.minConfidence ? 'too-weak' : margin < config.minMargin ? 'too-close' : undefined;
  const fateOf = (claim: StandingClaim): Fate => {
    if (claim.faded === true) return 'faded';
    if (undecided === 'too-weak') return undecided;
    if (undecided === 'too-close' && winner.confidence - claim.confidence < config.minMargin && !explains(winner, claim)) return undecided;
    return explains(winner, claim) ? 'explained' : 'weaker';
  };
  return { winner, others: rest.map((claim) => ({ ...claim, fate: fateOf(claim) })), undecided };
}

/** A mechanism outranks its symptom even when the symptom is the surer fact, as long as it is sure enough by itself. */
function outranks(cause: StandingClaim, symptom: StandingClaim, config: AbstainConfig): boolean {
  if (cause.reason === symptom.reason || cause.confidence < config.minConfidence) return false;
  return explains(cause, symptom) && !explains(symptom, cause);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

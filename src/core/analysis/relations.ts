import { categoryOf, type Reason } from '../model/taxonomy.ts';

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

type Said = { reason: Reason; confidence: number };

/** Whether a claim is explained by a better one, so that it is no competitor of it. */
export function explains(cause: Said, symptom: Said): boolean {
  if (cause.reason === symptom.reason) return true;
  if (categoryOf(cause.reason) === 'none') return false;
  if (forms.has(symptom.reason)) return !forms.has(cause.reason) || cause.confidence >= symptom.confidence;
  return explainedBy[symptom.reason]?.includes(cause.reason) === true;
}

/** Whether two claims cannot both be the cause: neither explains the other. */
export function excludes(one: Said, other: Said): boolean {
  return !explains(one, other) && !explains(other, one);
}

import type {
  ActionStep,
  AggregatedEvent,
  AnswerSegment,
  Claim,
  Evidence,
  EvidenceType,
  Signal,
  SignalType,
  Wording,
} from '../model/event.ts';
import { resolvePointer } from '../model/pointer.ts';
import type { ObjectRef } from '../model/resource.ts';
import type { Reason } from '../model/taxonomy.ts';
import type { ClusterState, Version } from '../state/state.ts';

/** What every rule can be told by the configuration. */
export type RuleSettings = {
  podCrash: { crashThreshold: number; timeWindowSeconds: number };
  resourceUtilization: { cpuThreshold: number; memoryThreshold: number; durationSeconds: number };
};

/** A claim as a rule makes it: evidence has no ids yet. */
export type RuleClaim = {
  reason: Reason;
  subject: ObjectRef;
  confidence: number;
  evidence: Evidence[];
  facts: Record<string, string | number>;
  needs?: string[];
  modifiers?: Reason[];
  dependsOn?: ObjectRef;
};

/**
 * A diagnosis rule: metadata and two pure functions. `match` makes claims from the signals of one incident and the cluster's state at
 * that moment; `describe` words a claim of this rule. `symptomOf` lists reasons that, when claimed too, explain this rule's claim.
 */
export type Rule = {
  id: string;
  version: number;
  title: string;
  reasons: Reason[];
  maturity: 'stable' | 'experimental';
  kinds: string[];
  references: string[];
  falsePositives: string[];
  knownGaps: string[];
  match(incident: AggregatedEvent, state: ClusterState, settings: RuleSettings): RuleClaim[];
  describe(claim: Claim): Wording;
};

/** Signals by type, made once for all rules that look at the same incident. */
const byType = new WeakMap<Signal[], Map<SignalType, Signal[]>>();

function ofType({ signals }: AggregatedEvent, type: SignalType): Signal[] {
  let types = byType.get(signals);
  if (types === undefined) {
    types = new Map();
    for (const signal of signals) {
      const same = types.get(signal.type);
      if (same === undefined) types.set(signal.type, [signal]);
      else same.push(signal);
    }
    byType.set(signals, types);
  }
  return types.get(type) ?? [];
}

/** Signals of a type, optionally with these detail values, in the order in which they appeared. */
export function signalsOf(incident: AggregatedEvent, type: SignalType, detail: Record<string, unknown> = {}): Signal[] {
  const found = ofType(incident, type);
  if (found.length === 0) return [];
  const wanted = Object.entries(detail);
  return found.filter((signal) => wanted.every(([name, value]) => signal.detail[name] === value));
}

/** Event signals by reason whose message matches. */
export function eventsOf(incident: AggregatedEvent, reasons: readonly string[], message?: RegExp): Signal[] {
  return ofType(incident, 'event').filter(
    ({ detail }) => reasons.includes(String(detail.reason)) && (message === undefined || message.test(String(detail.message))),
  );
}

/** Log signals whose line a signature matched. */
export function logsOf(incident: AggregatedEvent, signatures: readonly string[]): Signal[] {
  return ofType(incident, 'log').filter(({ detail }) => signatures.includes(String(detail.signature)));
}

const evidenceTypes: Record<SignalType, EvidenceType> = {
  'container.waiting': 'status',
  'container.terminated': 'status',
  'pod.unschedulable': 'status',
  'pod.notReady': 'status',
  'pod.failed': 'status',
  'pod.disrupted': 'status',
  event: 'event',
  condition: 'status',
  phase: 'status',
  state: 'spec',
  log: 'log',
};

/** A signal as evidence: its first record, pointer and value. */
export function citeSignal(signal: Signal, note: string, role: Evidence['role'] = 'supports'): Evidence {
  const { seq, pointer, value, ref, at } = signal;
  return { id: '', type: evidenceTypes[signal.type], seq, pointer, value, ref, at, note, role };
}

/** A field of a recorded object as evidence. Undefined when the field is not there (then there is nothing to cite). */
export function citeField(
  version: Version & { ref: ObjectRef },
  pointer: string,
  note: string,
  options: { role?: Evidence['role']; type?: EvidenceType } = {},
): Evidence | undefined {
  const value = resolvePointer(version.object, pointer);
  if (value === undefined) return undefined;
  return {
    id: '',
    type: options.type ?? (pointer.startsWith('/status') ? 'status' : 'spec'),
    seq: version.seq,
    pointer,
    value,
    ref: version.ref,
    at: version.at,
    note,
    role: options.role ?? 'supports',
  };
}

/** Only what is there. */
export function present<T>(...items: (T | undefined)[]): T[] {
  return items.filter((item) => item !== undefined);
}

/** The evidence ids of a claim: all of them, or those at these positions. */
export function idsOf(claim: Claim, ...positions: number[]): string[] {
  const chosen = positions.length === 0 ? claim.evidence : positions.map((position) => claim.evidence[position]);
  return chosen.flatMap((evidence) => (evidence === undefined ? [] : [evidence.id]));
}

/** What was seen. */
export function observation(text: string, evidenceIds: string[]): AnswerSegment {
  return { text, kind: 'observation', evidenceIds };
}

/** What follows from it. */
export function inference(text: string, evidenceIds: string[]): AnswerSegment {
  return { text, kind: 'inference', evidenceIds };
}

/** One step of a plan. */
export function step(action: string, verify: string, options: Partial<Pick<ActionStep, 'command' | 'risk'>> = {}): ActionStep {
  return { action, verify, risk: options.risk ?? 'low', ...options };
}

/** `-n shop ` or nothing: for kubectl commands. */
export function namespaceFlag(ref: ObjectRef): string {
  return ref.namespace === '' ? '' : ` -n ${ref.namespace}`;
}

/** `deployment/cart -n shop`: for kubectl commands. */
export function target(ref: ObjectRef): string {
  return `${ref.kind.toLowerCase()}/${ref.name}${namespaceFlag(ref)}`;
}

import { isWithheld } from '../model/digest.ts';
import type { AggregatedEvent, Evidence, Signal } from '../model/event.ts';
import type { ClusterState } from '../state/state.ts';
import { citeLine, type Finding, lastWords } from './container-log.ts';
import { type ContainerSpec, removedVariable, type Variable, valuesOf, variableOf, variablesInSource } from './environment.ts';
import { citeField } from './rule.ts';
import { containerOf, ownerSubject } from './subject.ts';

/** A variable that the last words of a run blame, and what the spec says of it. `wrong` is how it is unusable. */
export type EnvironmentFailure = {
  name: string;
  wrong: 'absent' | 'empty' | 'invalid';
  confidence: number;
  evidence: (Evidence | undefined)[];
  unseen: string[];
};

const fallback =
  /\busing (?:\w+ ){0,2}defaults?\b|\bdefault(?:s|ing)? to\b|\bfall(?:ing|s)? ?back\b|\boptional\b|\bignor(?:ed|ing)\b|\bdisabled\b|\bskipp(?:ed|ing)\b|\bdeprecated\b/i;
// The kubelet sets these in every container; a client library names them when it finds no token beside them.
const injected = /^KUBERNETES_SERVICE_(?:HOST|PORT)/;
const emptyValue = /\bundefined\b|\bNoneType\b|\bnull\b|\bnil\b|NullPointer|NullReference|\bNaN\b/;
// How Node.js prints what it was given, below an ERR_INVALID_URL and its like.
const emptyInput = /^\s{2}input: '(?:undefined|null)?',?$/m;
const unusable = new Set(['', 'NaN', 'undefined', 'null', 'None', 'nil']);

/** Judges one crash: the log names a variable (or a value, or quotes the source line that reads it), and the container's spec agrees. */
export function environmentFailure(incident: AggregatedEvent, state: ClusterState, crash: Signal): EnvironmentFailure | undefined {
  const container = containerOf(state, crash);
  const { findings, block } = lastWords(incident, crash);
  const judged = findings.flatMap((finding) => judge(finding, block, incident, state, crash, container) ?? []);
  return judged.reduce<EnvironmentFailure | undefined>(
    (best, one) => (best === undefined || one.confidence > best.confidence ? one : best),
    undefined,
  );
}

function judge(
  finding: Finding,
  block: string,
  incident: AggregatedEvent,
  state: ClusterState,
  crash: Signal,
  container: ContainerSpec | undefined,
): EnvironmentFailure | undefined {
  const { match, line } = finding;
  const { name, value } = match.fields;
  const said = citeLine(crash, line, 'the container says so before it ends');
  if (match.id === 'env-missing') {
    if (fallback.test(line.line.message) || (name !== undefined && injected.test(name))) return undefined;
    if (name === undefined) return { name: '', wrong: 'absent', confidence: 0.76, evidence: [said], unseen: ['the name of the variable'] };
    return missing(name, match.weight, said, state, crash, container);
  }
  if (match.id === 'env-invalid' && container !== undefined) return invalid(name, value, block, said, state, crash, container);
  if (
    (match.id === 'js-undefined' || match.id === 'uncaught-exception') &&
    (emptyValue.test(line.line.message) || emptyInput.test(block))
  ) {
    return quoted(block, said, incident, state, crash, container);
  }
  return undefined;
}

function missing(
  name: string,
  weight: number,
  said: Evidence,
  state: ClusterState,
  crash: Signal,
  container: ContainerSpec | undefined,
): EnvironmentFailure | undefined {
  if (container === undefined) return { name, wrong: 'absent', confidence: 0.78, evidence: [said], unseen: ['the spec of the pod'] };
  const upper = name.replace(/[^A-Za-z0-9]+/g, '_').toUpperCase();
  const variable =
    [name, upper].map((one) => variableOf(state, container, one)).find(({ status }) => status !== 'absent') ??
    variableOf(state, container, name);
  if (variable.status === 'set') return undefined;
  const sure = weight >= 0.8 && /^[A-Z]/.test(name) ? 0.93 : 0.83;
  const confidence = variable.unseen.length > 0 ? sure - 0.08 : sure;
  const removed = removedVariable(state, ownerSubject(state, crash.ref), String(crash.container), (one) => one === name || one === upper);
  return {
    name: /^[A-Z]/.test(name) ? name : upper,
    wrong: variable.status,
    confidence,
    evidence: [said, placeOf(container, variable, name), removed?.evidence],
    unseen: variable.unseen,
  };
}

function invalid(
  name: string | undefined,
  value: string | undefined,
  block: string,
  said: Evidence,
  state: ClusterState,
  crash: Signal,
  container: ContainerSpec,
): EnvironmentFailure | undefined {
  const known = valuesOf(state, container);
  const bad = value?.trim();
  const suspects = [
    ...(name === undefined ? [] : [name]),
    ...known
      .filter((one) => bad !== undefined && bad !== '' && (one.value === bad || one.value.endsWith(`:${bad}`)))
      .map((one) => one.name),
    ...(bad === undefined || unusable.has(bad) ? [...variablesInSource(block), ...known.filter(unusablePort).map((one) => one.name)] : []),
  ];
  for (const suspect of suspects) {
    const variable = variableOf(state, container, suspect);
    const same = variable.value !== undefined && bad !== undefined && bad !== '' && variable.value.includes(bad);
    if (
      variable.status === 'set' &&
      variable.value !== undefined &&
      !same &&
      name === undefined &&
      !unusablePort({ name: suspect, value: variable.value })
    )
      continue;
    if (variable.status === 'absent' && variable.unseen.length > 0) continue;
    const wrong = variable.status === 'set' ? 'invalid' : variable.status;
    const confidence = same || variable.status === 'empty' ? 0.93 : variable.status === 'absent' ? 0.82 : 0.86;
    return { name: suspect, wrong, confidence, evidence: [said, placeOf(container, variable, suspect)], unseen: [] };
  }
  const removed = removedVariable(state, ownerSubject(state, crash.ref), String(crash.container), (one) => /PORT|ADDR/.test(one));
  if (removed === undefined || bad === undefined || !unusable.has(bad)) return undefined;
  return { name: removed.name, wrong: 'absent', confidence: 0.82, evidence: [said, removed.evidence], unseen: [] };
}

function unusablePort({ name, value }: { name: string; value: string }): boolean {
  return /(?:^|_)PORT$/.test(name) && !isWithheld(value) && !(/^\d+$/.test(value) && Number(value) <= 65535);
}

/** An empty value where the quoted source line reads a variable that is not there, or one that a change has just taken away. */
function quoted(
  block: string,
  said: Evidence,
  incident: AggregatedEvent,
  state: ClusterState,
  crash: Signal,
  container: ContainerSpec | undefined,
): EnvironmentFailure | undefined {
  if (container === undefined) return undefined;
  for (const name of variablesInSource(block)) {
    const variable = variableOf(state, container, name);
    if (variable.status === 'set' || variable.unseen.length > 0) continue;
    const removed = removedVariable(state, ownerSubject(state, crash.ref), String(crash.container), (one) => one === name);
    return {
      name,
      wrong: variable.status,
      confidence: 0.92,
      evidence: [said, placeOf(container, variable, name), removed?.evidence],
      unseen: [],
    };
  }
  const absent = (name: string) => variableOf(state, container, name).status === 'absent';
  const removed = removedVariable(state, ownerSubject(state, crash.ref), String(crash.container), absent);
  if (removed === undefined || Date.parse(incident.openedAt) - Date.parse(removed.change.at) > 900_000) return undefined;
  return { name: removed.name, wrong: 'absent', confidence: 0.8, evidence: [said, removed.evidence], unseen: [] };
}

/** The entry itself, else the list that lacks it, else the container. */
function placeOf(container: ContainerSpec, variable: Variable, name: string): Evidence | undefined {
  if (variable.at !== undefined) {
    const note = variable.status === 'absent' ? `the key that ${name} is taken from does not exist` : `what ${name} is set to`;
    return citeField(variable.at.version, variable.at.pointer, note);
  }
  const list = container.spec.env === undefined ? '/name' : '/env';
  return citeField(container.version, `${container.pointer}${list}`, `the container sets no ${name}`);
}

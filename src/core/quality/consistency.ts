import { severities } from '../model/event.ts';
import type { Label, LabelEvidence, QualityCheck, TroubleshootingLabel } from '../model/label.ts';
import { formatRef } from '../model/resource.ts';
import { categoryOf, isReason } from '../model/taxonomy.ts';
import { checksOf, type Finding, shareOf } from './check.ts';
import { namespacesIn, quantitiesIn, riskFits, targetsIn } from './commands.ts';
import { evidenceFault, type RecordsBySeq } from './evidence.ts';
import { belongsTo, closenessSteps, closenessTo } from './graph.ts';
import { objectOf } from './objects.ts';
import { signsOf } from './signs.ts';
import { isQuantityPair, optimizationFindings } from './sizing.ts';
import { namesObject, objectNames, plainText } from './texts.ts';

/** Weight of an invariant about what is claimed: the cause, its object, its proof. One about form weighs 1. */
const claimWeight = 8;
/** Of those without which the claim is about something else. */
const coreWeight = 16;

/** Consistency: the weighted share of invariants that hold of those that apply (docs/quality.md §2). */
export function consistencyChecks(label: Label, records: RecordsBySeq): QualityCheck[] {
  const findings = [...diagnosisFindings(label), ...claimFindings(label, records), ...evidenceFindings(label, records)];
  const own = label.type === 'troubleshooting' ? troubleshootingFindings(label) : optimizationFindings(label);
  return checksOf('consistency', [...findings, ...own]);
}

function diagnosisFindings(label: Label): Finding[] {
  const names = objectNames(label).filter((name) => name !== label.resource.namespace && name !== label.context.namespace);
  const confidences = label.hypotheses.map((hypothesis) => hypothesis.confidence);
  return [
    { id: 'category-of-reason', score: isReason(label.reason) && categoryOf(label.reason) === label.category },
    { id: 'severity-known', score: severities.includes(label.severity) },
    { id: 'question-names-object', score: names.some((name) => label.question.includes(name)) },
    { id: 'answer-says-segments', score: shareOf(label.segments, (segment) => label.answer.includes(segment.text.trim())) },
    {
      id: 'hypotheses-ranked',
      score: shareOf([...confidences.entries()], ([index, confidence]) => confidence <= (confidences[index - 1] ?? 1)),
    },
    {
      id: 'calm-when-no-fault',
      score: ['NoFault', 'InProgress', 'IntendedState'].includes(label.reason) ? ['info', 'low'].includes(label.severity) : undefined,
    },
  ];
}

/** Whether the reason, its object and the proof belong together. */
function claimFindings(label: Label, records: RecordsBySeq): Finding[] {
  const closeness = closenessTo(label, records);
  const supporting = label.evidence.filter((item) => item.role === 'supports');
  const cause = label.type === 'troubleshooting' ? label.root_cause : '';
  const shown = [cause, ...supporting.map(textOf)].join('\n');
  const signs = signsOf[label.reason];
  const fault = label.category !== 'none';
  const { workload, owners } = label.context;
  const family = owners.some((ref) => formatRef(ref) === formatRef(label.resource)) || workload?.name === label.resource.name;
  const names = [label.resource.name, ...(family ? [workload?.name ?? '', ...owners.map(({ name }) => name)] : [])];
  return [
    { id: 'reason-is-shown', weight: coreWeight, score: signs?.every((sign) => sign.test(shown)) },
    {
      id: 'answer-names-resource',
      weight: claimWeight,
      score: fault ? names.some((name) => namesObject(label.answer, name)) : undefined,
    },
    { id: 'resource-has-evidence', weight: claimWeight, score: supporting.some(({ ref }) => closeness(ref) >= closenessSteps.owner) },
    { id: 'oom-is-shown', weight: claimWeight, score: /Oom$/.test(label.reason) ? /oom|137|out of memory|heap/i.test(shown) : undefined },
    {
      id: 'oom-means-memory',
      weight: claimWeight,
      score: supporting.some(killedForMemory) ? memoryCategories.has(label.category) : undefined,
    },
    { id: 'supports-outweigh', score: fault ? supporting.length > label.evidence.length - supporting.length : undefined },
  ];
}

const memoryCategories = new Set(['memory', 'sizing', 'node', 'eviction', 'autoscaling', 'none']);

function killedForMemory({ value }: LabelEvidence): boolean {
  return /OOMKilled/.test(plainText(value)) && /"exitCode":137/.test(plainText(value));
}

function textOf({ value, pointer, ref, note }: LabelEvidence): string {
  return [plainText(value), pointer, ref, note].join('\n');
}

function evidenceFindings(label: Label, records: RecordsBySeq): Finding[] {
  const moment = Date.parse(label.timestamp);
  const end = Math.max(Date.parse(label.context.at) || moment, moment);
  const inTime = ({ observed_at }: LabelEvidence) => Date.parse(observed_at) <= moment;
  const belongs = belongsTo(label, records);
  const strangers = label.evidence.filter((item) => !belongs(item)).map(({ id, ref }) => `${id} ${ref}`);
  return [
    {
      id: 'evidence-holds',
      weight: claimWeight,
      score: shareOf(label.evidence, (item) => evidenceFault(item, records) === undefined) ?? 0,
    },
    { id: 'evidence-not-later', score: shareOf(label.evidence, inTime) ?? 0 },
    { id: 'record-not-later', score: shareOf(label.evidence, ({ seq }) => Date.parse(records.get(seq)?.at ?? '') <= moment) ?? 0 },
    { id: 'changes-not-later', score: shareOf(label.context.changes, ({ at }) => Date.parse(at) <= end) },
    { id: 'evidence-of-object', score: shareOf(label.evidence, ({ ref, seq }) => isOf(ref, seq, records)) },
    {
      id: 'evidence-belongs',
      weight: coreWeight,
      score: strangers.length === 0,
      ...(strangers.length === 0 ? {} : { detail: strangers.join(', ') }),
    },
  ];
}

/** Whether a record is about the object that the evidence names; records of no object are about any. */
function isOf(ref: string, seq: number, records: RecordsBySeq): boolean {
  const record = records.get(seq);
  const object = record === undefined ? ref : objectOf(record);
  return object === undefined || object === ref;
}

const commonNamespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

function troubleshootingFindings(label: TroubleshootingLabel): Finding[] {
  const { steps } = label.resolution;
  const commands = steps.map((step) => step.command).filter((command) => command !== '');
  const names = objectNames(label);
  // With a placeholder the reader fills in what it is about.
  const aimed = commands.filter((command) => !/<[^<>]+>/.test(command));
  const namespaces = new Set([
    '',
    label.resource.namespace,
    label.context.namespace,
    ...label.context.related.map(({ ref }) => ref.namespace),
    ...commonNamespaces,
  ]);
  const named = commands.flatMap(namespacesIn);
  const known = [...names, label.root_cause, label.problem, ...label.evidence.map(textOf)].join('\n');
  const risks = steps.map(riskFits).filter((fits) => fits !== undefined);
  return [
    { id: 'steps-numbered', score: shareOf([...steps.entries()], ([index, step]) => step.step === index + 1) },
    { id: 'steps-are-said', score: shareOf(steps, ({ action }) => label.answer.includes(action.trim())) },
    { id: 'step-objects-known', weight: claimWeight, score: shareOf(commands.flatMap(targetsIn), (name) => known.includes(name)) },
    { id: 'command-names-object', score: shareOf(aimed, (command) => names.some((name) => command.includes(name))) },
    { id: 'command-namespace', weight: claimWeight, score: shareOf(named, (namespace) => namespaces.has(namespace)) },
    { id: 'command-quantities', score: shareOf(commands.flatMap(quantitiesIn), isQuantityPair) },
    { id: 'command-risk', score: shareOf(risks, (fits) => fits) },
    { id: 'observed-is-cited', score: label.resolution.observed ? steps.some((step) => step.evidence_ids.length > 0) : undefined },
  ];
}

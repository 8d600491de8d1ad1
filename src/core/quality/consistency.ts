import { severities } from '../model/event.ts';
import type { Label, QualityCheck, ResourceOptimizationLabel, TroubleshootingLabel } from '../model/label.ts';
import { categoryOf, isReason } from '../model/taxonomy.ts';
import { checksOf, type Finding, shareOf } from './check.ts';
import { namespacesIn, riskFits } from './commands.ts';
import { evidenceFault, type RecordsBySeq } from './evidence.ts';
import { objectNames, stringsIn } from './texts.ts';

/** Consistency: invariants that hold / invariants that apply, all of the same weight (docs/quality.md §2). */
export function consistencyChecks(label: Label, records: RecordsBySeq): QualityCheck[] {
  const findings = [...diagnosisFindings(label), ...evidenceFindings(label, records)];
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

function evidenceFindings(label: Label, records: RecordsBySeq): Finding[] {
  const moment = Date.parse(label.timestamp);
  const supporting = label.evidence.filter((item) => item.role === 'supports');
  return [
    { id: 'evidence-holds', score: shareOf(label.evidence, (item) => evidenceFault(item, records) === undefined) ?? 0 },
    { id: 'evidence-not-later', score: shareOf(label.evidence, (item) => Date.parse(item.observed_at) <= moment) ?? 0 },
    { id: 'record-not-later', score: shareOf(label.evidence, ({ seq }) => Date.parse(records.get(seq)?.at ?? '') <= moment) ?? 0 },
    {
      id: 'supports-outweigh',
      score: label.category === 'none' ? undefined : supporting.length > label.evidence.length - supporting.length,
    },
    { id: 'oom-is-shown', score: /Oom$/.test(label.reason) ? showsOom(supporting.map(({ value, note }) => [value, note])) : undefined },
  ];
}

function showsOom(values: unknown): boolean {
  return JSON.stringify([...stringsIn(values)]).search(/oom|137|out of memory|heap/i) >= 0;
}

function troubleshootingFindings(label: TroubleshootingLabel): Finding[] {
  const { steps } = label.resolution;
  const commands = steps.map((step) => step.command).filter((command) => command !== '');
  const names = objectNames(label);
  const namespaces = new Set([
    '',
    label.resource.namespace,
    label.context.namespace,
    ...label.context.related.map(({ ref }) => ref.namespace),
    'kube-system',
  ]);
  const named = commands.flatMap(namespacesIn);
  const risks = steps.map(riskFits).filter((fits) => fits !== undefined);
  return [
    { id: 'steps-numbered', score: shareOf([...steps.entries()], ([index, step]) => step.step === index + 1) },
    { id: 'command-names-object', score: shareOf(commands, (command) => names.some((name) => command.includes(name))) },
    { id: 'command-namespace', score: shareOf(named, (namespace) => namespaces.has(namespace)) },
    { id: 'command-risk', score: shareOf(risks, (fits) => fits) },
    { id: 'observed-is-cited', score: label.resolution.observed ? steps.some((step) => step.evidence_ids.length > 0) : undefined },
  ];
}

function optimizationFindings(label: ResourceOptimizationLabel): Finding[] {
  const { suggestion, current_state: now, impact } = label;
  const peak = now.memory_usage_bytes?.max;
  return [
    { id: 'request-within-limit', score: within(suggestion.cpu_request_millicores, suggestion.cpu_limit_millicores) },
    { id: 'memory-request-within-limit', score: within(suggestion.memory_request_bytes, suggestion.memory_limit_bytes) },
    { id: 'memory-limit-over-peak', score: peak === undefined ? undefined : within(peak, suggestion.memory_limit_bytes) },
    {
      id: 'cpu-saving-sign',
      score: sameSign(impact.cpu_request_delta_millicores, suggestion.cpu_request_millicores, now.cpu_request_millicores),
    },
    {
      id: 'memory-saving-sign',
      score: sameSign(impact.memory_request_delta_bytes, suggestion.memory_request_bytes, now.memory_request_bytes),
    },
    { id: 'same-container', score: suggestion.container === now.container },
  ];
}

function within(lower: number | null, upper: number | null): boolean | undefined {
  return lower === null || upper === null ? undefined : lower <= upper;
}

function sameSign(delta: number | null, after: number | null, before: number | null): boolean | undefined {
  return delta === null || after === null || before === null ? undefined : Math.sign(delta) === Math.sign(after - before);
}

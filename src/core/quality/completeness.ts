import type { Label, LabelEvidence, LabelStep, QualityCheck, ResourceOptimizationLabel, TroubleshootingLabel } from '../model/label.ts';
import { formatRef } from '../model/resource.ts';
import { checksOf, type Finding, shareOf } from './check.ts';
import { evidenceFault, type RecordsBySeq } from './evidence.ts';
import { objectOf, ownersIn } from './objects.ts';
import { classOf } from './remedy.ts';

const checklistWeight = 0.6;
const slotsWeight = 0.4;

/**
 * Completeness: 0.6 × the checklist of the label's type + 0.4 × filled evidence slots (docs/quality.md §1).
 * Only evidence that holds against the capture fills a slot.
 */
export function completenessChecks(label: Label, records: RecordsBySeq): QualityCheck[] {
  const checklist = [...commonItems(label), ...typeItems(label, records)].filter(({ score }) => score !== undefined);
  const slots = evidenceSlots(label, records);
  return checksOf('completeness', [
    ...checklist.map((item) => ({ ...item, weight: checklistWeight / checklist.length })),
    ...slots.map((slot) => ({ ...slot, weight: slotsWeight / slots.length })),
  ]);
}

function commonItems(label: Label): Finding[] {
  const { capture_id, incident_id, rule_ids, tool_version, rules_version } = label;
  return [
    { id: 'subject', score: said(label.resource.kind) && said(label.resource.name) },
    { id: 'timing', score: !Number.isNaN(Date.parse(label.timestamp)) },
    { id: 'provenance', score: [capture_id, incident_id, tool_version, rules_version].every(said) && rule_ids.length > 0 },
  ];
}

function typeItems(label: Label, records: RecordsBySeq): Finding[] {
  if (label.type === 'resource_optimization') return optimizationItems(label);
  return label.category === 'none' ? noFaultItems(label) : faultItems(label, records);
}

/** Kinds whose objects belong to a workload or are one; others have no chain of owners to show. */
const owned = new Set(['Pod', 'ReplicaSet', 'Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob', 'ReplicationController']);

/** Whether the chain of owners is shown, or the object's own record shows that nothing owns it. */
function hasOwnerChain({ resource, context, evidence }: TroubleshootingLabel, records: RecordsBySeq): boolean | undefined {
  if (!owned.has(resource.kind)) return undefined;
  if (context.workload !== undefined || context.owners.length > 0) return true;
  const own = evidence.flatMap(({ seq }) => records.get(seq) ?? []).find((record) => objectOf(record) === formatRef(resource));
  return own?.kind === 'resource' && ownersIn(own).length === 0;
}

function faultItems(label: TroubleshootingLabel, records: RecordsBySeq): Finding[] {
  const { steps } = label.resolution;
  return [
    {
      id: 'owner-chain',
      score: hasOwnerChain(label, records),
    },
    { id: 'symptom', score: said(label.problem) },
    { id: 'root-cause', score: said(label.root_cause) },
    { id: 'impact', score: said(label.impact) },
    { id: 'step', score: steps.some((step) => said(step.action)) },
    { id: 'command', score: steps.some((step) => said(step.command)) },
    { id: 'verification', score: steps.some((step) => said(step.verify)) },
    { id: 'rollback-or-risk', score: shareOf(steps, tellsRisk) ?? 0 },
  ];
}

/** A step that changes something says what it risks, or goes back to what was. */
function tellsRisk(step: LabelStep): boolean {
  return step.risk !== 'none' || ['observe', 'wait', 'rollback'].includes(classOf(step));
}

/** Answers that are not faults: what was looked at, what was found, and why that is the answer. */
function noFaultItems(label: TroubleshootingLabel): Finding[] {
  return [
    { id: 'looked-at', score: label.segments.some((segment) => segment.kind === 'observation') },
    { id: 'conclusion', score: label.segments.some((segment) => segment.kind === 'inference') || said(label.root_cause) },
    { id: 'situation', score: said(label.scenario) && said(label.problem) },
    // Who says "cannot tell" says between what.
    { id: 'candidates', score: label.reason === 'Inconclusive' ? label.hypotheses.length > 0 || said(label.root_cause) : undefined },
  ];
}

function optimizationItems(label: ResourceOptimizationLabel): Finding[] {
  const { current_state: now, analysis, suggestion } = label;
  return [
    { id: 'current-resources', score: said(now.container) && now.replicas > 0 },
    { id: 'usage', score: now.cpu_usage_millicores !== null || now.memory_usage_bytes !== null },
    { id: 'window', score: analysis.window_seconds > 0 },
    { id: 'samples', score: analysis.sample_count > 0 || analysis.oom_kills > 0 },
    { id: 'algorithm', score: said(analysis.algorithm) },
    { id: 'suggestion', score: said(suggestion.patch) },
    { id: 'saving', score: said(label.impact.summary) },
    { id: 'risk', score: said(suggestion.risk) },
  ];
}

function evidenceSlots(label: Label, records: RecordsBySeq): Finding[] {
  const holding = label.evidence.filter((item) => evidenceFault(item, records) === undefined);
  const citedBy = (kind: string) =>
    new Set(label.segments.filter((segment) => segment.kind === kind).flatMap((segment) => segment.evidence_ids));
  const fills = (ids: ReadonlySet<string>) => holding.some((item: LabelEvidence) => ids.has(item.id));
  return [
    { id: 'observation-evidence', score: fills(citedBy('observation')) },
    { id: 'inference-evidence', score: fills(citedBy('inference')) },
    { id: 'second-source', score: new Set(holding.map((item) => `${item.seq}${item.pointer}`)).size > 1 },
  ];
}

function said(text: string): boolean {
  return !/^(?:|unknown|n\/?a|none|null|-|\?)$/i.test(text.trim());
}

import type { AnalyzedEvent, Evidence, Hypothesis } from '../model/event.ts';
import type { LabelEvidence, LabelResource, TroubleshootingLabel } from '../model/label.ts';
import { formatRef, type ObjectRef } from '../model/resource.ts';
import { type Provenance, stableId } from './provenance.ts';

/** One troubleshooting label: everything it says is in the analyzed event; nothing is looked up. Quality is filled in by scoring. */
export function troubleshootingLabel(event: AnalyzedEvent, provenance: Provenance): TroubleshootingLabel {
  const { event: incident } = event;
  const incidentId = stableId(provenance.captureId, 'incident', incident.key);
  const evidence = event.evidence.map(labelEvidence);
  return {
    id: stableId(provenance.captureId, 'troubleshooting', incident.key),
    type: 'troubleshooting',
    question: event.question,
    timestamp: newest(evidence.map(({ observed_at }) => observed_at)) || incident.lastAt,
    answer: answerOf(event),
    segments: event.segments.map(({ text, kind, evidenceIds }) => ({ text, kind, evidence_ids: evidenceIds })),
    category: event.category,
    reason: event.reason,
    modifiers: event.modifiers,
    severity: event.severity,
    confidence: event.confidence,
    resource: labelResource(event.subject),
    context: event.missing.length === 0 ? incident.context : { ...incident.context, missing: event.missing },
    evidence,
    hypotheses: event.hypotheses.map(labelHypothesis),
    quality: { completeness: 0, consistency: 0, relevance: 0, evidence_quality: 0, overall_score: 0 },
    cluster_id: provenance.clusterNames.get(incident.cluster) ?? incident.cluster,
    incident_id: incidentId,
    capture_id: provenance.captureId,
    rule_ids: [event.ruleId, ...event.agreeing],
    tool_version: provenance.toolVersion,
    rules_version: provenance.rulesVersion,
    quality_version: provenance.qualityVersion,
    scenario: scenarioOf(event),
    problem: event.problem,
    root_cause: event.rootCause,
    impact: event.impact,
    resolution: {
      observed: event.resolution.observed,
      steps: event.resolution.steps.map((step, position) => ({
        step: position + 1,
        action: step.action,
        command: step.command ?? '',
        verify: step.verify,
        risk: step.risk,
        evidence_ids: event.resolution.evidenceIds,
      })),
    },
  };
}

/** The kind of situation, for grouping: what is affected and how it shows, without names. */
function scenarioOf(event: AnalyzedEvent): string {
  return `${event.event.workload.kind}/${event.event.mainEvent.type}/${event.category}`;
}

function answerOf(event: AnalyzedEvent): string {
  const lines: string[] = [];
  let open = '';
  for (const { text, kind } of event.segments) {
    if (kind === 'filler') open = text;
    else if (kind === 'action') {
      if (open !== '') lines.push(open.trim());
      open = '';
      lines.push(text);
    } else if (open !== '') {
      lines.push(`${open}${text}`);
      open = '';
    } else if (text.startsWith('Impact: ')) lines.push(text);
    else lines.push(`${lines.pop() ?? ''} ${text}`.trim());
  }
  return lines.join('\n');
}

/** Label fields of an object: no empty apiVersion, uid '' when unknown. */
export function labelResource(ref: ObjectRef): LabelResource {
  return { kind: ref.kind, namespace: ref.namespace, name: ref.name, uid: ref.uid };
}

/** Evidence in the shape that labels show: the object as text, the time as `observed_at`. */
export function labelEvidence(evidence: Evidence): LabelEvidence {
  return {
    id: evidence.id,
    type: evidence.type,
    seq: evidence.seq,
    pointer: evidence.pointer,
    value: evidence.value,
    ref: formatRef(evidence.ref),
    note: evidence.note,
    role: evidence.role,
    observed_at: evidence.at,
    ...(evidence.ablation === undefined ? {} : { ablation: evidence.ablation }),
  };
}

function labelHypothesis({ reason, subject, confidence, ruleId, fate }: Hypothesis): TroubleshootingLabel['hypotheses'][number] {
  return { reason, subject: formatRef(subject), confidence, rule_id: ruleId, fate };
}

/** The newest of RFC 3339 times, or ''. */
export function newest(times: string[]): string {
  return times.reduce((latest, time) => (latest === '' || Date.parse(time) > Date.parse(latest) ? time : latest), '');
}

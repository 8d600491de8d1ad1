import type { CaptureRecord } from '../model/capture.ts';
import type { Label, LabelEvidence } from '../model/label.ts';
import { payloadOf, pointerOf, resolvePointer } from '../model/pointer.ts';
import { oneLine } from '../model/text.ts';
import type { LabelProblem, LabelProblemCode } from './problem.ts';

/** Records of the label's capture by `seq`: at least those its evidence cites. */
export type RecordsBySeq = ReadonlyMap<number, CaptureRecord>;

/** Why an item of evidence does not hold against the capture: its record, its pointer, or its value; undefined if it holds. */
export function evidenceFault(evidence: LabelEvidence, records: RecordsBySeq): { code: LabelProblemCode; message: string } | undefined {
  const record = records.get(evidence.seq);
  if (record === undefined) return { code: 'EVIDENCE_RECORD_MISSING', message: `the capture has no record ${evidence.seq}` };
  const place = `${oneLine(evidence.pointer, 120)} of record ${evidence.seq}`;
  const found = resolvePointer(payloadOf(record), evidence.pointer);
  if (found === undefined) return { code: 'EVIDENCE_POINTER_UNRESOLVED', message: `${place} leads nowhere` };
  if (sameValue(found, evidence.value)) return undefined;
  return { code: 'EVIDENCE_VALUE_DIFFERS', message: `${place} is ${shown(found)}, the label says ${shown(evidence.value)}` };
}

/** Problems of a label's evidence: every item is looked up again and must be known at the label's moment. */
export function evidenceProblems(label: Label, records: RecordsBySeq): LabelProblem[] {
  const problems: LabelProblem[] = [];
  const ids = new Set<string>();
  const moment = Date.parse(label.timestamp);
  for (const [index, evidence] of label.evidence.entries()) {
    const pointer = pointerOf('evidence', index);
    if (ids.has(evidence.id)) problems.push({ code: 'EVIDENCE_DUPLICATE', pointer, message: `evidence id ${evidence.id} is used twice` });
    ids.add(evidence.id);
    const fault = evidenceFault(evidence, records);
    if (fault) problems.push({ ...fault, pointer });
    if (!(Date.parse(evidence.observed_at) <= moment)) {
      problems.push({
        code: 'EVIDENCE_LATER',
        pointer,
        message: `observed at ${evidence.observed_at}, after the label's moment ${label.timestamp}`,
      });
    }
  }
  if (label.evidence.length === 0)
    problems.push({ code: 'EVIDENCE_MISSING', pointer: '/evidence', message: 'the label cites no evidence' });
  return [...problems, ...citationProblems(label, ids)];
}

function citationProblems(label: Label, ids: ReadonlySet<string>): LabelProblem[] {
  const steps = label.type === 'troubleshooting' ? label.resolution.steps : [];
  const cited = [
    ...label.segments.map((segment, index) => ({ pointer: pointerOf('segments', index), ids: segment.evidence_ids })),
    ...steps.map((step, index) => ({ pointer: pointerOf('resolution', 'steps', index), ids: step.evidence_ids })),
  ];
  return cited.flatMap(({ pointer, ids: used }) =>
    used
      .filter((id) => !ids.has(id))
      .map(
        (id): LabelProblem => ({
          code: 'CITATION_UNKNOWN',
          pointer,
          message: `cites ${oneLine(id, 60)}, which is no evidence of the label`,
        }),
      ),
  );
}

/** Equality of JSON values: order of keys does not matter, undefined members are absent, a bigint equals the same integer. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b) || (a === 0 && b === 0)) return true;
  if (typeof a === 'bigint' || typeof b === 'bigint') return exactInteger(a) !== undefined && exactInteger(a) === exactInteger(b);
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || Array.isArray(a) !== Array.isArray(b)) return false;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, index) => sameValue(item, b[index]));
  const left = members(a);
  const right = new Map(members(b));
  return left.length === right.size && left.every(([key, item]) => right.has(key) && sameValue(item, right.get(key)));
}

function members(value: object): [string, unknown][] {
  return Object.entries(value).filter(([, item]) => item !== undefined);
}

function exactInteger(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value;
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : undefined;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? String(item) : item)) ?? 'nothing';
  return oneLine(text, 80);
}

import { stringifyJson } from '../model/json.ts';
import type { Label } from '../model/label.ts';
import { categoryOf, isReason } from '../model/taxonomy.ts';
import { groundingProblems } from './citations.ts';
import { evidenceProblems, type RecordsBySeq } from './evidence.ts';
import type { LabelProblem } from './problem.ts';
import { questionProblems } from './question.ts';
import { mayHoldSecret, secretIn } from './secrets.ts';
import { subjectProblems } from './subject.ts';
import { objectNames, optionalTexts, requiredTexts, stringsIn } from './texts.ts';

const unrendered = [/\{\{/, /\bundefined\b/, /\bNaN\b/, /\[object Object\]/];

/**
 * Everything that keeps a label out of a dataset: content, closed vocabulary, a question that tells, evidence that does not hold
 * against the capture, a subject that it does not know, a cause that cites nothing which carries it, credentials. No problems: the label is valid. `records` must hold the records its evidence cites.
 */
export function validateLabel(label: Label, records: RecordsBySeq): { problems: LabelProblem[] } {
  return {
    problems: [
      ...textProblems(label),
      ...vocabularyProblems(label),
      ...questionProblems(label),
      ...evidenceProblems(label, records),
      ...subjectProblems(label, records),
      ...groundingProblems(label),
      ...secretProblems(label),
    ],
  };
}

function textProblems(label: Label): LabelProblem[] {
  const required = requiredTexts(label);
  const empty = required
    .filter(({ text }) => text.trim() === '')
    .map(({ pointer }): LabelProblem => ({ code: 'TEXT_EMPTY', pointer, message: 'a required text is empty' }));
  if (label.segments.length === 0) empty.push({ code: 'TEXT_EMPTY', pointer: '/segments', message: 'the answer has no segments' });

  const quoted = [...stringsIn(label.evidence.map(({ value }) => value))].map(({ text }) => text).concat(objectNames(label));
  // An application that logs "undefined" may be quoted; only marks that no cited value contains come from a template.
  const marks = unrendered.filter((mark) => !quoted.some((text) => mark.test(text)));
  const broken = [...required, ...optionalTexts(label)].flatMap(({ pointer, text }) => {
    const mark = marks.map((pattern) => pattern.exec(text)?.[0]).find((match) => match !== undefined);
    return mark === undefined ? [] : [{ code: 'TEXT_UNRENDERED', pointer, message: `contains ${mark}` } satisfies LabelProblem];
  });
  return [...empty, ...broken];
}

function vocabularyProblems(label: Label): LabelProblem[] {
  const problems: LabelProblem[] = [];
  if (!isReason(label.reason)) {
    problems.push({ code: 'REASON_UNKNOWN', pointer: '/reason', message: 'the reason is not in the taxonomy' });
  } else if (categoryOf(label.reason) !== label.category) {
    const message = `${label.reason} belongs to ${categoryOf(label.reason)}, not ${label.category}`;
    problems.push({ code: 'CATEGORY_MISMATCH', pointer: '/category', message });
  }
  for (const [index, modifier] of label.modifiers.entries()) {
    if (isReason(modifier)) continue;
    problems.push({ code: 'REASON_UNKNOWN', pointer: `/modifiers/${index}`, message: 'the modifier is not in the taxonomy' });
  }
  if (!(label.confidence >= 0 && label.confidence <= 1)) {
    problems.push({ code: 'CONFIDENCE_RANGE', pointer: '/confidence', message: `expected 0 to 1, found ${label.confidence}` });
  }
  return problems;
}

function secretProblems(label: Label): LabelProblem[] {
  const problems: LabelProblem[] = [];
  if (!mayHoldSecret(stringifyJson(label))) return problems;
  for (const { pointer, text } of stringsIn(label)) {
    const secret = secretIn(text);
    if (secret) problems.push({ code: 'SECRET_FOUND', pointer, message: `contains ${secret}` });
  }
  return problems;
}

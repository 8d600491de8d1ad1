import type { Label } from '../model/label.ts';
import { payloadOf } from '../model/pointer.ts';
import { formatRef } from '../model/resource.ts';
import type { RecordsBySeq } from './evidence.ts';
import { workloadOf } from './graph.ts';
import { objectOf, ownersIn, referencesIn } from './objects.ts';
import type { LabelProblem } from './problem.ts';
import { namesObject, stringsIn } from './texts.ts';

/**
 * Whether the label speaks of an object that the capture does not know: it is neither in the label's context nor the object, an owner or
 * a reference of a cited record, and no cited record names it. Not decided when a cited record is missing, which is a problem of its own.
 */
export function subjectProblems(label: Label, records: RecordsBySeq): LabelProblem[] {
  const cited = label.evidence.map(({ seq }) => records.get(seq));
  if (cited.length === 0 || cited.includes(undefined) || inContext(label)) return [];
  const subject = formatRef(label.resource);
  const found = cited.some(
    (record) =>
      record !== undefined &&
      (objectOf(record) === subject ||
        ownersIn(record).includes(subject) ||
        referencesIn(record).includes(subject) ||
        names(payloadOf(record), label.resource.name)),
  );
  if (found) return [];
  return [{ code: 'SUBJECT_ABSENT', pointer: '/resource', message: `${subject} is neither in the context nor in a cited record` }];
}

function inContext(label: Label): boolean {
  const { context, resource } = label;
  const known = [...context.owners, ...context.related.map(({ ref }) => ref), ...context.changes.map(({ ref }) => ref)].map(formatRef);
  const nodes = context.nodes.map(({ name }) => formatRef({ kind: 'Node', namespace: '', name }));
  const namespace = formatRef({ kind: 'Namespace', namespace: '', name: context.namespace });
  return [...known, ...nodes, namespace, workloadOf(label)].includes(formatRef(resource));
}

function names(payload: unknown, name: string): boolean {
  for (const { text } of stringsIn(payload)) if (namesObject(text, name)) return true;
  return false;
}

import type { Label, LabelEvidence } from '../model/label.ts';
import { formatRef } from '../model/resource.ts';
import type { RecordsBySeq } from './evidence.ts';
import { objectOf, ownersIn, referencesIn, selects } from './objects.ts';
import { causeText, namesObject, plainText } from './texts.ts';

/** Who owns whom and who refers to whom around a label, both ways, objects as text (`Pod shop/cart-1`). */
type Graph = { owning: Map<string, Set<string>>; referring: Map<string, Set<string>> };

/** What is left of closeness with each step away from the label's resource. */
export const closenessSteps = { same: 1, owner: 0.9, reference: 0.8, namespace: 0.5, elsewhere: 0.2 };

/**
 * How near objects are to the label's resource in the reference graph of its context and of the records it cites: itself 1, joined by
 * ownership alone 0.9, over one reference 0.8, else in the same namespace 0.5, elsewhere 0.2.
 */
export function closenessTo(label: Label, records: RecordsBySeq): (ref: string) => number {
  const { owning, referring } = graphOf(label, records);
  const self = formatRef(label.resource);
  const family = closure([self], owning);
  const referenced = closure(
    [...family].flatMap((ref) => [...(referring.get(ref) ?? [])]),
    owning,
  );
  return (ref) => {
    if (ref === self) return closenessSteps.same;
    if (family.has(ref)) return closenessSteps.owner;
    if (referenced.has(ref)) return closenessSteps.reference;
    const { namespace } = label.resource;
    return namespace !== '' && ref.includes(` ${namespace}/`) ? closenessSteps.namespace : closenessSteps.elsewhere;
  };
}

/**
 * Whether an item of evidence belongs to the label: its object is joined to the resource, the label's texts name it, or the item names
 * the resource.
 */
export function belongsTo(label: Label, records: RecordsBySeq): (item: LabelEvidence) => boolean {
  const closeness = closenessTo(label, records);
  const text = label.type === 'troubleshooting' ? [causeText(label), label.problem, label.impact].join('\n') : label.answer;
  return ({ ref, value }) =>
    closeness(ref) >= closenessSteps.reference || namesObject(text, nameIn(ref)) || namesObject(plainText(value), label.resource.name);
}

function graphOf(label: Label, records: RecordsBySeq): Graph {
  const graph: Graph = { owning: new Map(), referring: new Map() };
  const { context, resource } = label;
  const self = formatRef(resource);
  const workload = workloadOf(label);
  const chain = [...context.owners.map(formatRef), ...(workload === undefined ? [] : [workload])];
  for (const [index, owner] of chain.entries()) if (index > 0) join(graph.owning, chain[index - 1] as string, owner);
  for (const pod of podsOf(label))
    for (const owner of [...chain, ...(label.resource.kind === 'Service' ? [] : [self])])
      if (isNamedAfter(pod, owner)) join(graph.owning, pod, owner);
  if (label.resource.kind === 'Service') for (const pod of podsOf(label)) if (isNamedAfter(pod, self)) join(graph.referring, pod, self);
  const center = workload ?? self;
  const around = [
    ...context.related.map(({ ref }) => formatRef(ref)),
    ...context.nodes.map(({ name }) => formatRef({ kind: 'Node', namespace: '', name })),
    ...context.changes.map(({ ref }) => formatRef(ref)),
  ];
  for (const ref of around) join(graph.referring, center, ref);
  addRecords(graph, label, records);
  // A cause elsewhere is joined to the workload that suffers from it by a fact about that cause.
  const shown = closure([self], graph.owning);
  if (workload !== undefined && label.evidence.some(({ ref }) => shown.has(ref))) join(graph.referring, self, workload);
  return graph;
}

function podsOf({ evidence }: Label): string[] {
  return [...new Set(evidence.map(({ ref }) => ref))].filter((ref) => ref.startsWith('Pod '));
}

const controllers = /^(?:Service|Deployment|ReplicaSet|StatefulSet|DaemonSet|Job|CronJob|ReplicationController) /;

/** Pods are named `<owner>-<suffix>`: a log line says no more of its pod than that. */
function isNamedAfter(pod: string, owner: string): boolean {
  return controllers.test(owner) && pod.slice(pod.indexOf(' ')).startsWith(`${owner.slice(owner.indexOf(' '))}-`);
}

function addRecords(graph: Graph, label: Label, records: RecordsBySeq): void {
  const cited = [...new Set(label.evidence.map(({ seq }) => seq))].flatMap((seq) => records.get(seq) ?? []);
  for (const record of cited) {
    const object = objectOf(record);
    if (object === undefined) continue;
    for (const owner of ownersIn(record)) join(graph.owning, object, owner);
    for (const other of referencesIn(record)) join(graph.referring, object, other);
    for (const other of cited) if (selects(record, other)) join(graph.referring, object, objectOf(other) ?? object);
  }
}

/** The workload of the label's context as text; undefined without one. */
export function workloadOf({ context, resource }: Label): string | undefined {
  const namespace = context.namespace === '' ? resource.namespace : context.namespace;
  return context.workload === undefined ? undefined : formatRef({ ...context.workload, namespace });
}

function join(edges: Map<string, Set<string>>, a: string, b: string): void {
  if (a === b) return;
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    const known = edges.get(from);
    if (known === undefined) edges.set(from, new Set([to]));
    else known.add(to);
  }
}

function closure(start: readonly string[], edges: ReadonlyMap<string, ReadonlySet<string>>): Set<string> {
  const found = new Set(start);
  for (const ref of found) for (const next of edges.get(ref) ?? []) found.add(next);
  return found;
}

function nameIn(ref: string): string {
  return ref.split(/[ /]/).at(-1) ?? ref;
}

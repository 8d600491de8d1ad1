import { stableId } from './labels/provenance.ts';
import { authorName, clientOf, meansOf } from './model/author.ts';
import type { Change, EvidenceType } from './model/event.ts';
import { stringifyJson } from './model/json.ts';
import type { Label, LabelEvidence, StoredEvent } from './model/label.ts';
import { readableLine } from './model/log-line.ts';
import { formatRef } from './model/resource.ts';

/**
 * One moment of an incident. `kind` says where it was read; `seconds` count from the first moment; `evidence` is what the label cites of it. `standing` facts, such as
 * a field of a spec, did not happen at a moment: `at` is when they were seen, and they come last.
 */
export type TimelineEntry = {
  kind: EvidenceType;
  at: string;
  seconds: number;
  resource: string;
  text: string;
  count: number;
  lastAt: string;
  seq: number;
  standing: boolean;
  evidence: LabelEvidence[];
};

type Moment = Omit<TimelineEntry, 'seconds'> & { change?: boolean };

/** Changes of one object that are nearer than this tell one story, such as a cordon and its taint. */
const togetherSeconds = 2;

/**
 * What happened in an incident, in order: its abnormal facts, the changes of the objects that belong to it, and whatever else its label
 * cites. `events` may hold those of other incidents of the capture; they are left out. `label.context.changes` has every change.
 */
export async function timelineOf(label: Label, events: Iterable<StoredEvent> | AsyncIterable<StoredEvent>): Promise<TimelineEntry[]> {
  const open = new Map(label.evidence.map((evidence) => [evidence.id, evidence]));
  const take = (cites: (evidence: LabelEvidence) => boolean) => {
    const taken = [...open.values()].filter(cites);
    for (const { id } of taken) open.delete(id);
    return taken;
  };
  const moments: Moment[] = [];
  for await (const event of events) {
    if (stableId(label.capture_id, 'incident', String(event.data.incident)) !== label.incident_id) continue;
    moments.push(
      eventMoment(
        event,
        take(({ seq, pointer }) => seq === event.data.seq && pointer === event.data.pointer),
      ),
    );
  }
  const belongs = new Set([...belonging(label), ...moments.map(({ resource }) => resource)]);
  for (const change of label.context.changes) {
    const cites = take(({ seq, pointer }) => seq === change.seq || (seq === change.by?.seq && pointer === '/audit'));
    if (cites.length > 0 || belongs.has(formatRef(change.ref))) moments.push(changeMoment(change, cites));
  }
  for (const evidence of open.values()) moments.push(evidenceMoment(evidence));
  moments.sort((a, b) => Number(a.standing) - Number(b.standing) || Date.parse(a.at) - Date.parse(b.at) || a.seq - b.seq);
  const start = Date.parse(moments[0]?.at ?? '');
  return joined(moments).map(({ change: _change, ...moment }) => ({ ...moment, seconds: secondsFrom(start, moment) }));
}

function secondsFrom(start: number, { at }: Moment): number {
  return Math.round((Date.parse(at) - start) / 1000);
}

/** The objects of an incident besides those of its facts: culprit, workload, owners, what they refer to, what is cited. */
function belonging({ resource, context, evidence }: Label): string[] {
  const { workload, namespace, owners, related } = context;
  return [
    formatRef(resource),
    ...(workload === undefined ? [] : [formatRef({ ...workload, namespace })]),
    ...owners.map(formatRef),
    ...related.map(({ ref }) => formatRef(ref)),
    ...evidence.map(({ ref }) => ref),
  ];
}

/** Neighbouring changes of one object as one moment, unless they are cited or somebody is known to have made them. */
function joined(moments: Moment[]): Moment[] {
  const kept: Moment[] = [];
  for (const moment of moments) {
    const last = kept.at(-1);
    const plain = (one: Moment) => one.change === true && one.evidence.length === 0;
    const near = last !== undefined && plain(last) && plain(moment) && last.resource === moment.resource;
    if (near && secondsFrom(Date.parse(last.at), moment) <= togetherSeconds) {
      last.text = `${last.text}, then ${moment.text.replace(/^was modified: /, '')}`;
    } else kept.push(moment);
  }
  return kept;
}

function eventMoment({ type, resource_type, resource_name, namespace, data, timestamp }: StoredEvent, evidence: LabelEvidence[]): Moment {
  const container = typeof data.container === 'string' && data.container !== '' ? `container ${data.container} ` : '';
  return {
    kind: type === 'event' || type === 'log' ? type : (evidence[0]?.type ?? 'status'),
    at: timestamp,
    resource: formatRef({ kind: resource_type, namespace, name: resource_name }),
    text: `${type === 'event' ? '' : container}${factText(type, data)}`,
    count: Number(data.count ?? 1),
    lastAt: String(data.last_at ?? timestamp),
    seq: Number(data.seq ?? 0),
    standing: false,
    evidence,
  };
}

function factText(type: string, { detail, value }: Record<string, unknown>): string {
  const fields = (detail ?? {}) as Record<string, unknown>;
  const field = (name: string) => String(fields[name] ?? '');
  const because = [field('reason'), field('message')].filter(Boolean).join(': ');
  const wording: Record<string, () => string> = {
    'container.waiting': () => `waits: ${because}`,
    'container.terminated': () => `ended: ${[field('reason'), `exit ${field('exitCode')}`, field('message')].filter(Boolean).join(', ')}`,
    'pod.unschedulable': () => `cannot be scheduled: ${because}`,
    'pod.notReady': () => `is not ready: ${because}`,
    'pod.failed': () => `failed: ${because}`,
    'pod.disrupted': () => `is being disrupted: ${because}`,
    event: () => `Event ${because}`,
    condition: () => `${field('type')} is ${field('status')}: ${because}`,
    phase: () => `is ${field('phase')}`,
    log: () => `logs: ${readableLine(typeof value === 'string' ? value : field('message'))}`,
  };
  const others = Object.entries(fields)
    .filter(([name]) => name !== 'field')
    .map(([name, it]) => `${name} ${String(it)}`);
  return wording[type]?.() ?? ([field('field'), others.join(', ')].filter(Boolean).join(': ') || stringifyJson(value));
}

function changeMoment(change: Change, evidence: LabelEvidence[]): Moment {
  const { ref, at, seq, fields } = change;
  const text = [madeBy(change), changeTexts(fields).join('; ')].filter(Boolean).join(': ');
  return {
    kind: 'change',
    at,
    resource: formatRef(ref),
    text,
    count: 1,
    lastAt: at,
    seq,
    standing: false,
    evidence,
    change: change.by === undefined,
  };
}

/** `was modified`, and by whom if that is known; of a request without its content, that it was sent. */
function madeBy({ type, fields, by }: Change): string {
  if (by === undefined) return `was ${type}`;
  if (type !== 'modified' || fields.length > 0) return `was ${type} by ${authorName(by)} (${meansOf(by)})`;
  const client = clientOf(by);
  return `got ${by.verb === 'update' ? 'an update' : 'a patch'} from ${authorName(by)}${client === '' ? '' : ` (${client})`}, what it changed is not recorded`;
}

/** What a change asks for differently: three fields, and how many more. */
export function changeTexts(fields: Change['fields']): string[] {
  return [...fields.slice(0, 3).map(changeText), ...(fields.length > 3 ? [`${fields.length - 3} more`] : [])];
}

/** `/spec/replicas 1 → 0`; of lists only what came and went. */
function changeText({ path, before, after }: Change['fields'][number]): string {
  const old = namesOf(before);
  const now = namesOf(after);
  if (old === undefined || now === undefined || old.length + now.length === 0) return `${path} ${shown(before)} → ${shown(after)}`;
  const added = now.filter((name) => !old.includes(name)).map((name) => `+ ${name}`);
  const removed = old.filter((name) => !now.includes(name)).map((name) => `− ${name}`);
  return `${path} ${[...added, ...removed].join(', ') || 'in another order'}`;
}

/** The items of a list of texts or taints, as kubectl writes them; undefined for any other value. */
function namesOf(value: unknown): string[] | undefined {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) return undefined;
  const names = value.map((item: unknown) => {
    if (typeof item === 'string') return item;
    const { key, value: text, effect } = (item ?? {}) as Record<string, unknown>;
    return typeof key === 'string' && typeof effect === 'string'
      ? `${key}${text === undefined ? '' : `=${String(text)}`}:${effect}`
      : undefined;
  });
  return names.every((name) => name !== undefined) ? names : undefined;
}

function evidenceMoment(evidence: LabelEvidence): Moment {
  const { observed_at, ref, note, seq, type } = evidence;
  const standing = type === 'spec' || type === 'absence';
  return {
    kind: type,
    at: observed_at,
    resource: ref,
    text: `(${note})`,
    count: 1,
    lastAt: observed_at,
    seq,
    standing,
    evidence: [evidence],
  };
}

function shown(value: unknown): string {
  return value === undefined || value === null ? 'unset' : stringifyJson(value);
}

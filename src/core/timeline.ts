import { stableId } from './labels/provenance.ts';
import type { Change } from './model/event.ts';
import { stringifyJson } from './model/json.ts';
import type { Label, LabelEvidence, StoredEvent } from './model/label.ts';
import { formatRef } from './model/resource.ts';

/**
 * One moment of an incident. `seconds` count from the first moment; `evidence` is what the label cites of it. `standing` facts, such as
 * a field of a spec, did not happen at a moment: `at` is when they were seen, and they come last.
 */
export type TimelineEntry = {
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

type Moment = Omit<TimelineEntry, 'seconds'>;

/**
 * What happened in an incident, in order: its abnormal facts, the changes around it, and whatever else its label cites.
 * `events` may hold those of other incidents of the capture; they are left out.
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
  for (const change of label.context.changes)
    moments.push(
      changeMoment(
        change,
        take(({ seq }) => seq === change.seq),
      ),
    );
  for (const evidence of open.values()) moments.push(evidenceMoment(evidence));
  moments.sort((a, b) => Number(a.standing) - Number(b.standing) || Date.parse(a.at) - Date.parse(b.at) || a.seq - b.seq);
  const start = Date.parse(moments[0]?.at ?? '');
  return moments.map((moment) => ({ ...moment, seconds: Math.round((Date.parse(moment.at) - start) / 1000) }));
}

function eventMoment({ type, resource_type, resource_name, namespace, data, timestamp }: StoredEvent, evidence: LabelEvidence[]): Moment {
  const container = typeof data.container === 'string' && data.container !== '' ? `container ${data.container} ` : '';
  return {
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
    log: () => `logs: ${typeof value === 'string' ? value : field('message')}`,
  };
  const others = Object.entries(fields)
    .filter(([name]) => name !== 'field')
    .map(([name, it]) => `${name} ${String(it)}`);
  return wording[type]?.() ?? ([field('field'), others.join(', ')].filter(Boolean).join(': ') || stringifyJson(value));
}

function changeMoment({ ref, type, at, seq, fields }: Change, evidence: LabelEvidence[]): Moment {
  const changed = fields.map(({ path, before, after }) => `${path} ${shown(before)} → ${shown(after)}`);
  const more = changed.length > 3 ? [`${changed.length - 3} more`] : [];
  const text = [`was ${type}`, [...changed.slice(0, 3), ...more].join('; ')].filter(Boolean).join(': ');
  return { at, resource: formatRef(ref), text, count: 1, lastAt: at, seq, standing: false, evidence };
}

function evidenceMoment(evidence: LabelEvidence): Moment {
  const { observed_at, ref, note, seq, type } = evidence;
  const standing = type === 'spec' || type === 'absence';
  return { at: observed_at, resource: ref, text: note, count: 1, lastAt: observed_at, seq, standing, evidence: [evidence] };
}

function shown(value: unknown): string {
  return value === undefined || value === null ? 'unset' : stringifyJson(value);
}

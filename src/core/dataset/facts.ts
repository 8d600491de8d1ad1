import { stringifyJson } from '../model/json.ts';
import type { Label, LabelEvidence, StoredEvent } from '../model/label.ts';
import type { Fact } from '../model/training.ts';
import { timelineOf } from '../timeline.ts';
import { jsonPath } from '../training/checks.ts';
import { causeItems } from '../training/scene.ts';

/** Evidence is shown whole: a termination message has up to 4,096 bytes (core/v1 ContainerStateTerminated.message). */
const longest = { fact: 600, evidence: 4096 };

/** The facts of a label's incident as they were when they were first seen, in order: how often they came again is the future. */
export async function factsOf(label: Label, events: readonly StoredEvent[]): Promise<Fact[]> {
  if (label.type !== 'troubleshooting') return [];
  const first = events.map((event) => ({ ...event, data: { ...event.data, detail: event.data.first_detail ?? event.data.detail } }));
  const timeline = await timelineOf({ ...label, evidence: causeItems(label) }, first);
  return timeline.map(({ at, seq, resource, text, standing, evidence }) => {
    const [item] = evidence;
    const shown = item === undefined || (item.type !== 'log' && text !== `(${item.note})`) ? text : evidenceText(item, text);
    return {
      at,
      seq,
      ref: resource,
      text: clipped(shown, evidence.length > 0 ? longest.evidence : longest.fact),
      standing,
      evidence: evidence.map(({ id }) => id),
    };
  });
}

/** An item that is in no event: the whole log line, or a field and its value. */
function evidenceText({ type, pointer, value, note }: LabelEvidence, told: string): string {
  if (type === 'log') return `${/^(?:container \S+ )?logs: /.exec(told)?.[0] ?? 'logs: '}${String(value)}`;
  if (type === 'absence') return `(${note})`;
  return `${jsonPath(pointer)} = ${stringifyJson(value)}`;
}

function clipped(text: string, limit: number): string {
  return text.length > limit ? `${text.slice(0, limit - 1)}…` : text;
}

import type { Label, LabelEvidence } from '../model/label.ts';
import { formatRef } from '../model/resource.ts';
import type { TimelineEntry } from '../timeline.ts';
import { shownText } from './data-block.ts';

/**
 * A timeline as it is drawn: objects are lanes, the culprit's first. A mark is lane, second, kind, text, count, second of its last repetition,
 * evidence ids, and 1 for a standing fact. `cause` is the index of the mark at which the cause is named, `left` how many entries were left out.
 */
export type Picture = {
  start: string;
  lanes: string[];
  marks: [lane: number, second: number, kind: string, text: string, count: number, last: number, ids: string[], standing: 0 | 1][];
  cause: number;
  left: number;
};

const mostMarks = 60;

/** What is drawn of a timeline: all that is cited, and of the rest the earliest. */
export function pictureOf(label: Label, timeline: readonly TimelineEntry[]): Picture {
  const drawn = chosen(timeline);
  const culprit = formatRef(label.resource);
  const objects = drawn.map(({ resource }) => resource);
  const lanes = [...new Set(objects.includes(culprit) ? [culprit, ...objects] : objects)];
  const start = Date.parse(drawn[0]?.at ?? '');
  const marks = drawn.map(({ resource, seconds, kind, text, count, lastAt, evidence, standing }): Picture['marks'][number] => {
    const last = Math.max(seconds, Math.round((Date.parse(lastAt) - start) / 1000) || 0);
    const ids = evidence.map(({ id }) => id);
    return [lanes.indexOf(resource), seconds, kind, shownText(text.replace(/\s+/g, ' '), 240), count, last, ids, standing ? 1 : 0];
  });
  const shownLanes = lanes.map((lane) => shownText(lane, 200));
  return { start: drawn[0]?.at ?? '', lanes: shownLanes, marks, cause: causeIndex(drawn, culprit), left: timeline.length - drawn.length };
}

function chosen(timeline: readonly TimelineEntry[]): TimelineEntry[] {
  let room = mostMarks - timeline.filter(({ evidence }) => evidence.length > 0).length;
  return timeline.filter(({ evidence }, index) => {
    if (index === 0 || evidence.length > 0) return true;
    room -= 1;
    return room >= 0;
  });
}

/** The first support of the cause at the culprit, else the first without which it would not be claimed, else the first; -1 without any. */
function causeIndex(entries: readonly TimelineEntry[], culprit: string): number {
  const first = (holds: (evidence: LabelEvidence) => boolean) =>
    entries.findIndex(({ evidence }) => evidence.some((one) => one.role === 'supports' && holds(one)));
  const places = [first(({ ref }) => ref === culprit), first(({ ablation }) => ablation === 'necessary'), first(() => true)];
  return places.find((index) => index >= 0) ?? -1;
}

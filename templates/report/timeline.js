import { h } from './dom.js';
import { span, utcTime } from './format.js';

const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 43200, 86400, 172800, 604800];
/** Where names stand; a phone has less room for them. */
const gutterOf = (width) => (width < 600 ? 132 : 204);
const standingWidth = 90;
// Of wide letters, bold at 12 px: what a text takes at most.
const letterWidth = 8;
const axisHeight = 46;
const levelHeight = 20;

/** Seconds at which the axis has ticks: at most `most`, at round values. */
export function axisTicks(seconds, most) {
  if (seconds === 0) return [0];
  const step = steps.find((size) => seconds / size <= most) ?? Math.ceil(seconds / most / 604800) * 604800;
  return Array.from({ length: Math.floor(seconds / step) + 1 }, (_, index) => index * step);
}

/** Marks of one lane that would cover each other: those of a kind become one, others get a level of their own. */
export function placedMarks(marks) {
  const placed = [];
  const ends = [];
  for (const mark of [...marks].sort((a, b) => a.x - b.x)) {
    const same = placed.findLast((one) => one.kind === mark.kind && mark.x - one.x < 12);
    if (same !== undefined) {
      same.parts.push(...mark.parts);
      same.ids.push(...mark.ids.filter((id) => !same.ids.includes(id)));
      same.end = Math.max(same.end, mark.end);
      ends[same.level] = Math.max(ends[same.level], same.x + markWidth(same));
      continue;
    }
    const free = ends.findIndex((end) => end < mark.x - 9);
    const level = free < 0 ? ends.length : free;
    ends[level] = mark.x + markWidth(mark);
    placed.push({ ...mark, ids: [...mark.ids], parts: [...mark.parts], level });
  }
  return { placed, levels: Math.max(1, ends.length) };
}

function markWidth({ ids, parts }) {
  const note = ids.length > 0 ? ids.join(' ') : parts.length > 1 ? `×${parts.length}` : '';
  return note === '' ? 9 : 14 + note.length * 6.4;
}

/** Where everything of a picture stands, in pixels of a given width. */
export function timelineLayout({ lanes, marks, cause }, width) {
  const last = Math.max(0, ...marks.filter((mark) => !mark[7]).map(([, second, , , , lastSecond]) => Math.max(second, lastSecond)));
  const end = Math.max(1, last);
  const gutter = gutterOf(width);
  const standing = marks.some((mark) => mark[7]);
  const right = width - (standing ? standingWidth : 0) - 46;
  const scale = (second) => gutter + 14 + (second / end) * (right - gutter - 14);
  const points = marks.map(([lane, second, kind, text, count, last, ids, stands], index) => {
    const x = stands ? width - standingWidth + 12 : scale(second);
    const part = { second, text, count, stands, causes: index === cause };
    return { lane, kind, x, end: stands ? x : scale(last), ids, parts: [part] };
  });
  let y = axisHeight;
  const rows = lanes.map((name, lane) => {
    const { placed, levels } = placedMarks(points.filter((point) => point.lane === lane));
    const row = {
      name,
      y,
      height: 16 + levels * levelHeight,
      marks: placed.map((mark) => ({ ...mark, y: y + 18 + mark.level * levelHeight })),
    };
    y += row.height;
    return row;
  });
  const causing = rows.flatMap((row) => row.marks).find(({ parts }) => parts.some(({ causes }) => causes));
  return {
    rows,
    height: y + 6,
    ticks: axisTicks(last, Math.max(2, (right - gutter) / 110)).map((second) => ({ second, x: scale(second) })),
    causing,
    standing,
    right,
  };
}

/** A timeline as a picture: one lane per object, time from left to right, what the label cites marked with its id. */
export function drawTimeline(picture, { width, reason, culprit }) {
  const layout = timelineLayout(picture, width);
  const { rows, height, ticks, causing, standing } = layout;
  const label = `Timeline of ${picture.marks.length} facts about ${rows.length} objects from ${utcTime(picture.start)}; the table below has the same facts`;
  return h(
    'svg',
    { class: 'timeline', width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': label },
    rows.map((row, index) => lane(row, index, width, culprit)),
    ticks.map(({ second, x }) => tick(second, x, height)),
    standing ? h('text', { x: width - standingWidth + 6, y: 15, class: 'tick' }, 'as configured') : '',
    standing ? h('line', { x1: width - standingWidth - 6, x2: width - standingWidth - 6, y1: 6, y2: height - 6, class: 'edge' }) : '',
    causing === undefined ? '' : causeMark(causing, reason, width),
    rows.flatMap(({ marks }) => marks.map(mark)),
  );
}

/** Kind and name of an object as they fit beside a lane; the namespace only if it is not that of the culprit. */
export function laneName(object, culprit, longest = 27) {
  const [kind, ...rest] = object.split(' ');
  const home = /^\S+ ([^/ ]+\/)/.exec(culprit)?.[1];
  const full = rest.join(' ') || kind;
  const name = home !== undefined && object !== culprit && full.startsWith(home) ? full.slice(home.length) : full;
  return { kind, name: name.length > longest ? `…${name.slice(1 - longest)}` : name };
}

function lane({ name: object, y, height }, index, width, culprit) {
  const isCulprit = object === culprit;
  const { kind, name } = laneName(object, culprit, Math.floor((gutterOf(width) - 14) / 7));
  return h(
    'g',
    { class: isCulprit ? 'lane culprit' : 'lane' },
    h('title', {}, isCulprit ? `${object} (culprit)` : object),
    h('rect', { x: 0, y, width, height, class: index % 2 === 0 ? 'stripe' : 'blank' }),
    h('text', { x: 10, y: y + 15, class: 'kind' }, isCulprit ? `${kind} · culprit` : kind),
    h('text', { x: 10, y: y + 29, class: 'name' }, name),
  );
}

function tick(second, x, height) {
  return h(
    'g',
    {},
    h('line', { x1: x, x2: x, y1: 20, y2: height - 6, class: 'grid' }),
    h('text', { x, y: 15, 'text-anchor': 'middle', class: 'tick' }, second === 0 ? 'start' : `+${span(second)}`),
  );
}

/** Where a text at a line stands: beside it where it fits, else at the left edge. */
export function besideLine(x, letters, width) {
  const length = letters * letterWidth;
  if (x <= width * 0.6 && x - 4 + length <= width) return { x: x - 4, 'text-anchor': 'start' };
  return length <= x + 4 ? { x: Math.min(x + 4, width), 'text-anchor': 'end' } : { x: 4, 'text-anchor': 'start' };
}

function causeMark({ x, y }, reason, width) {
  const text = `cause: ${reason}`;
  return h(
    'g',
    { class: 'cause' },
    h('line', { x1: x, x2: x, y1: 38, y2: y - 8 }),
    h('text', { ...besideLine(x, text.length, width), y: 33 }, text),
  );
}

const shapes = {
  event: () => h('circle', { r: 5 }),
  status: () => h('rect', { x: -4.5, y: -4.5, width: 9, height: 9, rx: 1 }),
  log: () => h('polygon', { points: '0,-6 6,0 0,6 -6,0' }),
  change: () => h('polygon', { points: '0,-6 6,5 -6,5' }),
};
const other = () => h('rect', { x: -4, y: -4, width: 8, height: 8, class: 'hollow' });

/** A small picture of a kind of mark, for the legend and the table. */
export function kindSign(kind) {
  return h(
    'svg',
    { class: `sign kind-${kind}`, width: 14, height: 14, viewBox: '-7 -7 14 14', 'aria-hidden': 'true' },
    (shapes[kind] ?? other)(),
  );
}

function mark({ x, y, end, kind, ids, parts }) {
  const said = parts.map(
    ({ second, text, count, stands }) => `${stands ? 'as configured' : `+${span(second)}`}: ${text}${count > 1 ? ` (×${count})` : ''}`,
  );
  const note = ids.length > 0 ? ids.join(' ') : parts.length > 1 ? `×${parts.length}` : '';
  return h(
    'g',
    { class: `mark kind-${kind}${ids.length > 0 ? ' cited' : ''}`, transform: `translate(${x.toFixed(1)} ${y})` },
    h('title', {}, [...(ids.length > 0 ? [`evidence ${ids.join(', ')}`] : []), ...said].join('\n')),
    end - x > 8 ? h('line', { x1: 0, x2: (end - x).toFixed(1), y1: 0, y2: 0, class: 'lasts' }) : '',
    (shapes[kind] ?? other)(),
    note === '' ? '' : h('text', { x: 9, y: 4, class: 'note' }, note),
  );
}

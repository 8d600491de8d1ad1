import { blockData, byId, h } from './dom.js';
import { bandAt, span, utcTime } from './format.js';
import { reviewList, verdictMark } from './reviews.js';
import { drawTimeline, kindSign } from './timeline.js';

const fates = {
  explained: 'explained by the answer',
  weaker: 'less sure than the answer',
  faded: 'stood no more at the end',
  'too-weak': 'too unsure to be an answer',
  'too-close': 'another one is as likely',
  healed: 'over before it was proven',
};

/** Shows a label: reads its block of data and fills the element. Its timeline is `width` pixels wide, or as wide as the element has room. */
export function showDetail(element, item, bands, width) {
  const detail = blockData(byId(`d${item.index}`));
  const machine = { 'Root cause': detail.cause, Answer: detail.answer, Impact: detail.impact, steps: detail.steps };
  const reviews = reviewList(detail.reviews, machine, planList);
  const sections = [
    header(item, detail, bands),
    section('Question', h('p', { class: 'question' }, detail.question)),
    section(detail.steps === undefined ? 'Finding' : 'Root cause', h('p', { class: 'answer' }, detail.cause, cites(detail.cites))),
    reviews === undefined ? undefined : section('Reviews', reviews),
    section('What happened', timelineBox(detail.picture, item)),
    detail.impact === '' ? undefined : section('Impact', h('p', {}, detail.impact)),
    plan(detail),
    detail.evidence.length === 0 ? undefined : section('Evidence', evidenceTable(detail.evidence)),
    section('Hypotheses considered', hypotheses(detail.hypotheses)),
    detail.unknown.length === 0 ? undefined : section('Not known', textList(detail.unknown)),
    section('Provenance', facts([...detail.facts, ['Incident', item.incident], ['Label', item.label]])),
  ];
  element.replaceChildren(...sections.filter((part) => part !== undefined));
  element.scrollTop = 0;
  fitTimelines(element, width);
  markScrollers(element);
}

function textList(texts) {
  return h(
    'ul',
    {},
    texts.map((text) => h('li', {}, text)),
  );
}

/** Draws the timelines of an element anew, in a width in pixels or as there is room. */
export function fitTimelines(element, width) {
  for (const box of element.querySelectorAll('.picture')) {
    box.replaceChildren(pictures.get(box)(width ?? Math.max(480, box.clientWidth)));
  }
}

/** How the picture in a box is drawn. */
const pictures = new WeakMap();

/** What scrolls sideways can be reached and scrolled by keyboard too. */
function markScrollers(element) {
  for (const box of element.querySelectorAll('.wide')) {
    if (box.scrollWidth <= box.clientWidth) continue;
    box.setAttribute('tabindex', '0');
    box.setAttribute('role', 'group');
    box.setAttribute('aria-label', box.closest('section')?.querySelector('h4')?.textContent ?? 'Table');
  }
}

function section(title, ...content) {
  return h('section', {}, h('h4', {}, title), ...content);
}

function header(item, { modifiers, quality }, bands) {
  const after = modifiers.length === 0 ? '' : ` after ${modifiers.join(', ')}`;
  const band = bandAt(item.quality, bands);
  const scores = Object.entries(quality).filter(([name]) => name !== 'overall_score');
  return h(
    'header',
    {},
    h(
      'p',
      { class: 'over' },
      h('span', { class: `badge ${item.severity}` }, item.severity),
      verdictMark(item.review),
      h('span', { class: 'dim' }, `${item.category} · ${utcTime(item.time)}`),
    ),
    h('h3', {}, `${item.reason}${after}`),
    h(
      'p',
      { class: 'culprit' },
      h('span', { class: 'dim' }, 'Culprit '),
      h('b', {}, item.resource),
      h('span', { class: 'dim' }, ` in cluster ${item.cluster}`),
    ),
    h(
      'p',
      { class: 'facts' },
      h('span', {}, 'confidence ', h('b', {}, item.confidence.toFixed(2))),
      h('span', {}, 'quality ', h('b', {}, item.quality.toFixed(2)), ' ', h('i', { class: `swatch ${band}` }), band),
      scores.map(([name, score]) => h('span', { class: 'dim' }, `${name.replace('_', ' ')} ${score.toFixed(2)}`)),
    ),
  );
}

/** Ids of evidence as buttons that lead to their rows. */
function cites(ids) {
  return ids.map((id) => h('button', { type: 'button', class: 'cite', title: `Go to evidence ${id}`, onclick: () => pointOut(id) }, id));
}

function pointOut(id) {
  const row = [...byId('detail').querySelectorAll('tr[data-evidence]')].find((one) => one.dataset.evidence === id);
  if (row === undefined) return;
  for (const other of byId('detail').querySelectorAll('tr.pointed')) other.classList.remove('pointed');
  row.classList.add('pointed');
  row.scrollIntoView({ block: 'center' });
  row.focus({ preventScroll: true });
}

function plan({ observed, steps, patch, notes }) {
  if (steps === undefined) return section('Suggestion', h('pre', {}, h('code', {}, patch)), h('div', { class: 'dim' }, textList(notes)));
  if (steps.length === 0) return undefined;
  return section(observed ? 'Plan, as observed in the recording' : 'Plan, advised', planList(steps));
}

/** The steps of a plan, numbered. */
function planList(steps) {
  const items = steps.map(([action, command, verify, risk, ids]) =>
    h(
      'li',
      {},
      h('p', {}, action, risk === 'medium' || risk === 'high' ? h('span', { class: `risk ${risk}` }, `${risk} risk`) : '', cites(ids)),
      command === '' ? '' : h('pre', {}, h('code', {}, command)),
      verify === '' ? '' : h('p', { class: 'dim verify' }, `Check: ${verify}`),
    ),
  );
  return h('ol', { class: 'plan' }, items);
}

function evidenceTable(evidence) {
  const rows = evidence.map(([id, type, ref, pointer, value, note, role, at, ablation]) =>
    h(
      'tr',
      { 'data-evidence': id, tabindex: -1, class: role === 'refutes' ? 'refutes' : '' },
      h('th', { scope: 'row' }, id),
      h('td', {}, h('span', { class: 'type' }, kindSign(type), type), role === 'refutes' ? h('b', { class: 'against' }, 'against') : ''),
      h('td', {}, h('div', {}, ref), h('code', { class: 'dim' }, pointer)),
      h('td', {}, h('code', { class: 'value' }, value), h('div', { class: 'dim' }, note)),
      h(
        'td',
        {},
        ablation === '' ? '–' : h('span', { class: `ablation ${ablation}` }, ablation),
        h('div', { class: 'dim nowrap' }, at.slice(11, 19)),
      ),
    ),
  );
  const names = ['Id', 'Type', 'Object and pointer', 'Value and what it shows', 'Ablation'];
  return h(
    'div',
    { class: 'wide' },
    h(
      'table',
      { class: 'evidence' },
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          names.map((name) => h('th', { scope: 'col' }, name)),
        ),
      ),
      h('tbody', {}, rows),
    ),
  );
}

function hypotheses(considered) {
  if (considered.length === 0) return h('p', { class: 'dim' }, 'No other cause was claimed.');
  const rows = considered.map(([reason, subject, confidence, rule, fate]) =>
    h(
      'tr',
      {},
      h('td', {}, confidence.toFixed(2)),
      h('th', { scope: 'row' }, reason),
      h('td', {}, subject),
      h('td', {}, rule),
      h('td', { class: 'dim' }, fates[fate] ?? fate),
    ),
  );
  return h('div', { class: 'wide' }, h('table', { class: 'hypotheses' }, h('tbody', {}, rows)));
}

function timelineBox(picture, { reason, resource }) {
  if (picture.marks.length === 0) return h('p', { class: 'dim' }, 'No moment of this incident is stored.');
  const box = h('div', { class: 'wide picture' });
  pictures.set(box, (width) => drawTimeline(picture, { width, reason, culprit: resource }));
  const kinds = [...new Set(picture.marks.map(([, , kind]) => kind))].sort();
  const legend = h(
    'ul',
    { class: 'legend' },
    kinds.map((kind) => h('li', {}, kindSign(kind), kind)),
  );
  const left = picture.left === 0 ? '' : h('p', { class: 'dim' }, `${picture.left} more that the label does not cite are left out.`);
  return [box, legend, h('details', {}, h('summary', {}, `In words (${picture.marks.length})`), momentTable(picture)), left].filter(
    Boolean,
  );
}

function momentTable({ marks, lanes }) {
  const rows = marks.map(([lane, second, kind, text, count, , ids, standing]) =>
    h(
      'tr',
      {},
      h('td', { class: 'nowrap dim' }, standing ? 'as configured' : `+${span(second)}`),
      h('td', {}, h('span', { class: 'type' }, kindSign(kind), kind)),
      h('td', {}, h('b', {}, lanes[lane]), ` ${text}`, count > 1 ? h('span', { class: 'dim' }, ` ×${count}`) : '', cites(ids)),
    ),
  );
  return h('div', { class: 'wide' }, h('table', { class: 'moments' }, h('tbody', {}, rows)));
}

function facts(pairs) {
  return h(
    'dl',
    { class: 'provenance' },
    pairs.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))),
  );
}

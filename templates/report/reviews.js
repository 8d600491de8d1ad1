import { h } from './dom.js';
import { utcTime } from './format.js';

export const reviewNames = ['accepted', 'rejected', 'disputed', 'unreviewed', 'stale'];

const said = {
  accept: ['✓', 'accepted', 'accepted it'],
  reject: ['✗', 'rejected', 'rejected it'],
  skip: ['–', 'unreviewed', 'skipped it'],
};

/** The word for what people say of a label; nothing for what nobody looked at. */
export function verdictMark(review) {
  const signs = { accepted: '✓', rejected: '✗', disputed: '≠', stale: '↻' };
  return review in signs ? h('span', { class: `verdict ${review}` }, `${signs[review]} ${review}`) : '';
}

/** What reviewers said of a label. What they wrote themselves stands beside what the machine wrote, which stays as it is. */
export function reviewList(reviews, machine, planList) {
  if (reviews.length === 0) return undefined;
  return h(
    'ul',
    { class: 'reviews' },
    reviews.map((review) => reviewItem(review, machine, planList)),
  );
}

function reviewItem({ reviewer, verdict, reason, comment, at, stale, edits, steps }, machine, planList) {
  const [sign, tone, words] = said[verdict] ?? ['–', 'unreviewed', verdict];
  const edited = edits.length > 0 || steps !== undefined ? ', with other words' : '';
  return h(
    'li',
    { class: stale ? 'old' : '' },
    h(
      'p',
      {},
      h('span', { class: `verdict ${stale ? 'stale' : tone}` }, `${stale ? '↻ stale' : sign}`),
      h('b', {}, reviewer),
      ` ${words}${edited}${reason === '' ? '' : `: ${reason}`}`,
      h('span', { class: 'dim' }, ` · ${utcTime(at)}`),
    ),
    stale ? h('p', { class: 'dim' }, 'The label has changed since; this was said of what it was before.') : '',
    comment === '' ? '' : h('blockquote', {}, comment),
    edits.map(([name, text]) => edit(name, h('p', {}, machine[name] ?? '–'), h('p', {}, text))),
    steps === undefined ? '' : edit('Plan', planList(machine.steps ?? []), planList(steps)),
  );
}

function edit(name, machines, reviewers) {
  return h(
    'div',
    { class: 'edit' },
    h('div', {}, h('h5', {}, `${name}, by the machine`), machines),
    h('div', { class: 'own' }, h('h5', {}, `${name}, by the reviewer`), reviewers),
  );
}

import { share } from './charts.js';
import { byId, h } from './dom.js';
import { countOf, grouped } from './format.js';

/** The section of the splits: how many labels each has, and the proof that they share nothing. `pick` shows the labels of one. */
export function splitSection({ splits: proof, labels, placed }, pick) {
  if (proof === null) {
    byId('splits-note').textContent = 'Splits were not computed (--no-splits).';
    return;
  }
  byId('splits-note').textContent =
    `${origin(proof)} ${grouped(placed)} of ${countOf(labels, 'label')} of this page ${placed === 1 ? 'stands' : 'stand'} in a split.`;
  byId('split-cards').append(countCard(proof, pick), proofCard(proof));
}

function origin({ from, splits }) {
  if (from === 'store') return 'As export --to would split the labels of the store, computed for this page.';
  const labels = splits.reduce((sum, one) => sum + one.labels, 0);
  return `As an exported dataset of ${countOf(labels, 'label')} is split: its manifest says so, groups and keys were counted again.`;
}

function countCard({ splits, keys, left, facts }, pick) {
  const total = splits.reduce((sum, { labels }) => sum + labels, 0);
  const made = splits.some(({ examples }) => examples !== null);
  const names = ['Split', 'Labels', 'Share', 'Wanted', 'Groups', ...(made ? ['Examples'] : [])];
  const rows = splits.map(({ split, labels, share: wanted, groups, examples }) => {
    const named = labels === 0 ? split : h('button', { type: 'button', class: 'plain', onclick: () => pick(split) }, split);
    const cells = [grouped(labels), share(labels, total), `${Math.round(wanted * 1000) / 10} %`, grouped(groups)];
    if (made) cells.push(grouped(examples ?? 0));
    return h('tr', {}, h('th', { scope: 'row' }, h('i', { class: `swatch ${split}` }), named), ...cells.map((cell) => h('td', {}, cell)));
  });
  return h(
    'div',
    { class: 'card' },
    h('h3', {}, 'What is where'),
    stackedBar(splits, total),
    h(
      'div',
      { class: 'wide' },
      h(
        'table',
        { class: 'numbers' },
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
    ),
    sentence(
      'What shares one of these is one group',
      keys.map(([kind, count]) => `${grouped(count)} ${kind}`),
    ),
    sentence(
      'Left out',
      left.map(([why, count]) => `${grouped(count)} ${why}`),
    ),
    h(
      'p',
      { class: 'dim facts' },
      facts.map(([name, value]) => h('span', {}, `${name} `, h('b', {}, value))),
    ),
  );
}

function sentence(what, names) {
  return names.length === 0 ? '' : h('p', { class: 'dim' }, `${what}: ${names.join(', ')}.`);
}

function stackedBar(splits, total) {
  let x = 0;
  const pieces = splits.map(({ split, labels }) => {
    const width = total === 0 ? 0 : (labels / total) * 100;
    const piece = h('rect', { x: `${x}%`, width: `${width}%`, height: 14, class: `bar ${split}` }, h('title', {}, `${split}: ${labels}`));
    x += width;
    return piece;
  });
  const label = splits.map(({ split, labels }) => `${split} ${share(labels, total)}`).join(', ');
  return h('svg', { class: 'track', height: 14, role: 'img', 'aria-label': label }, pieces);
}

function proofCard({ sharedKeys, equalPrompts, highestSimilarity, similarityLimit, method, holds }) {
  const prompts = equalPrompts === null ? 'not counted' : grouped(equalPrompts);
  return h(
    'div',
    { class: 'card' },
    h(
      'h3',
      {},
      'Proof',
      h('span', { class: `verdict ${holds ? 'accepted' : 'rejected'}` }, holds ? '✓ nothing is shared' : '✗ something is shared'),
    ),
    h(
      'ul',
      { class: 'checks' },
      check(sharedKeys === 0, 'Groups or keys in more than one split', grouped(sharedKeys)),
      check(equalPrompts === null ? undefined : equalPrompts === 0, 'Prompts in more than one split', prompts),
      check(highestSimilarity < similarityLimit, 'Highest similarity across splits', `${highestSimilarity} (limit ${similarityLimit})`),
    ),
    similarityScale(highestSimilarity, similarityLimit),
    h(
      'p',
      { class: 'dim' },
      `Jaccard similarity of question, reason and answer by words (${method}); ${similarityLimit} and more is a near-duplicate.${equalPrompts === null ? ' Prompts are made and compared by export --to.' : ''}`,
    ),
  );
}

const signs = { true: ['✓', 'holds'], false: ['✗', 'does not hold'], undefined: ['–', 'not counted'] };

function check(holds, what, found) {
  const [sign, said] = signs[String(holds)];
  return h(
    'li',
    {},
    h('span', { class: `sign-${said.split(' ')[0]}`, role: 'img', 'aria-label': said }, sign),
    h('span', {}, what),
    h('b', {}, found),
  );
}

/** The highest similarity on a line from 0 to 1, with its limit. */
function similarityScale(highest, limit) {
  const at = (value) => `${value * 100}%`;
  return h(
    'svg',
    { class: 'scale', height: 30, role: 'img', 'aria-label': `Highest similarity ${highest}, limit ${limit}` },
    h('rect', { x: 0, y: 0, width: '100%', height: 10, rx: 2, class: 'ground' }),
    h('rect', { x: 0, y: 0, width: at(highest), height: 10, rx: 2, class: highest < limit ? 'bar accept' : 'bar hold' }),
    h('line', { x1: at(limit), x2: at(limit), y1: 0, y2: 15 }),
    h('text', { x: at(limit), y: 26, 'text-anchor': limit > 0.85 ? 'end' : 'middle' }, `limit ${limit}`),
    h('text', { x: 0, y: 26 }, '0'),
  );
}

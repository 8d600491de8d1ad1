import { h } from './dom.js';
import { countOf, grouped, utcTime } from './format.js';

/** Length of a bar in percent of the longest; what is there at all is visible. */
export function barWidth(count, largest) {
  return count === 0 ? 0 : Math.max(0.8, Math.round((count / largest) * 1000) / 10);
}

/** A share in percent. */
export function share(count, total) {
  const percent = total === 0 ? 0 : (count / total) * 100;
  return percent > 0 && percent < 0.1 ? '< 0.1 %' : `${percent.toFixed(1)} %`;
}

/** A distribution as a table of bars that start at one line. `pick` makes the names of bars buttons. */
export function barChart({ id, title, bars }, pick) {
  const total = bars.reduce((sum, { count }) => sum + count, 0);
  const largest = Math.max(1, ...bars.map(({ count }) => count));
  const rows = bars.map(({ name, count, tone }) => {
    const picks = pick !== undefined && tone !== 'rest' && count > 0;
    const named = picks ? h('button', { type: 'button', title: `Show the incidents: ${name}`, onclick: () => pick(id, name) }, name) : name;
    const bar = h('rect', { width: `${barWidth(count, largest)}%`, height: 12, rx: 2, class: `bar ${tone ?? ''}` });
    return h(
      'tr',
      {},
      h('th', { scope: 'row', title: name, class: tone === 'rest' ? 'dim' : '' }, named),
      h('td', {}, h('svg', { class: 'track', height: 12, 'aria-hidden': 'true' }, bar)),
      h('td', { class: 'count' }, grouped(count)),
      h('td', { class: 'share dim' }, share(count, total)),
    );
  });
  return h(
    'div',
    { class: 'card', id: `chart-${id}` },
    h('table', { class: 'bars' }, h('caption', {}, title), h('tbody', {}, rows)),
    rows.length === 0 ? h('p', { class: 'dim' }, 'none') : '',
  );
}

/** The figures at the top. */
export function tiles({ labels, incidents, clusters, captures, oldest, newest, quality }) {
  const figures = [
    ['Labels', grouped(labels)],
    ['Incidents', grouped(incidents)],
    ['Clusters', grouped(clusters)],
    ['Captures', grouped(captures)],
    ['Mean quality', quality === null ? '–' : quality.overall_score.toFixed(3)],
  ];
  const range = h('dd', { class: 'range' }, h('span', {}, utcTime(oldest)), h('span', {}, utcTime(newest)));
  return [
    ...figures.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))),
    h('div', {}, h('dt', {}, 'From, to'), range),
  ];
}

/** Labels by quality band as one bar, the means behind it, and the versions that wrote the labels. */
export function bandBar({ labels, bands, quality, versions, writtenBy }) {
  let x = 0;
  const pieces = bands.map(({ band, count }) => {
    const width = labels === 0 ? 0 : (count / labels) * 100;
    const piece = h('rect', { x: `${x}%`, width: `${width}%`, height: 14, class: `bar ${band}` }, h('title', {}, `${band}: ${count}`));
    x += width;
    return piece;
  });
  const legend = bands.map(({ band, from, count }) =>
    h(
      'li',
      {},
      h('i', { class: `swatch ${band}` }),
      h('b', {}, band),
      ` from ${from.toFixed(2)}: ${grouped(count)} (${share(count, labels)})`,
    ),
  );
  const means = Object.entries(quality ?? {}).filter(([name]) => name !== 'overall_score');
  const facts = [
    ...means.map(([name, mean]) => `mean ${name.replace('_', ' ')} ${mean.toFixed(3)}`),
    ...versions.filter(({ values }) => values.length > 0).map(({ name, values }) => `${name} ${values.join(', ')}`),
    `report by ${writtenBy}`,
  ];
  const label = `Quality of ${countOf(labels, 'label')} by band`;
  return [
    h('h3', {}, 'Quality bands'),
    h('svg', { class: 'track', height: 14, role: 'img', 'aria-label': label }, pieces),
    h('ul', { class: 'legend' }, legend),
    h(
      'p',
      { class: 'dim facts' },
      facts.map((fact) => h('span', {}, fact)),
    ),
  ];
}

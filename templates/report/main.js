import { bandBar, barChart, tiles } from './charts.js';
import { fitTimelines, showDetail } from './detail.js';
import { blockData, byId, h } from './dom.js';
import { countOf, grouped } from './format.js';
import { windowedList } from './list.js';
import { mostPrinted, preparePrinting, printIncidents } from './print.js';
import { reviewNames, verdictMark } from './reviews.js';
import { ruleTable } from './rules.js';
import { splitSection } from './splits.js';

const severityNames = ['critical', 'high', 'medium', 'low', 'info'];
const splitNames = ['train', 'validation', 'test', 'in none'];
const orders = { severity: severityNames, review: reviewNames, split: splitNames };
const filterNames = ['severity', 'category', 'reason', 'review', 'split'];
const summary = blockData(byId('summary'));
const state = { all: [], shown: [], current: undefined };

/** The labels of the page, worst first, then by time. Their details stay text until they are opened. */
function readItems() {
  const rows = [...document.querySelectorAll('script[data-rows]')].flatMap(blockData);
  const order = (a, b) => (a < b ? -1 : Number(a > b));
  return rows.map(itemOf).sort((a, b) => a.level - b.level || order(a.time, b.time) || order(a.label, b.label));
}

function itemOf([incident, label, level, category, reason, resource, cluster, time, confidence, quality, cause, said, place], index) {
  const severity = severityNames[level] ?? 'info';
  const review = reviewNames[said] ?? 'unreviewed';
  const split = splitNames[place] ?? 'in none';
  const words = [reason, category, severity, resource, cluster, cause, incident, label].join('\n').toLowerCase();
  const named = { incident, label, severity, category, reason, resource, cluster, time, cause, review, split };
  return { index, level, confidence, quality, words, ...named };
}

const fields = { reasons: 'reason', categories: 'category', severities: 'severity', reviews: 'review', clusters: 'search' };

/** Shows the incidents for which a field has a value. */
function pick(field, value) {
  clearFilters();
  byId(field).value = value;
  filter();
  location.hash = 'incidents';
}

function overview() {
  const terms = summary.selection.map(([name, value]) => h('span', {}, `${name} `, h('b', {}, value)));
  byId('selection').hidden = terms.length === 0;
  byId('selection').append('Only ', ...terms);
  byId('tiles').append(...tiles(summary));
  byId('bands').append(...bandBar(summary));
  const charts = summary.distributions.map((one) => barChart(one, one.id in fields ? (id, name) => pick(fields[id], name) : undefined));
  byId('charts').append(...charts);
}

function rules() {
  const { rules: table, incidents, silent } = summary.rules;
  const quiet = silent.length === 0 ? '' : ` ${countOf(silent.length, 'other rule')} claimed nothing.`;
  byId('rules-note').textContent =
    `What each rule claimed in ${countOf(incidents, 'troubleshooting label')}, and what became of it.${quiet}`;
  ruleTable(byId('rule-table'), table);
}

function options(name, values) {
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const names = orders[name]?.filter((one) => counts.has(one)) ?? [...counts.keys()].sort();
  byId(name).append(
    h('option', { value: '' }, 'All'),
    ...names.map((value) => h('option', { value }, `${value} (${grouped(counts.get(value))})`)),
  );
}

function rowContent(item) {
  return [
    h('span', { class: `edge-mark ${item.severity}`, title: item.severity }),
    h('span', { class: 'line' }, h('b', {}, item.reason), h('span', { class: 'dim' }, item.resource)),
    h(
      'span',
      { class: 'line cause-line dim' },
      h('span', { class: `level ${item.severity}` }, item.severity),
      verdictMark(item.review),
      item.cause,
    ),
  ];
}

const list = windowedList(byId('list'), byId('rows'), {
  row: rowContent,
  choose: open,
  idOf: ({ label }) => label,
});

function open(item) {
  state.current = item;
  showDetail(byId('detail'), item, summary.bands);
  byId('detail').setAttribute('aria-label', `${item.severity} ${item.reason}, ${item.resource}`);
  history.replaceState(null, '', `#incident-${item.label}`);
}

function filter() {
  const words = byId('search').value.toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = filterNames.map((name) => [name, byId(name).value]).filter(([, value]) => value !== '');
  const fits = (item) => wanted.every(([name, value]) => item[name] === value) && words.every((word) => item.words.includes(word));
  state.shown = state.all.filter(fits);
  byId('shown').textContent =
    state.shown.length === state.all.length
      ? countOf(state.all.length, 'label')
      : `${grouped(state.shown.length)} of ${countOf(state.all.length, 'label')}`;
  byId('print').textContent =
    state.shown.length > mostPrinted ? `Print the first ${mostPrinted}` : `Print ${countOf(state.shown.length, 'incident')}`;
  byId('print').disabled = state.shown.length === 0;
  list.show(state.shown, state.current?.label);
  byId('list').classList.toggle('empty', state.shown.length === 0);
}

function clearFilters() {
  for (const name of ['search', ...filterNames]) byId(name).value = '';
}

/** Prints the incidents of the list, with what they were chosen by. */
function printList() {
  if (state.shown.length === 0) return;
  const chosen = ['search', ...filterNames].map((name) => [name, byId(name).value]).filter(([, value]) => value !== '');
  printIncidents(state.shown, summary.bands, chosen.map(([name, value]) => `${name}: ${value}`).join(', '));
}

/** Keys of the whole page. While somebody types, only Esc, Enter and the arrows mean something. */
function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || byId('help').open) return;
  const { target, key } = event;
  const search = target === byId('search');
  const typing = search || target instanceof HTMLSelectElement;
  const inList = target === byId('list') || target === document.body;
  const moves = {
    j: 1,
    k: -1,
    ...(inList || search ? { ArrowDown: 1, ArrowUp: -1 } : {}),
    ...(inList ? { PageDown: 8, PageUp: -8, Home: -Infinity, End: Infinity } : {}),
  };
  const done = () => event.preventDefault();
  if (key === 'Escape') back(search);
  else if (key === 'Enter' && (search || inList)) {
    done();
    read(search);
  } else if (key === '/' && !typing) {
    done();
    byId('search').focus({ preventScroll: true });
    byId('incidents').scrollIntoView();
    byId('search').select();
  } else if (key === '?' && !typing) byId('help').showModal();
  else if (key === 'p' && !typing) printList();
  else if (key in moves && (!typing || (search && key.startsWith('Arrow')))) {
    done();
    goTo(moves[key]);
  }
}

function goTo(by) {
  byId('list').focus({ preventScroll: true });
  byId('incidents').scrollIntoView();
  list.move(by);
}

function read(fromSearch) {
  if (state.current === undefined || (fromSearch && !state.shown.includes(state.current))) list.select(0);
  byId('detail').focus({ preventScroll: true });
}

/** Out of the search, whose text is cleared, or out of an incident: to the list. */
function back(search) {
  if (search) {
    byId('search').value = '';
    filter();
  }
  byId('list').focus({ preventScroll: true });
}

const themes = [
  ['', '◐', 'Auto', 'as the system'],
  ['light', '☀', 'Light', 'light'],
  ['dark', '☾', 'Dark', 'dark'],
];

function nextTheme() {
  const now = themes.findIndex(([id]) => id === (document.documentElement.dataset.theme ?? ''));
  const [id, sign, name, words] = themes[(now + 1) % themes.length];
  if (id === '') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = id;
  byId('theme').replaceChildren(`${sign} `, h('span', {}, name));
  byId('theme').setAttribute('aria-label', `Colours: ${words}`);
}

function start() {
  overview();
  splitSection(summary, (name) => pick('split', name));
  rules();
  state.all = readItems();
  for (const name of filterNames)
    options(
      name,
      state.all.map((item) => item[name]),
    );
  byId('split').closest('label').hidden = summary.splits === null;
  filter();
  const linked = state.all.findIndex(({ label }) => location.hash === `#incident-${label}`);
  if (linked >= 0) {
    list.select(linked);
    byId('incidents').scrollIntoView();
  } else if (state.all.length > 0) showFirst();
  else {
    byId('list').dataset.empty = '';
    byId('detail').append(
      h('p', { class: 'dim' }, summary.selection.length > 0 ? 'No label of the store fits.' : 'The store holds no labels.'),
    );
  }
  for (const name of [...filterNames, 'search']) byId(name).addEventListener('input', filter);
  byId('filters').addEventListener('submit', (event) => event.preventDefault());
  byId('clear').addEventListener('click', () => {
    clearFilters();
    filter();
  });
  byId('list').addEventListener('click', () => {
    if (window.matchMedia('(max-width: 800px)').matches) byId('detail').scrollIntoView();
  });
  byId('theme').addEventListener('click', nextTheme);
  byId('keys').addEventListener('click', () => byId('help').showModal());
  byId('print').addEventListener('click', printList);
  preparePrinting();
  document.addEventListener('keydown', onKey);
  let width = window.innerWidth;
  window.addEventListener('resize', () => {
    if (width !== window.innerWidth) fitTimelines(byId('detail'));
    width = window.innerWidth;
  });
}

/** The first incident is shown at once, so that the page is no empty frame; the address stays as it is. */
function showFirst() {
  state.current = state.shown[0];
  showDetail(byId('detail'), state.current, summary.bands);
  list.show(state.shown, state.current.label);
}

start();

import { h } from './dom.js';
import { grouped } from './format.js';

const claimColumns = [
  ['id', 'Rule', 'Id of the rule'],
  ['title', 'Claims', 'What the rule claims'],
  ['votes', 'Votes', 'Incidents in which it claimed something'],
  ['coverage', 'Coverage', 'Share of the incidents in which it claimed something'],
  ['overlaps', 'Overlaps', 'Incidents in which another rule claimed something too'],
  ['conflicts', 'Conflicts', 'Incidents in which another claim excludes its own'],
  ['unique', 'Unique', 'Incidents in which no other rule claimed anything'],
  ['wins', 'Wins', 'Incidents in which its claim is the answer'],
  ['vetoes', 'Vetoes', 'Incidents in which its winning claim kept another from being the answer'],
  ['abstained', 'Abstained', 'Incidents in which its claim was the best, but too weak or too close'],
  ['meanConfidence', 'Confidence', 'Mean confidence of its claims'],
];
const reviewColumns = [
  ['right', 'Right', 'Labels of its answers whose cause people accepted'],
  ['wrong', 'Wrong', 'Labels of its answers whose cause or culprit people rejected'],
  ['precision', 'Precision', 'Share of its answers that is right, with a confidence of 95 %'],
];

const texts = new Set(['id', 'title']);
const shown = {
  coverage: (value) => `${(value * 100).toFixed(1)} %`,
  meanConfidence: (value) => (value === null ? '–' : value.toFixed(3)),
  precision: (value) => (value === null ? '–' : `${value.low.toFixed(2)} – ${value.high.toFixed(2)}`),
};

/** Rules in the order of a column; equal ones by id. */
export function sortedRules(rules, column, descending) {
  const sign = descending ? -1 : 1;
  const order = (a, b) => (a < b ? -1 : Number(a > b));
  const value = (rule) => rule[column]?.low ?? rule[column] ?? -1;
  return [...rules].sort((a, b) => sign * order(value(a), value(b)) || order(a.id, b.id));
}

/** Fills the table of rules. Its headings are buttons that sort it. */
export function ruleTable(table, rules) {
  let sort = { column: 'votes', descending: true };
  const columns = rules.some(({ right, wrong }) => right + wrong > 0) ? [...claimColumns, ...reviewColumns] : claimColumns;
  const body = h('tbody');
  const heads = columns.map(([id, name, what]) => {
    const press = () => {
      sort = { column: id, descending: sort.column === id ? !sort.descending : !texts.has(id) };
      fill();
    };
    const button = h('button', { type: 'button', title: what, onclick: press }, name, h('span', { class: 'arrow', 'aria-hidden': 'true' }));
    // Browsers do not repeat a table's head on every page of paper if there are buttons in it.
    const onPaper = h('span', { class: 'paper' }, name);
    return h('th', { scope: 'col', class: texts.has(id) ? 'text' : '' }, button, onPaper);
  });
  const fill = () => {
    for (const [index, [id]] of columns.entries()) {
      const active = sort.column === id;
      heads[index].setAttribute('aria-sort', active ? (sort.descending ? 'descending' : 'ascending') : 'none');
      heads[index].querySelector('.arrow').textContent = active ? (sort.descending ? '▼' : '▲') : '';
    }
    body.replaceChildren(...sortedRules(rules, sort.column, sort.descending).map((rule) => ruleRow(rule, columns)));
  };
  fill();
  table.replaceChildren(h('thead', {}, h('tr', {}, heads)), body);
}

function ruleRow(rule, columns) {
  const cells = columns.map(([id]) => {
    const text = shown[id]?.(rule[id]) ?? (texts.has(id) ? rule[id] : grouped(rule[id]));
    if (id === 'id') return h('th', { scope: 'row' }, text);
    return h('td', { class: [texts.has(id) ? 'text' : '', rule[id] === 0 ? 'dim' : ''].join(' ').trim() }, text);
  });
  return h('tr', {}, cells);
}

import { fitTimelines, showDetail } from './detail.js';
import { byId, h } from './dom.js';
import { countOf } from './format.js';

/** More incidents than these make a printer's job that nobody reads. */
export const mostPrinted = 50;

const paperWidth = 700;

/** Prints incidents below each other, the first ones of many. What is printed leaves the page afterwards. */
export function printIncidents(items, bands, filters) {
  const shown = items.slice(0, mostPrinted);
  const left = items.length - shown.length;
  const heading = `${countOf(shown.length, 'incident')}${left > 0 ? `, ${left} more are left out` : ''}`;
  const articles = shown.map((item) => {
    const article = h('article', { class: 'detail' });
    showDetail(article, item, bands, paperWidth);
    return article;
  });
  byId('printed').replaceChildren(h('h2', {}, heading), filters === '' ? '' : h('p', { class: 'dim' }, filters), ...articles);
  document.documentElement.dataset.print = 'list';
  window.print();
}

/** Timelines are drawn for paper while the browser prints; afterwards the page is as it was. */
export function preparePrinting() {
  window.addEventListener('beforeprint', () => fitTimelines(byId('detail'), paperWidth));
  window.addEventListener('afterprint', () => {
    delete document.documentElement.dataset.print;
    byId('printed').replaceChildren();
    fitTimelines(byId('detail'));
  });
}

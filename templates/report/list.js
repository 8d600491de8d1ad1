import { h } from './dom.js';

export const rowHeight = 64;
const overscan = 6;

/**
 * A list of which only the rows in sight exist. `row(item)` gives the content of one, `choose(item)` is called for the selected one.
 * Returns `show(items)`, `move(by)`, `select(index)` and `reveal`.
 */
export function windowedList(box, rows, { row, choose, idOf }) {
  let items = [];
  let selected = -1;
  const draw = () => {
    const first = Math.max(0, Math.floor(box.scrollTop / rowHeight) - overscan);
    const last = Math.min(items.length, Math.ceil((box.scrollTop + (box.clientHeight || 600)) / rowHeight) + overscan);
    rows.replaceChildren(...items.slice(first, last).map((item, offset) => option(item, first + offset)));
    const active = selected >= first && selected < last ? `row-${selected}` : '';
    if (active === '') box.removeAttribute('aria-activedescendant');
    else box.setAttribute('aria-activedescendant', active);
  };
  const option = (item, index) => {
    const place = { id: `row-${index}`, role: 'option', 'aria-posinset': index + 1, 'aria-setsize': items.length };
    const element = h(
      'div',
      { ...place, 'aria-selected': String(index === selected), class: 'row', onclick: () => select(index) },
      row(item),
    );
    element.style.top = `${index * rowHeight}px`;
    return element;
  };
  const reveal = () => {
    const top = selected * rowHeight;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + rowHeight > box.scrollTop + box.clientHeight) box.scrollTop = top + rowHeight - box.clientHeight;
  };
  const select = (index) => {
    if (index < 0 || index >= items.length) return;
    selected = index;
    reveal();
    draw();
    choose(items[index]);
  };
  const show = (shown, id) => {
    items = shown;
    selected = items.findIndex((item) => idOf(item) === id);
    rows.style.height = `${items.length * rowHeight}px`;
    if (selected >= 0) reveal();
    else box.scrollTop = 0;
    draw();
  };
  box.addEventListener('scroll', draw, { passive: true });
  window.addEventListener('resize', draw);
  return { show, select, draw, move: (by) => select(Math.max(0, Math.min(items.length - 1, selected + by))), size: () => items.length };
}

const svgNames = new Set(['svg', 'g', 'rect', 'circle', 'line', 'path', 'text', 'title', 'polygon']);

/** An element. Texts become text nodes: nothing of the data is ever read as HTML. */
export function h(name, attributes = {}, ...children) {
  const element = svgNames.has(name) ? document.createElementNS('http://www.w3.org/2000/svg', name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === 'onclick') element.addEventListener('click', value);
    else if (value !== undefined && value !== false) element.setAttribute(key, value === true ? '' : String(value));
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== ''));
  return element;
}

/** The element with an id of the page. */
export function byId(id) {
  return document.getElementById(id);
}

/** The data of a block of the page. */
export function blockData(block) {
  return JSON.parse(block.textContent);
}

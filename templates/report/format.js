/** 12345 as 12,345, the same in every country. */
export function grouped(count) {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A time as 2026-11-23 21:39:30 UTC. */
export function utcTime(timestamp) {
  return timestamp ? `${timestamp.slice(0, 10)} ${timestamp.slice(11, 19)} UTC` : '–';
}

/** A span in its two largest units: 75 is 1 min 15 s. */
export function span(seconds) {
  const parts = [
    [Math.floor(seconds / 86400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ];
  const first = parts.findIndex(([amount]) => amount > 0);
  if (first < 0) return '0 s';
  const shown = parts.slice(first, first + 2).filter(([amount]) => amount > 0);
  return shown.map(([amount, unit]) => `${amount} ${unit}`).join(' ');
}

/** The band of a score, from the bands of the summary. */
export function bandAt(score, bands) {
  return bands.find(({ from }) => score >= from)?.band ?? '';
}

/** `one incident`, `2 incidents`. */
export function countOf(count, noun) {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}

import { stripVTControlCharacters } from 'node:util';
import { oneLine, printable } from '../core/model/text.ts';

const wide =
  /\p{Extended_Pictographic}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f000}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const combining = /^(?:\p{Mn}|\p{Me}|\u200b|\u200c|\u200d|\ufeff)+$/u;
const ascii = /^[\x20-\x7e]*$/;
const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Columns that a line takes in a terminal: wide characters count two, combining marks none. Without colour codes. */
export function textWidth(line: string): number {
  return ascii.test(line) ? line.length : [...segmenter.segment(line)].reduce((sum, { segment }) => sum + clusterWidth(segment), 0);
}

function clusterWidth(cluster: string): number {
  if (combining.test(cluster)) return 0;
  return wide.test(cluster) ? 2 : 1;
}

/** Untrusted text on one line of at most `width` columns; what is cut ends in `…`. */
export function clip(text: string, width: number): string {
  const line = oneLine(text, 4000);
  if (textWidth(line) <= width) return line;
  let kept = '';
  let used = 0;
  for (const { segment } of segmenter.segment(line)) {
    used += clusterWidth(segment);
    if (used > width - 1) break;
    kept += segment;
  }
  return width < 1 ? '' : `${kept.trimEnd()}…`;
}

/** `clip`, filled up with spaces to exactly `width` columns. */
export function cell(text: string, width: number): string {
  const line = clip(text, width);
  return line + ' '.repeat(Math.max(0, width - textWidth(line)));
}

/** Untrusted text as lines of at most `width` columns, broken at spaces; words that are longer are broken anywhere. Line breaks stay. */
export function wrap(text: string, width: number): string[] {
  return printable(text.replace(/\r\n?/g, '\n').replaceAll('\t', ' '))
    .split('\n')
    .flatMap((line) => wrapLine(line.trim(), Math.max(width, 8)));
}

function wrapLine(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/ +/).flatMap((long) => pieces(long, width))) {
    if (line !== '' && textWidth(line) + 1 + textWidth(word) > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function pieces(word: string, width: number): string[] {
  if (textWidth(word) <= width) return [word];
  const found: string[] = [];
  let piece = '';
  for (const { segment } of segmenter.segment(word)) {
    if (textWidth(piece) + clusterWidth(segment) > width) {
      found.push(piece);
      piece = '';
    }
    piece += segment;
  }
  return [...found, piece];
}

/** Parts (which may be coloured) on one line where that has room, else a line each. */
export function inline(parts: readonly string[], separator: string, width: number): string {
  const line = parts.join(separator);
  return textWidth(stripVTControlCharacters(line)) <= width ? line : parts.join('\n');
}

/** Columns of a terminal; 100 where the output is no terminal. */
export function widthOf(stream: { columns?: number }): number {
  return Math.max(40, stream.columns || 100);
}

/** `1 label`, `2 labels`, `1,204 labels`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}

/** `2026-03-01 10:00:00` in UTC, of an RFC 3339 time; anything else as it is, cut off. */
export function utc(timestamp: string): string {
  const time = new Date(timestamp);
  return Number.isNaN(time.getTime()) ? clip(timestamp, 19) : time.toISOString().slice(0, 19).replace('T', ' ');
}

/** Fields as lines: a name, then its text (untrusted) wrapped beside it. */
export function fieldLines(rows: [name: string, text: string][], width: number): string {
  const indent = Math.max(...rows.map(([name]) => name.length)) + 2;
  return rows
    .flatMap(([name, text]) => wrap(text, width - indent).map((line, index) => `${(index === 0 ? name : '').padEnd(indent)}${line}`))
    .join('\n');
}

/** `812 B`, `4.1 KiB`, `2.5 MiB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 ** 2 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}

/**
 * Takes the picture in the README: `npx tsx scripts/picture.ts`. Runs the demo in colour, turns the terminal's colour codes into HTML,
 * and lets Chromium (`apt-get install chromium`) take a screenshot into docs/images/demo.png.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const columns = 118;
const colours: Record<string, string> = {
  30: '#6e7681',
  31: '#ff7b72',
  32: '#7ee787',
  33: '#e3b341',
  34: '#79c0ff',
  35: '#d2a8ff',
  36: '#56d4dd',
  37: '#e6edf3',
  90: '#8b949e',
  91: '#ffa198',
}; // prettier-ignore

function escapeHtml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

/** Select Graphic Rendition codes (ECMA-48) as spans; only those that chalk writes. */
function toHtml(text: string): string {
  let style: Record<string, string> = {};
  let html = '';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is read here
  for (const part of text.split(/(\u001b\[[\d;]*m)/)) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: see above
    const codes = /^\u001b\[([\d;]*)m$/.exec(part)?.[1];
    if (codes === undefined) {
      html += `<span style="${Object.entries(style)
        .map(([name, value]) => `${name}:${value}`)
        .join(';')}">${escapeHtml(part)}</span>`;
      continue;
    }
    for (const code of codes.split(';')) {
      if (code === '0' || code === '') style = {};
      else if (code === '1') style = { ...style, 'font-weight': 'bold' };
      else if (code === '2') style = { ...style, opacity: '0.6' };
      else if (code === '22') style = { ...style, 'font-weight': 'normal', opacity: '1' };
      else if (code === '39') style = { ...style, color: '#e6edf3' };
      else if (code === '41') style = { ...style, background: '#da3633' };
      else if (code === '49') style = { ...style, background: 'none' };
      else if (code === '7') style = { ...style, background: '#6e7681' };
      else if (colours[code] !== undefined) style = { ...style, color: colours[code] as string };
    }
  }
  return html;
}

const work = mkdtempSync(join(tmpdir(), 'k8s-labeler-picture-'));
const env = { ...process.env, FORCE_COLOR: '1', COLUMNS: String(columns) };
const demo = spawnSync(process.execPath, ['bin/run.js', 'generate', '--demo', '--store', join(work, 'demo.duckdb')], {
  env,
  encoding: 'utf8',
});
const text = `$ npm start\n\n${demo.stdout.replaceAll(work, 'out').trimEnd()}`;
const lines = text.split('\n').length;
const page = `<meta charset="utf-8"><body style="margin:0;background:#0d1117"><pre style="margin:18px 22px;color:#e6edf3;font:14px/19px 'DejaVu Sans Mono',monospace">${toHtml(text)}</pre>`;
writeFileSync(join(work, 'page.html'), page);
mkdirSync('docs/images', { recursive: true });
spawnSync('chromium', [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--hide-scrollbars',
  '--disable-background-networking',
  '--no-first-run',
  `--user-data-dir=${join(work, 'profile')}`,
  `--window-size=${columns * 9},${lines * 19 + 40}`,
  `--screenshot=${resolve('docs/images/demo.png')}`,
  `file://${join(work, 'page.html')}`,
]); // prettier-ignore
rmSync(work, { recursive: true, force: true });
process.stdout.write(`docs/images/demo.png: ${lines} lines\n`);

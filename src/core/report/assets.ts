import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** Parts of the page that come with the package. `script` and `style` stand in the page byte for byte: its policy names their hashes. */
export type ReportAssets = { body: string; style: string; script: string };

/** The modules of the page, those that others import first. */
const modules = ['dom', 'format', 'charts', 'splits', 'rules', 'timeline', 'list', 'reviews', 'detail', 'print', 'main'];

const folder = new URL('../../../templates/report/', import.meta.url);

/** Reads the parts of the page. */
export async function loadAssets(): Promise<ReportAssets> {
  const read = (name: string) => readFile(new URL(name, folder), 'utf8');
  const sources = await Promise.all(modules.map((name) => read(`${name}.js`)));
  return { body: await read('body.html'), style: await read('style.css'), script: joinedScript(sources) };
}

/** ES modules as one classic script, because a page opened from a file cannot import. Names are unique over all modules. */
export function joinedScript(sources: readonly string[]): string {
  const bodies = sources.map((source) => source.replace(/^import [^;]*;\n/gm, '').replace(/^export /gm, ''));
  return `'use strict';\n(() => {\n${bodies.join('\n')}})();\n`;
}

/** A Content-Security-Policy that allows exactly this script and this style, images in the page, and nothing else. */
export function policyOf({ script, style }: ReportAssets): string {
  const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  return `default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; img-src data:; base-uri 'none'; form-action 'none'`;
}

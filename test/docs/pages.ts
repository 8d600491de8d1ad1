import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { root } from '../source.ts';

/** A shell statement of a page: what a reader types, where it stands, and the exit code that the page promises. */
export type Statement = { text: string; line: number; exitCode: number };

/** A block of statements, and the output that the page shows for them. */
export type Block = { line: number; statements: Statement[]; output?: { line: number; text: string } };

type Fence = { info: string; line: number; text: string };

/**
 * What a page tells its readers to run: `sh` blocks, and the `run` scripts of pipelines in `yaml` blocks. A `text` block
 * right after an `sh` block is what it prints. Throws where a command stands in a block of another kind, and would not be run.
 */
export function blocksOf(page: string): Block[] {
  const fences = fencesOf(readFileSync(path.join(root, page), 'utf8'));
  const blocks: Block[] = [];
  for (const fence of fences) {
    const before = blocks.at(-1);
    if (fence.info === 'sh') blocks.push({ line: fence.line, statements: statementsOf(fence.text, fence.line + 1) });
    else if (fence.info === 'yaml') blocks.push(...runScripts(fence.text, fence.line));
    else if (fence.info === 'text' && before) before.output = { line: fence.line, text: fence.text };
    else if (/^(?:npx )?k8s-labeler /m.test(fence.text)) throw new Error(`${page}:${fence.line}: commands outside of a sh block`);
  }
  return blocks;
}

/** The commands of this tool that a page names within its text, as words. */
export function inlineCommands(page: string): { line: number; words: string[] }[] {
  return readFileSync(path.join(root, page), 'utf8')
    .split('\n')
    .flatMap((text, index) =>
      [...text.matchAll(/`(?:npx )?k8s-labeler ([^`]*)`/g)].map(([, command = '']) => ({
        line: index + 1,
        words: (command.split(/ (?:\|\|?|&&|>) /)[0] ?? '').split(' ').filter((word) => word !== ''),
      })),
    );
}

function fencesOf(markdown: string): Fence[] {
  const fences: Fence[] = [];
  let open: (Fence & { indent: number }) | undefined;
  for (const [index, line] of markdown.split('\n').entries()) {
    const fence = /^( *)```(.*)$/.exec(line);
    if (fence && open === undefined) open = { info: fence[2] ?? '', line: index + 1, text: '', indent: fence[1]?.length ?? 0 };
    else if (fence && open) {
      fences.push(open);
      open = undefined;
    } else if (open) open.text += `${line.slice(open.indent)}\n`;
  }
  return fences;
}

/** Splits a script where bash could run what was read so far; comments and empty lines are no statements. */
export function statementsOf(script: string, firstLine: number): Statement[] {
  const statements: Statement[] = [];
  let pending = '';
  let line = firstLine;
  for (const [index, next] of script.split('\n').entries()) {
    if (pending === '') line = firstLine + index;
    pending += `${next}\n`;
    if (next.endsWith('\\') || !complete(pending)) continue;
    const text = pending.trim();
    const exitCode = Number(/#\s*exit code (\d+)/.exec(text)?.[1] ?? 0);
    if (text !== '' && !/^#[^\n]*$/.test(text)) statements.push({ text, line, exitCode });
    pending = '';
  }
  if (pending !== '') throw new Error(`line ${line}: bash cannot read ${JSON.stringify(pending)}`);
  return statements;
}

function complete(script: string): boolean {
  if (!/["'`]|<<|\b(?:for|while|if|case)\b|[({]/.test(script)) return true;
  const { status, stderr } = spawnSync('bash', ['-n'], { input: placeholders(script), encoding: 'utf8' });
  return status === 0 && stderr === '';
}

/** `<id>` stands for an incident of the reader's store; the workspace has a command that names one. */
export function placeholders(script: string): string {
  return script.replaceAll('<id>', '"$(first-incident)"');
}

function runScripts(yaml: string, line: number): Block[] {
  const scripts: string[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, child] of Object.entries(value)) {
      if (key === 'run' && typeof child === 'string') scripts.push(child);
      else visit(child);
    }
  };
  for (const document of parseAllDocuments(yaml)) visit(document.toJS());
  return scripts.map((script) => ({ line, statements: statementsOf(script, line) }));
}

/** How often a statement runs this tool, comments and quoted texts aside. */
export function toolRuns(statement: string): number {
  const bare = statement.replace(/(^|\s)#.*$/gm, '').replace(/'[^']*'/g, "''");
  return bare.match(/(?:^|[\s(;|&])k8s-labeler(?=\s)/g)?.length ?? 0;
}

/**
 * The first line of what a page shows that was not printed after those before it; undefined where all of it was. `…` stands for anything, also
 * for lines; how wide gaps between columns are does not count.
 */
export function missingLine(shown: string, printed: string): string | undefined {
  const lines = linesOf(stripVTControlCharacters(printed));
  let at = 0;
  for (const line of linesOf(shown)) {
    if (line === '' || line === '…') continue;
    const pattern = new RegExp(`^${line.split(' …').join('…').split('… ').join('…').split('…').map(escaped).join('.*')}$`, 'u');
    const found = lines.findIndex((text, index) => index >= at && pattern.test(text));
    if (found < 0) return line;
    at = found + 1;
  }
  return undefined;
}

function linesOf(text: string): string[] {
  return text.split('\n').map((line) => line.trim().replaceAll(/\s+/g, ' '));
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

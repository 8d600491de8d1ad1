import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flagsOf, loadCommands } from './contract.ts';
import { blocksOf, inlineCommands, missingLine, statementsOf, toolRuns } from './docs/pages.ts';
import { prepare } from './docs/prepared.ts';
import { failureOf, runStatements } from './docs/shell.ts';
import { notRun, openWorkspace, type Workspace } from './docs/workspace.ts';
import { root } from './source.ts';

const pages = ['README.md', 'CONTRIBUTING.md', ...readdirSync(`${root}/docs`).map((name) => `docs/${name}`)].filter((page) =>
  page.endsWith('.md'),
);

/** Pages that begin with nothing: what they need, they make. The others may name what test/docs/prepared.ts has made. */
const fromZero = new Set(['README.md', 'docs/tutorial.md', 'docs/ci.md', 'docs/recording.md']);

let workspace: Workspace;
beforeAll(async () => {
  workspace = await openWorkspace(prepare);
}, 240_000);
afterAll(() => workspace?.close());

const told = pages.map((page) => [page, blocksOf(page)] as const).filter(([, blocks]) => blocks.length > 0);

describe.concurrent('the documentation', { timeout: 240_000 }, () => {
  it.each(told)('%s: every command runs, ends as the page says, and prints what the page shows', async (page, blocks) => {
    const directory = await (fromZero.has(page) ? workspace.fresh() : workspace.prepared());
    const statements = blocks.flatMap((block) => block.statements);
    const outcomes = await runStatements(statements, directory, workspace.env);
    expect(outcomes.flatMap((outcome) => failureOf(page, outcome) ?? []).join('\n\n')).toBe('');
    for (const { statements: own, output } of blocks.filter((block) => block.output !== undefined)) {
      // Without script(1) there is no terminal to review at, and nothing that a session would print: see notRun.
      if (workspace.env.DOCS_SCRIPT === '' && own.some(({ text }) => text.includes(' review '))) continue;
      const printed = outcomes.filter(({ line }) => own.some((statement) => statement.line === line)).map((outcome) => outcome.output);
      expect(missingLine(output?.text ?? '', printed.join('\n')), `${page}:${output?.line}\n${printed.join('\n')}`).toBeUndefined();
    }
  });
});

describe('what the documentation names', () => {
  it('is run, or is a program that is listed as not run', () => {
    const log = readFileSync(workspace.env.DOCS_NOT_RUN ?? '', 'utf8')
      .trim()
      .split('\n');
    const names = [...new Set(log.map((line) => line.split(' ')[0] ?? ''))];
    expect(names.filter((name) => notRun[name] === undefined && notRun[`./${name}`] === undefined)).toEqual([]);
  });

  it.each(pages)('%s: commands within the text are commands, with flags that exist', async (page) => {
    const commands = await loadCommands(root);
    const wrong = inlineCommands(page).filter(({ words }) => {
      const command = commands.find(({ id }) => id === words.slice(0, id.split(' ').length).join(' '));
      if (command === undefined) return !['', '--help', '--version', 'autocomplete bash'].includes(words.join(' '));
      const flags = words.filter((word) => /^--[a-z]/.test(word)).map((word) => word.slice(2).replace(/=.*|^no-/g, ''));
      return flags.some((flag) => flag !== 'json' && flag !== 'help' && flagsOf(command)[flag] === undefined);
    });
    expect(wrong.map(({ line, words }) => `${page}:${line}: ${words.join(' ')}`)).toEqual([]);
  });
});

describe('the reading of a page', () => {
  it('knows where a statement ends, and the exit code that its comment promises', () => {
    const script = "a 1 \\\n  --b   # exit code 6: not all\n\n# a remark\nfor x in 1 2; do\n  c '\n'\ndone\n";
    expect(statementsOf(script, 10)).toEqual([
      { text: 'a 1 \\\n  --b   # exit code 6: not all', line: 10, exitCode: 6 },
      { text: "for x in 1 2; do\n  c '\n'\ndone", line: 14, exitCode: 0 },
    ]);
  });

  it('counts what runs, not what is named in remarks', () => {
    expect(toolRuns('npx k8s-labeler a && k8s-labeler b | k8s-labeler c "$(k8s-labeler d)" # k8s-labeler e')).toBe(4);
  });

  it('finds shown lines in what was printed, in order, with … for anything', () => {
    expect(missingLine('a … c\n…\nd\n', 'x\na b c\ny\nd\n')).toBeUndefined();
    expect(missingLine('d\na … c\n', 'x\na b c\ny\nd\n')).toBe('a … c');
    expect(missingLine('a\n', 'ab\n')).toBe('a');
  });
});

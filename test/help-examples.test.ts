import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exampleLines, loadCommands } from './contract.ts';
import { prepare } from './docs/prepared.ts';
import { failureOf, runStatements } from './docs/shell.ts';
import { openWorkspace, type Workspace } from './docs/workspace.ts';
import { root } from './source.ts';

let workspace: Workspace;
beforeAll(async () => {
  workspace = await openWorkspace(prepare);
}, 240_000);
afterAll(() => workspace?.close());

/** Examples whose purpose is another exit code than 0 on the prepared store, which holds incidents of every severity. */
const exitCodes: Record<string, number> = {
  'k8s-labeler check': 6,
  'k8s-labeler check --max-reason ContainerLimitOom=0 --fail-on medium:3': 6,
  'k8s-labeler quality rescore': 6, // The store has labels of the bundled recordings too, which are not below ./captures.
  'k8s-labeler check --min-labels 500 --min-quality 0.6 --require-reason ImageNotFound': 6,
};

const commands = (await loadCommands(root)).map((command) => [command.id, exampleLines(command)] as const);

describe.concurrent('the examples of --help', { timeout: 240_000 }, () => {
  it.each(commands)('%s: all run, one after the other, where there is what they name', async (_, examples) => {
    const statements = examples.map((text, index) => ({ text, line: index + 1, exitCode: exitCodes[text] ?? 0 }));
    const outcomes = await runStatements(statements, await workspace.prepared(), workspace.env);
    expect(outcomes.flatMap((outcome) => failureOf('example', outcome) ?? []).join('\n\n')).toBe('');
  });
});

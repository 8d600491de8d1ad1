import { join } from 'node:path';
import { stripVTControlCharacters as plain } from 'node:util';
import { expect, it } from 'vitest';
import Diff from '../../src/commands/diff.ts';
import type { Label } from '../../src/core/model/label.ts';
import { folder } from '../core/importers/folder.ts';
import { labelId, troubleshootingLabel } from '../core/label-arbitrary.ts';
import { runCommand } from './cli.ts';

const byId = (a: Label, b: Label) => (a.id < b.id ? -1 : 1);
const write = (...labels: Label[]) =>
  join(
    folder({
      'l.jsonl': labels
        .sort(byId)
        .map((label) => `${JSON.stringify(label)}\n`)
        .join(''),
    }),
    'l.jsonl',
  );

const [one, two, three] = [1, 2, 3].map((n) => troubleshootingLabel(n)) as [Label, Label, Label];

it('diff shows counts by reason with bars, each difference on a line, and the sums', async () => {
  const changed = { ...two, severity: 'low', answer: 'Another \u001b[2J answer.' } as Label;
  const [before, after] = [write(one, two), write(changed, three)];
  const { stdout, exitCode } = await runCommand(Diff, before, after);
  expect(exitCode).toBe(0);
  const short = (label: Label) => label.id.slice(0, 8);
  expect(plain(stdout)).toBe(`before  ${before} (jsonl, 2 labels)
after   ${after} (jsonl, 2 labels)

 ContainerLimitOom | 2 → 2 +-~

Added: 1
 + ${short(three)}  ContainerLimitOom  Deployment shop/cart-3, quality 0.85

Removed: 1
 - ${short(one)}  ContainerLimitOom  Deployment shop/cart-1, quality 0.85

Changed: 1
 ~ ${short(two)}  ContainerLimitOom  Deployment shop/cart-2: answer, severity high → low

1 added, 1 removed, 1 changed, 0 unchanged; mean quality 0.850 → 0.850
`);
});

it('diff counts labels apart that differ in their versions only', async () => {
  const { stdout } = await runCommand(Diff, write(one), write({ ...one, tool_version: '9' }));
  expect(plain(stdout)).toContain('Only tool_version, rules_version, quality_version differ: 1 label');
});

it('diff lists 20 of each kind, or all', async () => {
  const many = Array.from({ length: 25 }, (_, n) => troubleshootingLabel(n));
  const [before, after] = [write(), write(...many)];
  expect(plain((await runCommand(Diff, before, after)).stdout)).toContain('and 5 more: --all');
  const { stdout } = await runCommand(Diff, before, after, '--all');
  expect(plain(stdout).match(/^ \+ /gm)).toHaveLength(25);
});

it('diff ends with exit code 6 if anything differs, when asked to', async () => {
  const [before, after] = [write(one), write(one, two)];
  expect((await runCommand(Diff, before, after)).exitCode).toBe(0);
  expect((await runCommand(Diff, before, after, '--exit-code')).exitCode).toBe(6);
  expect((await runCommand(Diff, before, before, '--exit-code')).exitCode).toBe(0);
});

it('diff ends with exit code 6 and names a row that moved from one split to another', async () => {
  const examples = (split: string) => folder({ 'splits.jsonl': `${JSON.stringify({ label_id: labelId(1), split, group_id: 'g1' })}\n` });
  const { stdout, exitCode } = await runCommand(Diff, examples('train'), examples('test'));
  expect(exitCode).toBe(6);
  expect(plain(stdout)).toContain(`! ${labelId(1).slice(0, 8)}  train → test, group g1`);
});

it('diff --json is complete', async () => {
  const { stdout } = await runCommand(Diff, write(one), write(two), '--json');
  expect(JSON.parse(stdout)).toMatchObject({ added: [{ id: two.id }], removed: [{ id: one.id }], changed: [], moved: [], unchanged: 0 });
});

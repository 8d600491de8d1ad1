import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import Generate from '../../src/commands/generate.ts';
import RulesExplain from '../../src/commands/rules/explain.ts';
import RulesList from '../../src/commands/rules/list.ts';
import RulesStats from '../../src/commands/rules/stats.ts';
import { taxonomy } from '../../src/core/model/taxonomy.ts';
import { builtinRules } from '../../src/core/rules/all.ts';
import { findRules, ruleCoverage } from '../../src/core/rules/catalog.ts';
import { rulesVersion } from '../../src/core/rules/version.ts';
import { openStore } from '../../src/core/store/open.ts';
import { labelId } from '../core/label-arbitrary.ts';
import { review } from '../core/review-rows.ts';
import { runCommand, writeOomCapture } from './cli.ts';

describe('rules list', () => {
  it('lists every rule and how much of the taxonomy they cover', async () => {
    const { stdout } = await runCommand(RulesList);
    for (const { id } of builtinRules) expect(stdout).toMatch(new RegExp(`^${id} `, 'm'));
    expect(stdout).toMatch(/\d+ of \d+ fault reasons of the taxonomy have a rule/);
  });

  it('lists the rules of a category with their metadata as JSON', async () => {
    const { stdout } = await runCommand(RulesList, '--category', 'memory', '--json');
    const { rules, coverage, rulesVersion: version } = JSON.parse(stdout);
    expect(rules.map(({ id }: { id: string }) => id)).toContain('OOM-1');
    expect(rules.map(({ id }: { id: string }) => id)).not.toContain('SVC-1');
    expect(coverage.reasons).toBe(taxonomy.memory.length);
    expect(version).toBe(rulesVersion(builtinRules));
  });

  it('names the reasons that no rule says, and only those', async () => {
    const { stdout } = await runCommand(RulesList, '--missing', '--json');
    const missing = (JSON.parse(stdout).coverage.missing as { reason: string }[]).map(({ reason }) => reason);
    expect(missing).not.toContain('ContainerLimitOom');
    expect(missing.filter((reason) => builtinRules.some(({ reasons }) => (reasons as string[]).includes(reason)))).toEqual([]);
    const { stdout: text } = await runCommand(RulesList, '--missing');
    for (const reason of missing) expect(text).toContain(reason);
  });

  it('covers the taxonomy: every fault reason has a rule, or says why not', () => {
    const { missing, reasons, covered } = ruleCoverage(builtinRules);
    expect(missing.filter(({ why }) => why === 'no rule was written yet')).toEqual([]);
    expect(covered + missing.length).toBe(reasons);
    expect(covered).toBeGreaterThanOrEqual(154);
  });
});

describe('rules explain', () => {
  it('says what a rule claims, when it may be wrong and what it cannot see', async () => {
    const { stdout } = await runCommand(RulesExplain, 'oom-1');
    expect(stdout).toMatch(/^OOM-1 {2}Container killed at its memory limit\nversion \d+, stable/);
    expect(stdout).toContain('Says\n  - ContainerLimitOom');
    expect(stdout).toMatch(/May be wrong when\n {2}- /);
    expect(stdout).toMatch(/Cannot see\n {2}- /);
  });

  it('shows all rules that can say a reason', async () => {
    const { stdout } = await runCommand(RulesExplain, 'selectormismatch', '--json');
    expect(JSON.parse(stdout).map(({ id }: { id: string }) => id)).toEqual(findRules(builtinRules, 'SelectorMismatch').map(({ id }) => id));
    expect(JSON.parse(stdout)).not.toEqual([]);
  });

  it.each([
    ['OOM1', 'did you mean OOM-1?'],
    ['ContainerLimitOmo', 'did you mean ContainerLimitOom?'],
    ['no\u001b[2Jsuch', 'there is no rule or reason "no\\x1b[2Jsuch"'],
  ])('answers %j with what was meant', async (query, hint) => {
    const { stderr, exitCode } = await runCommand(RulesExplain, query);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(hint);
  });

  it('tells a reason without a rule from an unknown word', async () => {
    const [missing] = ruleCoverage(builtinRules).missing;
    if (missing === undefined) return;
    const { stderr } = await runCommand(RulesExplain, missing.reason);
    expect(stderr).toContain(`${missing.reason} is a reason of the taxonomy, but no rule says it: ${missing.why}`);
  });
});

describe('the version of a rule set', () => {
  const a = { id: 'A-1', version: 1 };
  const b = { id: 'B-1', version: 3 };

  it('does not depend on the order of the rules', () => {
    expect(rulesVersion([a, b])).toBe(rulesVersion([b, a]));
    expect(rulesVersion([a, b])).toMatch(/^[0-9a-f]{8}$/);
  });

  it('changes with any rule and any version', () => {
    const all = [[], [a], [b], [a, b], [a, { ...b, version: 4 }], [a, { ...b, id: 'B-2' }]].map(rulesVersion);
    expect(new Set(all).size).toBe(all.length);
  });
});

describe('rules stats', () => {
  let directory: string;
  let store: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'rules-stats-'));
    store = join(directory, 's.duckdb');
    await writeOomCapture(join(directory, 'capture'));
    await runCommand(Generate, join(directory, 'capture'), '--store', store);
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('shows an aligned line per rule that claimed something, and counts the others', async () => {
    const { stdout, exitCode } = await runCommand(RulesStats, '--store', store);
    const lines = stripVTControlCharacters(stdout).split('\n');
    expect(lines[0]).toMatch(/^RULE +VOTES +COVERAGE +OVERLAPS +CONFLICTS +UNIQUE +WINS +VETOES +ABSTAINED +CONF$/);
    expect(lines[1]).toMatch(/^OOM-1 +1 +100\.0 % +\d +\d +\d +1 +\d +0 +0\.\d{3}$/);
    expect(lines[1]).toHaveLength(lines[0]?.length ?? 0);
    expect(stdout).toMatch(/\d+ rules? claimed something in 1 incident; \d+ rules never did \(--all lists them\)\./);
    expect(exitCode).toBe(0);
  });

  it('shows what people found right and wrong once there are reviews', async () => {
    const open = await openStore(store);
    await open.addReviews([review(), review({ label_id: labelId(2) })]);
    await open.close();
    const lines = stripVTControlCharacters((await runCommand(RulesStats, '--store', store, '--sort', 'right')).stdout).split('\n');
    expect(lines[0]).toMatch(/CONF +RIGHT +WRONG +95 % PRECISION$/);
    expect(lines[1]).toMatch(/^OOM-1 .* 2 +0 +34–100 %$/);
    const { rules } = JSON.parse((await runCommand(RulesStats, '--store', store, '--sort', 'precision', '--json')).stdout);
    expect(rules[0]).toMatchObject({ id: 'OOM-1', precision: { low: expect.closeTo(0.34, 1) } });
  });

  it('lists all rules with --all, and sorts by a column', async () => {
    const { stdout } = await runCommand(RulesStats, '--store', store, '--all');
    for (const { id } of builtinRules) expect(stdout).toMatch(new RegExp(`^${id} `, 'm'));
    const sorted = await runCommand(RulesStats, '--store', store, '--sort', 'wins', '--json');
    expect(JSON.parse(sorted.stdout)).toMatchObject({ incidents: 1, rules: [{ id: 'OOM-1', wins: 1, votes: 1, coverage: 1 }] });
  });

  it('says that there is nothing to count in another cluster', async () => {
    const { stdout } = await runCommand(RulesStats, '--store', store, '--cluster', 'elsewhere');
    expect(stdout).toMatch(/^0 rules claimed something in 0 incidents; /);
  });

  it('names what makes a store where there is none, with exit code 5', async () => {
    const { stderr, exitCode } = await runCommand(RulesStats, '--store', join(directory, 'none'));
    expect(stderr).toContain('STORE_NOT_FOUND');
    expect(exitCode).toBe(5);
  });
});

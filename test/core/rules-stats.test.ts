import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultConfig } from '../../src/core/config.ts';
import { generate } from '../../src/core/generate.ts';
import type { TroubleshootingLabel } from '../../src/core/model/label.ts';
import { builtinRules } from '../../src/core/rules/all.ts';
import { rulesVersion } from '../../src/core/rules/version.ts';
import { type RuleStats, rulesStats, silentStats, statColumns } from '../../src/core/rules-stats.ts';
import { openStore } from '../../src/core/store/open.ts';
import type { LabelStore } from '../../src/core/store/store.ts';
import { labelId, troubleshootingLabel } from './label-arbitrary.ts';
import { review } from './review-rows.ts';

let work: string;
let store: LabelStore;

async function opened(name: string): Promise<LabelStore> {
  const open = await openStore(join(work, `${name}.duckdb`));
  await open.init();
  return open;
}

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'k8s-labeler-stats-'));
});
afterAll(() => rm(work, { recursive: true, force: true }));

type Said = Pick<TroubleshootingLabel, 'reason' | 'rule_ids' | 'hypotheses'> & Partial<TroubleshootingLabel>;

let stores = 0;

/** The statistics over these answers, in a store of their own. */
async function statsOf(answers: Said[], options: Parameters<typeof rulesStats>[2] = {}, known: string[] = []) {
  const open = await opened(`s${stores++}`);
  try {
    const labels = answers.map((said, position) => troubleshootingLabel(position + 1, { confidence: 0.9, capture_id: 'cap-a', ...said }));
    await open.replaceCapture('cap-a', { labels }, '2026-03-02T00:00:00.000Z');
    return await rulesStats(open, known, options);
  } finally {
    await open.close();
  }
}

function hypothesis(
  rule_id: string,
  reason: TroubleshootingLabel['reason'],
  confidence: number,
  fate: 'explained' | 'weaker' | 'faded' | 'too-weak' | 'too-close',
) {
  return { rule_id, reason, confidence, fate, subject: 'Deployment shop/cart' };
}

function numbersOf(rules: RuleStats[], id: string) {
  const { id: _, ...numbers } = rules.find((rule) => rule.id === id) ?? silentStats(id);
  return numbers;
}

const answers: Said[] = [
  { reason: 'ContainerLimitOom', rule_ids: ['OOM-1'], hypotheses: [] },
  {
    reason: 'ContainerLimitOom',
    rule_ids: ['OOM-1', 'OOM-2'],
    hypotheses: [hypothesis('POD-CRASH', 'AppStartupError', 0.7, 'explained'), hypothesis('IMG-1', 'ImageNotFound', 0.1, 'weaker')],
  },
  {
    reason: 'Inconclusive',
    rule_ids: ['abstain'],
    hypotheses: [hypothesis('IMG-1', 'ImageNotFound', 0.45, 'too-close'), hypothesis('OOM-1', 'ContainerLimitOom', 0.45, 'too-close')],
  },
  { reason: 'Recovered', rule_ids: ['abstain'], hypotheses: [] },
];

describe('what rules did over the incidents of a store', () => {
  it('counts votes, wins, overlaps, conflicts, vetoes and abstentions per rule', async () => {
    const { incidents, rules } = await statsOf(answers);
    expect(incidents).toBe(4);
    expect(rules.map(({ id }) => id)).toEqual(['OOM-1', 'IMG-1', 'OOM-2', 'POD-CRASH']);
    expect(numbersOf(rules, 'OOM-1')).toEqual({
      votes: 3,
      coverage: 0.75,
      overlaps: 2,
      conflicts: 2,
      unique: 1,
      wins: 2,
      vetoes: 1,
      abstained: 0,
      meanConfidence: 0.75,
      right: 0,
      wrong: 0,
      precision: null,
    }); // prettier-ignore
    expect(numbersOf(rules, 'IMG-1')).toEqual({
      votes: 2,
      coverage: 0.5,
      overlaps: 2,
      conflicts: 2,
      unique: 0,
      wins: 0,
      vetoes: 0,
      abstained: 1,
      meanConfidence: 0.275,
      right: 0,
      wrong: 0,
      precision: null,
    }); // prettier-ignore
  });

  it('takes a claim that the answer explains for an overlap, not for a conflict, and an agreeing rule for a winner', async () => {
    const { rules } = await statsOf(answers);
    expect(numbersOf(rules, 'POD-CRASH')).toMatchObject({ overlaps: 1, conflicts: 0, wins: 0 });
    expect(numbersOf(rules, 'OOM-2')).toMatchObject({ overlaps: 1, conflicts: 1, wins: 1, vetoes: 1, unique: 0 });
  });

  it('is over one cluster when asked', async () => {
    const two = answers.map((said, position) => ({ ...said, cluster_id: position === 0 ? 'staging' : 'live' }));
    const { incidents, rules } = await statsOf(two, { cluster: 'staging' });
    expect([incidents, rules.map(({ id, votes }) => [id, votes])]).toEqual([1, [['OOM-1', 1]]]);
  });

  it('names the rules that never claimed anything', async () => {
    expect((await statsOf(answers, {}, ['SVC-1', 'OOM-1', 'CFG-1'])).silent).toEqual(['CFG-1', 'SVC-1']);
  });

  it('comes in the order of any column, equal rules by id', async () => {
    for (const sort of statColumns.filter((column) => column !== 'precision')) {
      const { rules } = await statsOf(answers, { sort });
      const values = rules.map((rule) => rule[sort] ?? 0);
      if (sort === 'id') expect(values).toEqual(['IMG-1', 'OOM-1', 'OOM-2', 'POD-CRASH']);
      else expect(values).toEqual([...values].sort((a, b) => Number(b) - Number(a)));
    }
  });
});

describe('over the bundled recordings', () => {
  const known = builtinRules.map(({ id }) => id);

  beforeAll(async () => {
    store = await opened('recordings');
    const recordings = (await readdir('recordings')).sort().map((name) => join('recordings', name, 'capture'));
    await generate(recordings, {
      store,
      config: defaultConfig,
      rules: builtinRules,
      rulesVersion: rulesVersion(builtinRules),
      createdAt: '2000-01-01T00:00:00.000Z',
    });
  });
  afterAll(() => store.close());

  it('counts what people found right and wrong, with the interval of its share', async () => {
    const open = await opened('reviewed');
    await open.replaceCapture('cap-a', { labels: [1, 2].map((n) => troubleshootingLabel(n)) }, '2026-03-02T00:00:00.000Z');
    const wrong = review({ label_id: labelId(2), verdict: 'reject', reason: 'wrong-cause' });
    await open.addReviews([review(), wrong]);
    const { rules } = await rulesStats(open, []);
    expect(numbersOf(rules, 'OOM-1')).toMatchObject({ right: 1, wrong: 1, precision: { low: 0.0945, high: 0.9055 } });
    await open.close();
  });

  it('adds up: each incident with an answer has a winner, and each vote is unique or overlaps', async () => {
    const { incidents, rules, silent } = await rulesStats(store, known);
    let answered = 0;
    for await (const label of store.select({ type: 'troubleshooting' })) if (label.rule_ids[0] !== 'abstain') answered += 1;
    expect(incidents).toBe(await store.count({ type: 'troubleshooting' }));
    expect(rules.reduce((sum, { wins }) => sum + wins, 0)).toBeGreaterThanOrEqual(answered);
    for (const rule of rules) {
      expect(rule.unique + rule.overlaps, rule.id).toBe(rule.votes);
      expect(rule.coverage, rule.id).toBeCloseTo(rule.votes / incidents, 4);
      expect(Math.max(rule.wins, rule.conflicts, rule.abstained), rule.id).toBeLessThanOrEqual(rule.votes);
      expect(rule.vetoes, rule.id).toBeLessThanOrEqual(rule.wins);
    }
    expect([...rules.map(({ id }) => id), ...silent].sort()).toEqual([...known].sort());
  });

  it('shows what is known of them: the OOM rule is alone with its claim, a crash is explained by a deeper cause', async () => {
    const { rules } = await rulesStats(store, known);
    expect(numbersOf(rules, 'OOM-1')).toMatchObject({ votes: 1, unique: 1, wins: 1, vetoes: 0 });
    expect(numbersOf(rules, 'POD-CRASH')).toMatchObject({ wins: 0, conflicts: 0, unique: 0 });
  });
});

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundledCaptures } from '../../../src/core/captures.ts';
import { defaultConfig } from '../../../src/core/config.ts';
import { type ConsumerName, consumers } from '../../../src/core/export/consumers/consumers.ts';
import { generate } from '../../../src/core/generate.ts';
import type { TroubleshootingLabel } from '../../../src/core/model/label.ts';
import { builtinRules } from '../../../src/core/rules/all.ts';
import { openStore } from '../../../src/core/store/open.ts';
import type { LabelStore } from '../../../src/core/store/store.ts';
import { examplesOf } from '../../../src/core/training/skills.ts';
import { parseSplit, splitOf } from '../../../src/core/training/split.ts';
import { exportTraining, type TrainingOptions } from '../../../src/core/training.ts';

let dir: string;
let store: LabelStore;
let folders = 0;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'training-'));
  store = await openStore(join(dir, 'labels.duckdb'));
  const options = { config: defaultConfig, rules: builtinRules, rulesVersion: '1', store, createdAt: '2026-01-01T00:00:00.000Z' };
  await generate(await bundledCaptures(), options);
}, 60_000);
afterAll(async () => {
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

const shares = parseSplit('train=0.6,validation=0.2,test=0.2');

async function exported(to: ConsumerName, more: Partial<TrainingOptions> = {}) {
  folders += 1;
  const out = join(dir, `out-${folders}`);
  const summary = await exportTraining(store, { to, out, shares, seed: 1, filter: {}, ...more });
  const rows: Record<string, unknown[]> = {};
  for (const { file } of summary.files) {
    const text = await readFile(join(out, file), 'utf8');
    rows[file] = file.endsWith('.jsonl')
      ? text
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line))
      : JSON.parse(text);
  }
  return { out, summary, rows };
}

describe('examples for trainers', () => {
  it.each(Object.keys(consumers) as ConsumerName[])('are written for %s, whole files and nothing else', async (to) => {
    const { out, summary, rows } = await exported(to);
    const counts = Object.values(summary.examples).reduce((sum, count) => sum + count, 0);
    expect(Object.values(rows).flat()).toHaveLength(counts);
    expect(counts).toBeGreaterThan(40);
    const extra = to === 'llama-factory' ? ['dataset_info.json'] : [];
    expect((await readdir(out)).sort()).toEqual([...summary.files.map(({ file }) => file), 'manifest.json', ...extra].sort());
  });

  it('have the shape that each consumer reads', async () => {
    const row = async (to: ConsumerName) => Object.values((await exported(to)).rows)[0]?.[0];
    const message = (role: string) => ({ role, content: expect.stringMatching(/\S/) });
    expect(await row('openai')).toEqual({ messages: [message('system'), message('user'), message('assistant')] });
    expect(await row('trl')).toEqual({ prompt: [message('system'), message('user')], completion: [message('assistant')] });
    expect(await row('sharegpt')).toMatchObject({ conversations: [{ from: 'system' }, { from: 'human' }, { from: 'gpt' }] });
    expect(Object.keys((await row('alpaca')) as object).sort()).toEqual(['input', 'instruction', 'output', 'system']);
    const { out } = await exported('llama-factory');
    const info = JSON.parse(await readFile(join(out, 'dataset_info.json'), 'utf8'));
    expect(info.k8s_labeler_train).toEqual({
      file_name: 'train.json',
      formatting: 'alpaca',
      columns: { prompt: 'instruction', query: 'input', response: 'output', system: 'system' },
    });
  });

  it('are the same bytes every time, and other splits with another seed', async () => {
    const [first, again, other] = [await exported('trl'), await exported('trl'), await exported('trl', { seed: 2 })];
    expect(again.summary.files).toEqual(first.summary.files);
    expect(other.summary.files).not.toEqual(first.summary.files);
  });

  it('teach several skills, and have no group or prompt in two splits', async () => {
    const { summary, rows } = await exported('trl');
    expect(Object.keys(summary.skills).sort()).toEqual(['compare', 'diagnose', 'health', 'plan', 'read']);
    expect(summary.leaks).toBe(0);
    const prompts = Object.values(rows).map((some) => new Set(some.map((row) => JSON.stringify((row as { prompt: unknown }).prompt))));
    for (const [index, some] of prompts.entries()) {
      for (const others of prompts.slice(index + 1)) expect([...some].filter((prompt) => others.has(prompt))).toEqual([]);
    }
  });
});

describe('an example', () => {
  it('shows everything that its answer rests on, and nothing of later', async () => {
    for await (const label of store.select({ type: 'troubleshooting' })) {
      const facts = [
        { at: '1990-01-01T00:00:00Z', text: 'the beginning' },
        { at: '2990-01-01T00:00:00Z', text: 'the future' },
      ];
      for (const { prompt, skill, moment } of examplesOf(label, facts)) {
        expect(prompt).not.toContain('the future');
        if (skill !== 'diagnose') continue;
        expect(prompt).toContain('the beginning');
        expect(label.question).not.toContain(label.reason);
        const impact = label.segments.findIndex(({ text }) => text.startsWith('Impact: '));
        const cited = new Set(label.segments.slice(0, impact).flatMap(({ evidence_ids }) => evidence_ids));
        for (const { id, ref, pointer, observed_at } of (label as TroubleshootingLabel).evidence.filter(({ id }) => cited.has(id))) {
          expect(prompt, id).toContain(`${ref} ${pointer} = `);
          expect(Date.parse(observed_at)).toBeLessThanOrEqual(Date.parse(moment));
        }
      }
    }
  });
});

describe('a split', () => {
  it('has about the shares that were asked for', () => {
    const counts = { train: 0, validation: 0, test: 0 };
    for (let group = 0; group < 5000; group += 1) counts[splitOf(`g${group}`, shares, 7)] += 1;
    expect(counts.train / 5000).toBeCloseTo(0.6, 1);
    expect(counts.test / 5000).toBeCloseTo(0.2, 1);
  });

  it('gives nothing to a part without a share', () => {
    const only = parseSplit('test=1');
    fc.assert(
      fc.property(fc.string(), (group) => {
        expect(splitOf(group, only, 1)).toBe('test');
      }),
    );
  });

  it.each(['train=0.5', 'train=2,test=-1', 'dev=1', '', 'train'])('is refused where it makes no sense: %j', (text) => {
    expect(() => parseSplit(text)).toThrow(/expected shares/);
  });
});

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import Stats from '../../src/commands/stats.ts';
import { openStore } from '../../src/core/store/open.ts';
import { demoStore } from '../core/dataset/demo-store.ts';
import { runCommand } from './cli.ts';

let store: string;
let close: () => Promise<void>;

beforeAll(async () => {
  const demo = await demoStore();
  await demo.store.close();
  store = join(demo.dir, 'labels.duckdb');
  close = demo.close;
}, 120_000);
afterAll(() => close());

// biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes of the terminal
const plain = (text: string) => text.replace(/\u001b\[\d+m/g, '');

describe('stats', () => {
  it('shows distributions as aligned bars, the longest for the most frequent', async () => {
    const { stdout } = await runCommand(Stats, '--store', store);
    const lines = plain(stdout).split('\n');
    expect(lines[0]).toMatch(/^21 labels of 20 captures, 1 cluster, mean quality 0\.9\d$/);
    const severities = lines.slice(lines.indexOf('Severities') + 1, lines.indexOf('Severities') + 6);
    expect(severities.map((line) => line.trim().split(' ')[0])).toEqual(['critical', 'high', 'medium', 'low', 'info']);
    const bars = severities.map((line) => ({ count: Number(/ (\d+) +\d+ %/.exec(line)?.[1]), bar: line.match(/█/g)?.length ?? 0 }));
    for (const { count, bar } of bars) expect(bar === 0).toBe(count === 0);
    expect(bars.toSorted((a, b) => a.count - b.count)).toEqual(bars.toSorted((a, b) => a.bar - b.bar || a.count - b.count));
    expect(plain(stdout)).toMatch(/unreviewed +21 +100 %/);
  });

  it('says where the labels come from and how long they are', async () => {
    const { stdout } = await runCommand(Stats, '--store', store);
    expect(plain(stdout)).toMatch(/\nSources\n {2}\S.* 21 +100 %/);
    expect(plain(stdout)).toMatch(/\nTokens \(median \d+, max \d+\)\n {2}up to \d+ /);
    expect((await runCommand(Stats, '--store', store, '--no-tokens')).stdout).not.toContain('Tokens');
  });

  it('cuts long lists and says how much is left, unless --all', async () => {
    const { stdout } = await runCommand(Stats, '--store', store);
    expect(plain(stdout)).toMatch(/… 9 more with 9 labels \(--all\)/);
    expect(plain((await runCommand(Stats, '--store', store, '--all')).stdout)).not.toContain('--all');
  });

  it('says what makes labels where there are none', async () => {
    const empty = join(store, '../empty.duckdb');
    await (await openStore(empty)).close();
    expect((await runCommand(Stats, '--store', empty)).stdout).toBe('The store holds no labels: `k8s-labeler generate` makes them.\n');
    expect(JSON.parse((await runCommand(Stats, '--store', empty, '--json')).stdout)).toMatchObject({ labels: 0, quality: null });
  });

  it('prints all of it as JSON, with tokens when asked', async () => {
    const { stdout } = await runCommand(Stats, '--store', store, '--tokens', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      labels: 21,
      captures: 20,
      bands: { hold: 0 },
      reviews: { accepted: 0, unreviewed: 21 },
      tokens: { encoding: 'o200k_base', median: expect.any(Number) },
    });
  });
});

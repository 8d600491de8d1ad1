import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/cluster/clock.ts';
import { defaultConfig } from '../../src/core/config.ts';
import { generate } from '../../src/core/generate.ts';
import type { Label } from '../../src/core/model/label.ts';
import { type ReplayEntry, type ReplayOptions, replayCapture, replayMoment } from '../../src/core/replay.ts';
import { builtinRules } from '../../src/core/rules/all.ts';
import { rulesVersion } from '../../src/core/rules/version.ts';
import { openStore } from '../../src/core/store/open.ts';
import { root } from '../source.ts';

const capture = (name: string) => `${root}/recordings/${name}/capture`;
const options: ReplayOptions = {
  config: defaultConfig,
  rules: builtinRules,
  rulesVersion: rulesVersion(builtinRules),
  clock: systemClock(),
};

async function entriesOf(name: string, more: Partial<ReplayOptions> = {}): Promise<ReplayEntry[]> {
  const entries: ReplayEntry[] = [];
  for await (const entry of replayCapture(capture(name), { ...options, ...more })) entries.push(entry);
  return entries;
}

async function generated(name: string): Promise<Label[]> {
  const dir = await mkdtemp(join(tmpdir(), 'k8s-labeler-'));
  const store = await openStore(join(dir, 'labels.duckdb'));
  try {
    await generate([capture(name)], { ...options, store, createdAt: '2026-01-01T00:00:00.000Z' });
    const labels: Label[] = [];
    for await (const label of store.select()) labels.push(label);
    return labels;
  } finally {
    await store.close();
    await rm(dir, { recursive: true });
  }
}

describe('a capture that is replayed', () => {
  it.each(['cascade-pg-conf-quote-shop', 'oomkilled-leak', 'fixed-scale-up', 'healthy-rolling-update', 'healthy-recovered'])(
    '%s ends with the labels that generate makes',
    async (name) => {
      const told = (await entriesOf(name)).flatMap((entry) => (entry.type === 'label' ? [entry] : []));
      expect(told.filter(({ problems }) => problems.length > 0)).toEqual([]);
      const byId = (a: Label, b: Label) => (a.id < b.id ? -1 : 1);
      expect(told.map(({ label }) => label).sort(byId)).toEqual((await generated(name)).sort(byId));
    },
  );

  it('tells in order what happened: objects, Events, and the incident once there is proof of it', async () => {
    const entries = await entriesOf('oomkilled-leak');
    const times = entries.map(({ at }) => Date.parse(at));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    const find = (match: (entry: ReplayEntry) => boolean) => entries.findIndex(match);
    const created = find((one) => one.type === 'object' && one.change === 'created' && one.resource.startsWith('Pod '));
    const killed = find((one) => one.type === 'object' && one.change === 'changed' && one.text.includes('status OOMKilled'));
    const warned = find((one) => one.type === 'event' && one.warning && one.reason === 'BackOff');
    const opened = find((one) => one.type === 'incident' && one.change.type === 'new' && one.change.label.reason === 'ContainerLimitOom');
    expect(created).toBeGreaterThanOrEqual(0);
    expect(killed).toBeGreaterThan(created);
    expect(warned).toBeGreaterThan(killed);
    expect(opened).toBeGreaterThan(killed);
    expect(entries.findIndex(({ type }) => type === 'label')).toBeGreaterThan(opened);
  });

  it('says that an incident is over when the recording shows what ended it', async () => {
    const over = (await entriesOf('fixed-scale-up')).flatMap((entry) =>
      entry.type === 'incident' && entry.over ? [entry.change.label] : [],
    );
    expect(over.map(({ reason }) => reason)).toEqual(['ScaledToZero']);
  });

  it('tells the same at any speed, waiting as long as the recording did', async () => {
    const clock = virtualClock();
    const started = clock.now();
    const entries = await entriesOf('healthy-recovered', { clock, speed: 4 });
    expect(entries).toEqual(await entriesOf('healthy-recovered'));
    const times = entries.map(({ at }) => Date.parse(at));
    const lasted = Math.max(...times) - Math.min(...times);
    expect(clock.now() - started).toBeGreaterThanOrEqual(lasted / 4);
    expect(clock.now() - started).toBeLessThan(lasted / 4 + 120_000);
  });
});

describe('a moment of a capture', () => {
  it('shows what is not well and what is known of the cause by then, and nothing of later', async () => {
    const early = await replayMoment(capture('oomkilled-leak'), '5m12s', options);
    expect(early.labels).toEqual([]);
    expect(early.clusters.flatMap(({ objects }) => objects)).toEqual([]);
    const late = await replayMoment(capture('oomkilled-leak'), '7m', options);
    expect(late.labels.map(({ reason }) => reason)).toEqual(['ContainerLimitOom']);
    expect(late.clusters.flatMap(({ objects }) => objects).map(({ resource }) => resource.split(' ')[0])).toContain('Deployment');
    expect(late.events.length).toBe(10);
    expect(late.events.every(({ at }) => at <= late.at)).toBe(true);
  });

  it('is refused outside of the recording, with its range', async () => {
    await expect(replayMoment(capture('oomkilled-leak'), '2h', options)).rejects.toMatchObject({
      code: 'REPLAY_OUTSIDE',
      message: expect.stringMatching(/lasts from 2026-11-23T20:52:17.000Z to/),
    });
    await expect(replayMoment(capture('oomkilled-leak'), '2020-01-01T00:00:00Z', options)).rejects.toMatchObject({
      code: 'REPLAY_OUTSIDE',
      message: expect.stringMatching(/begins at 2026-11-23T20:52:17.000Z/),
    });
    await expect(replayMoment(capture('oomkilled-leak'), 'noon', options)).rejects.toMatchObject({ code: 'REPLAY_BAD_TIME' });
  });
});

/** A clock whose sleeps take no time. */
function virtualClock() {
  let now = Date.parse('2026-01-01T00:00:00Z');
  return {
    now: () => now,
    sleep: async (ms: number) => {
      now += ms;
    },
  };
}

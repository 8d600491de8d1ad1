import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultConfig } from '../../src/core/config.ts';
import { generate } from '../../src/core/generate.ts';
import type { Label, QualityCheck } from '../../src/core/model/label.ts';
import { defaultQualityWeights, qualityVersion } from '../../src/core/quality/score.ts';
import { bandCounts, qualityTraces } from '../../src/core/quality-trace.ts';
import { rescore } from '../../src/core/rescore.ts';
import { builtinRules } from '../../src/core/rules/all.ts';
import { rulesVersion } from '../../src/core/rules/version.ts';
import { openDuckdbStore } from '../../src/core/store/duckdb-store.ts';
import { openStore } from '../../src/core/store/open.ts';
import type { LabelStore } from '../../src/core/store/store.ts';
import { troubleshootingLabel } from './label-arbitrary.ts';
import { collect } from './store/store-contract.ts';

const capture = path.resolve(import.meta.dirname, '../../recordings/oomkilled-leak/capture');
const createdAt = '2026-03-01T00:00:00.000Z';
const later = '2026-04-01T00:00:00.000Z';
let work: string;
let file: string;
let fresh: { labels: Label[]; traces: QualityCheck[][]; captureId: string };

beforeAll(async () => {
  work = await mkdtemp(path.join(tmpdir(), 'rescore-'));
  file = path.join(work, 's.duckdb');
  fresh = await inStore(async (store) => {
    const options = { store, config: defaultConfig, rules: builtinRules, rulesVersion: rulesVersion(builtinRules), createdAt };
    await generate([capture], options);
    const labels = await collect(store.select());
    return { labels, traces: await tracesOf(store, labels), captureId: labels[0]?.capture_id ?? '' };
  });
});
afterAll(() => rm(work, { recursive: true, force: true }));

async function inStore<T>(use: (store: LabelStore) => Promise<T>): Promise<T> {
  const store = await openStore(file);
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

async function tracesOf(store: LabelStore, labels: readonly Label[]): Promise<QualityCheck[][]> {
  return Promise.all(labels.map(({ id }) => store.qualityChecks(id)));
}

/** The labels as an earlier version scored them: other numbers, no trace, joined with each other. */
function outdated(): Label[] {
  return fresh.labels.map((label) => ({
    ...label,
    quality_version: '1',
    quality: { ...label.quality, overall_score: 0.5, relevance: 0.1 },
  }));
}

const relationships = () => [
  {
    id: '0b0c6a3e-8c51-5d0e-9f7a-0c5a1f6c2d11',
    source_label_id: fresh.labels[0]!.id,
    target_label_id: fresh.labels[1]!.id,
    relationship_type: 'same_incident',
    metadata: null,
  },
];

const options = { weights: defaultQualityWeights, dryRun: false, all: true, createdAt: later };

describe('scoring stored labels again', () => {
  it('gives what generate gives: scores, version and trace; everything else stays, relationships and time of insertion too', async () => {
    await inStore(async (store) => {
      const events = await collect(store.events(fresh.captureId));
      await store.replaceCapture(fresh.captureId, { labels: outdated(), relationships: relationships(), events }, createdAt);
      const report = await rescore([capture, capture], { ...options, store });
      expect(report).toMatchObject({
        qualityVersion,
        labels: 2,
        changed: 2,
        mean: { before: 0.5 },
        moves: [{ from: 'hold', to: 'accept', labels: 2 }],
        fallen: [],
        captures: [{ dir: capture, captureId: fresh.captureId, labels: 2, changed: 2 }],
        missing: [],
      });
      expect(await collect(store.select())).toEqual(fresh.labels);
      expect(await tracesOf(store, fresh.labels)).toEqual(fresh.traces);
      expect(await store.relationships(fresh.labels[0]!.id)).toEqual(relationships());
      expect(await collect(store.events(fresh.captureId))).toEqual(events);
    });
    await inStore(async (store) => {
      const again = await rescore([capture], { ...options, store });
      expect(again).toMatchObject({ labels: 2, changed: 0, moves: [] });
      expect(again.mean?.after).toBe(again.mean?.before);
    });
  });

  it('only tells with dryRun, also in a store that is open for reading', async () => {
    await inStore(async (store) => {
      await store.replaceCapture(fresh.captureId, { labels: outdated() }, createdAt);
    });
    const store = await openDuckdbStore(file, true);
    try {
      expect(await rescore([capture], { ...options, dryRun: true, store })).toMatchObject({ labels: 2, changed: 2, dryRun: true });
      expect(await collect(store.select())).toEqual(outdated());
    } finally {
      await store.close();
    }
  });

  it('keeps a label that a gate rejects now, with an overall score of 0, and says why', async () => {
    await inStore(async (store) => {
      const [first, ...others] = fresh.labels;
      const false1 = { ...first!, evidence: first!.evidence.map((item, index) => (index === 0 ? { ...item, value: 'made up' } : item)) };
      await store.replaceCapture(fresh.captureId, { labels: [false1, ...others] }, createdAt);
      const report = await rescore([capture], { ...options, store });
      expect(report.fallen).toMatchObject([
        { id: first!.id, before: first!.quality.overall_score, problems: [expect.stringContaining('EVIDENCE_VALUE_DIFFERS')] },
      ]);
      expect(await store.count()).toBe(2);
      expect(await bandCounts(store)).toEqual({ accept: 1, review: 0, hold: 1 });
      const [trace] = await qualityTraces(store, first!.id);
      expect(trace).toMatchObject({ band: 'hold', quality: { overall_score: 0 } });
      expect(trace?.checks.filter(({ dimension, score }) => dimension === 'gate' && score === 0).map(({ id }) => id)).toEqual(['evidence']);
    });
  });

  it('leaves a label alone whose records a size limit took from the capture', async () => {
    const copy = path.join(work, 'pruned');
    await cp(capture, copy, { recursive: true });
    const manifest = JSON.parse(await readFile(path.join(copy, 'manifest.json'), 'utf8'));
    const pruned = [
      {
        file: 'c01/000001.objects.ndjson.gz',
        class: 'objects',
        firstAt: createdAt,
        lastAt: createdAt,
        records: 1,
        segments: 1,
        gaps: 0,
        drops: 0,
      },
    ];
    await writeFile(path.join(copy, 'manifest.json'), JSON.stringify({ ...manifest, pruned }));
    await inStore(async (store) => {
      const gone = fresh.labels.map((label) => ({ ...label, evidence: label.evidence.map((item) => ({ ...item, seq: item.seq + 1e6 })) }));
      await store.replaceCapture(fresh.captureId, { labels: [gone[0]!, fresh.labels[1]!] }, createdAt);
      const report = await rescore([copy], { ...options, store });
      expect(report).toMatchObject({ labels: 1, fallen: [], missing: [{ captureId: fresh.captureId, labels: 1, why: 'pruned' }] });
      expect(await collect(store.select({ incidentId: gone[0]!.incident_id }))).toContainEqual(gone[0]);
      expect((await rescore([capture], { ...options, store })).fallen).toHaveLength(1);
    });
  });

  it('counts and leaves alone the labels of captures that were not found, unless only named ones were asked for', async () => {
    await inStore(async (store) => {
      await store.replaceCapture('cap-z', { labels: [troubleshootingLabel(1, { capture_id: 'cap-z' })] }, createdAt);
      const report = await rescore([capture], { ...options, store });
      expect(report.missing).toEqual([{ captureId: 'cap-z', cluster: 'c01', labels: 1, why: 'not-found' }]);
      expect(await collect(store.select({ captureId: 'cap-z' }))).toEqual([troubleshootingLabel(1, { capture_id: 'cap-z' })]);
      expect(await rescore([capture], { ...options, all: false, store })).toMatchObject({ labels: 2, missing: [] });
    });
  });
});

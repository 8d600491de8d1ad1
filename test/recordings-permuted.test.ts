import { describe, expect, it } from 'vitest';
import { analyze, finishAnalysis } from '../src/core/analysis/analyze.ts';
import { openManifest, readCapture } from '../src/core/capture/index.ts';
import { bundledCaptures } from '../src/core/captures.ts';
import { defaultConfig } from '../src/core/config.ts';
import { analysisOf } from '../src/core/labelling.ts';
import type { CaptureManifest, CaptureRecord } from '../src/core/model/capture.ts';
import { formatRef } from '../src/core/model/resource.ts';
import { builtinRules } from '../src/core/rules/all.ts';

const captures = await bundledCaptures();
const options = { config: defaultConfig, rules: builtinRules, rulesVersion: '1' };

/** What the labels of some records say: reason, category, severity, culprit, victims, and whether it went on. */
function saidOf(manifest: CaptureManifest, records: CaptureRecord[]): string[] {
  const analysis = analysisOf(manifest, options);
  const events = [...records.flatMap((record) => analyze(analysis, record)), ...finishAnalysis(analysis)];
  return events
    .map(({ reason, category, severity, subject, victims, event }) =>
      [reason, category, severity, formatRef(subject), ...victims.map(formatRef).sort(), event.status].join(' | '),
    )
    .sort();
}

/** Each stream (one kind of record of one connection) is late by its own delay; within a stream the order stays. */
function delayed(records: CaptureRecord[], seed: number, mostMs: number): CaptureRecord[] {
  const delays = new Map<string, number>();
  let state = seed;
  for (const record of records) {
    const stream = streamOf(record);
    if (delays.has(stream)) continue;
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    delays.set(stream, (state / 4294967296) * mostMs);
  }
  return records
    .map((record) => ({ record, at: Date.parse(record.at) + (delays.get(streamOf(record)) ?? 0) }))
    .sort((a, b) => a.at - b.at)
    .map(({ record, at }, position) => ({ ...record, seq: position + 1, at: new Date(at).toISOString() }));
}

function streamOf(record: CaptureRecord): string {
  return `${record.stream}/${record.kind === 'resource' ? record.event.ref.kind : record.kind}`;
}

describe('the labels of a recording do not depend on which connection was quicker', () => {
  it.each(captures.map((dir) => [dir.split('/').at(-2) ?? dir, dir]))('%s, with streams up to five seconds late', async (_, dir) => {
    const manifest = await openManifest(dir);
    const records: CaptureRecord[] = [];
    for await (const record of readCapture(dir)) records.push(record);
    const said = saidOf(manifest, records);
    for (const seed of [1, 2, 3, 4]) expect(saidOf(manifest, delayed(records, seed, 5000)), `seed ${seed}`).toEqual(said);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openManifest, readCapture } from '../../../src/core/capture/index.ts';
import { bundledCaptures } from '../../../src/core/captures.ts';
import type { CaptureRecord } from '../../../src/core/model/capture.ts';
import type { AnalyzedEvent, SizingFinding } from '../../../src/core/model/event.ts';
import { payloadOf, resolvePointer } from '../../../src/core/model/pointer.ts';
import { fixtures, type Recorded, run } from './run.ts';

const corpus = fixtures();
const recorded = fc.constantFrom(...corpus);
const settings = { numRuns: 400, seed: 20260301 };

/** Numbers of 0 to 1, the same for the same seed. */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

const intruders: unknown[] = [null, 0, -1, 3.5, true, '', 'x', [], {}, ['a', null], { name: 7 }];

/** A copy in which members are missing and scalars have other types, each with probability `share`. */
function damaged(value: unknown, next: () => number, share: number): unknown {
  if (Array.isArray(value)) return value.map((item) => damaged(item, next, share));
  if (typeof value !== 'object' || value === null) return next() < share ? intruders[Math.floor(next() * intruders.length)] : value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => (next() < share ? [] : [[key, next() < share ? null : damaged(item, next, share)]])),
  );
}

/** Damages what a record carries; its envelope (seq, time, cluster, ref, names in a log line) is what the capture's schema guarantees. */
function damagedRecord(record: CaptureRecord, next: () => number, share: number): CaptureRecord {
  if (record.kind === 'resource') {
    const kind = next() < share ? 'Surprise' : record.event.ref.kind;
    const object = damaged(record.event.object, next, share) as object;
    return { ...record, event: { ...record.event, ref: { ...record.event.ref, kind, ...(next() < share ? { uid: '' } : {}) }, object } };
  }
  if (record.kind === 'metrics')
    return { ...record, sample: { ...record.sample, containers: damaged(record.sample.containers, next, share) as never } };
  return record;
}

/** Drops, repeats and moves (by up to five seconds) records. */
function shuffled(records: CaptureRecord[], next: () => number, share: number): CaptureRecord[] {
  const kept = records.flatMap((record) => (next() < share ? [] : next() < share ? [record, record] : [record]));
  const keyed = kept.map((record) => ({ record, at: Date.parse(record.at) + (next() < share ? (next() - 0.5) * 10_000 : 0) }));
  return keyed
    .sort((a, b) => a.at - b.at)
    .map(({ record, at }, position) => ({ ...record, seq: position + 1, at: new Date(at).toISOString() }));
}

function expectEvidenceResolves(records: CaptureRecord[], analyzed: (AnalyzedEvent | SizingFinding)[]): void {
  const bySeq = new Map(records.map((record) => [record.seq, record]));
  for (const { evidence } of analyzed) {
    for (const { seq, pointer, value } of evidence) {
      const record = bySeq.get(seq);
      expect(record, `record ${seq}`).toBeDefined();
      expect(resolvePointer(payloadOf(record as CaptureRecord), pointer), `${seq}${pointer}`).toEqual(value);
    }
  }
}

function shown({ events }: ReturnType<typeof run>): string[] {
  return events.map(({ reason, subject }) => `${reason} ${subject.kind} ${subject.namespace}/${subject.name}`).sort();
}

async function wholeRecordings(): Promise<Recorded[]> {
  const all: Recorded[] = [];
  for (const dir of await bundledCaptures()) {
    const records: CaptureRecord[] = [];
    for await (const record of readCapture(dir)) records.push(record);
    all.push({ name: dir, records, coverage: (await openManifest(dir)).coverage });
  }
  return all;
}

describe('an analysis of damaged recordings', () => {
  it('never throws, reports no failing rule, and cites only what the records hold', () => {
    fc.assert(
      fc.property(recorded, fc.integer(), fc.constantFrom(0.002, 0.01, 0.05, 0.3), ({ records, coverage }, seed, share) => {
        const next = numbers(seed);
        const mutated = shuffled(records, next, share).map((record) => damagedRecord(record, next, share));
        const { events, findings, failures } = run(mutated, { coverage });
        expect(failures).toEqual([]);
        expectEvidenceResolves(mutated, [...events, ...findings]);
      }),
      settings,
    );
  });

  it('never throws on whole recordings either, however they are damaged', { timeout: 120_000 }, async () => {
    const recordings = await wholeRecordings();
    fc.assert(
      fc.property(fc.nat(recordings.length - 1), fc.integer(), fc.constantFrom(0.0005, 0.005, 0.05), (which, seed, share) => {
        const { records, coverage } = recordings[which] as Recorded;
        const next = numbers(seed);
        const mutated = shuffled(records, next, share).map((record) => damagedRecord(record, next, share));
        const { events, findings, failures } = run(mutated, { coverage });
        expect(failures).toEqual([]);
        expectEvidenceResolves(mutated, [...events, ...findings]);
      }),
      { numRuns: 200, seed: 20261124 },
    );
  });

  it('goes on after records of kinds that it does not know', () => {
    const [one] = corpus as [Recorded];
    const strange = one.records.flatMap((record) => [record, { ...record, kind: 'hologram', event: 7 } as unknown as CaptureRecord]);
    const known = run(one.records, { coverage: one.coverage });
    expect(shown(run(strange, { coverage: one.coverage }))).toEqual(shown(known));
  });
});

describe('an analysis', () => {
  it('says the same about the same records', () => {
    for (const { records, coverage } of corpus) expect(run(records, { coverage })).toEqual(run(structuredClone(records), { coverage }));
  });

  it('gives the same reasons and culprits when records of different streams change places within two seconds', () => {
    const sample = corpus.filter((_, position) => position % 3 === 0);
    fc.assert(
      fc.property(fc.constantFrom(...sample), fc.integer(), ({ records, coverage }, seed) => {
        const next = numbers(seed);
        expect(shown(run(interleaved(records, next), { coverage }))).toEqual(shown(run(records, { coverage })));
      }),
      settings,
    );
  });
});

/** Each stream is late by up to two seconds; within a stream the order stays. Times stay those at which the records were received. */
function interleaved(records: CaptureRecord[], next: () => number): CaptureRecord[] {
  const delays = new Map<string, number>();
  const streamOf = (record: CaptureRecord) => `${record.stream}/${record.kind === 'resource' ? record.event.ref.kind : record.kind}`;
  for (const record of records) if (!delays.has(streamOf(record))) delays.set(streamOf(record), next() * 2000);
  const keyed = records.map((record) => ({ record, at: Date.parse(record.at) + (delays.get(streamOf(record)) ?? 0) }));
  return keyed
    .sort((a, b) => a.at - b.at)
    .map(({ record, at }, position) => ({ ...record, seq: position + 1, at: new Date(at).toISOString() }));
}

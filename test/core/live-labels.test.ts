import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCapture, openManifest, openPicker, readBatches, readCapture } from '../../src/core/capture/index.ts';
import type { RecordPicker } from '../../src/core/capture/pick.ts';
import { bundledCaptures } from '../../src/core/captures.ts';
import { defaultConfig } from '../../src/core/config.ts';
import { storeError } from '../../src/core/errors.ts';
import { generate } from '../../src/core/generate.ts';
import {
  finishRecords,
  type LiveLabels,
  type LiveOptions,
  livePatience,
  newLiveLabels,
  refreshLabels,
  takeRecords,
} from '../../src/core/live-labels.ts';
import { newLiveRecords } from '../../src/core/live-records.ts';
import { catchUp } from '../../src/core/live-resume.ts';
import type { CaptureManifest, CaptureRecord } from '../../src/core/model/capture.ts';
import { builtinRules } from '../../src/core/rules/all.ts';
import { openDatabase } from '../../src/core/store/duckdb.ts';
import { openStore } from '../../src/core/store/open.ts';
import { storeTables } from '../../src/core/store/store.ts';
import { event, healthyWorkload, log, numbered, terminated, tick, ticks, waiting, workloadPod } from './records.ts';

const createdAt = '2026-03-02T00:00:00.000Z';
const id = '0d9f2f43-6a3c-4a0e-9a68-0c61f1a0c001';
const labelling = { config: defaultConfig, rules: builtinRules, rulesVersion: '1' };

type Recorded = { name: string; records: CaptureRecord[]; coverage: CaptureManifest['coverage'] };
let directory: string;
let files = 0;
const recordings: Recorded[] = [];
const pickers: RecordPicker[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'live-'));
  for (const dir of await bundledCaptures()) {
    const records: CaptureRecord[] = [];
    for await (const record of readCapture(dir)) records.push({ ...record, seq: records.length + 1 });
    recordings.push({ name: basename(dirname(dir)), records, coverage: (await openManifest(dir)).coverage });
  }
});
afterAll(async () => {
  for (const picker of pickers) await picker.close();
  await rm(directory, { recursive: true, force: true });
});

function newPath(): string {
  files += 1;
  return join(directory, String(files));
}

/** A closed capture of the first records, always with the same id. */
async function captureOf({ records, coverage }: Recorded, end = records.length): Promise<string> {
  const dir = newPath();
  const clusters = [{ alias: 'c01', name: 'test', version: 'v1.36.2' }];
  const writer = await openCapture(dir, { id, source: { type: 'import' }, clusters, tool: 'test', createdAt });
  for (const record of records.slice(0, end)) await writer.write(record);
  writer.setManifest({ coverage });
  await writer.close();
  return dir;
}

/** Live labels of a capture directory; `now` stands still, so that rows can be compared. */
async function liveOf(dir: string, store: string, more: Partial<LiveOptions> = {}): Promise<LiveLabels> {
  const picker = await openPicker(dir);
  pickers.push(picker);
  const records = newLiveRecords(picker.pick);
  const now = () => Date.parse(createdAt);
  return newLiveLabels({ ...labelling, capture: await openManifest(dir), store: () => openStore(store), records, now, ...more });
}

async function generated(dir: string): Promise<string> {
  const path = `${newPath()}.duckdb`;
  const store = await openStore(path);
  await generate([dir], { ...labelling, store, createdAt });
  await store.close();
  return path;
}

/** All rows as sorted texts, by table; `only` leaves out labels of other types and what hangs on them. */
async function dump(path: string, only?: 'troubleshooting'): Promise<Record<string, string[]>> {
  await (await openStore(path)).close();
  const database = await openDatabase(path, false);
  const connection = await database.connect();
  const labels = `(SELECT id FROM labels WHERE ${only === undefined} OR type = '${only}')`;
  const where: Record<string, string> = {
    labels: `id IN ${labels}`,
    evidence: `label_id IN ${labels}`,
    label_relationships: `source_label_id IN ${labels} AND target_label_id IN ${labels}`,
  };
  const tables: Record<string, string[]> = {};
  for (const table of storeTables) {
    const rows = await connection.run(`SELECT * FROM ${table} WHERE ${where[table] ?? true}`);
    tables[table] = (await rows.getRowObjectsJson()).map((row) => JSON.stringify(row)).sort();
  }
  connection.disconnectSync();
  await database.close();
  return tables;
}

const share = fc.double({ min: 0, max: 1, noNaN: true });
const recording = () => fc.nat(1000).map((number) => recordings[number % recordings.length] as Recorded);
const positions = (shares: number[], length: number) => [...new Set(shares.map((one) => Math.floor(one * length)))].sort((a, b) => a - b);

/** Takes the records from `from` to `to`, with a refresh at each of the moments. */
async function watchPart(live: LiveLabels, records: CaptureRecord[], from: number, to: number, moments: number[]): Promise<void> {
  let taken = from;
  for (const moment of [...moments.filter((one) => one > from && one < to), to]) {
    takeRecords(live, records.slice(taken, moment));
    taken = moment;
    if (moment < to) await refreshLabels(live, livePatience);
  }
}

describe('labels of a recording that goes on', () => {
  it('are at every moment those that generate makes of the recording so far', async () => {
    await fc.assert(
      fc.asyncProperty(recording(), fc.array(share, { minLength: 1, maxLength: 3 }), async (recorded, shares) => {
        const store = `${newPath()}.duckdb`;
        const live = await liveOf(await captureOf(recorded), store);
        let taken = 0;
        for (const moment of positions(shares, recorded.records.length).filter((one) => one > 0)) {
          takeRecords(live, recorded.records.slice(taken, moment));
          taken = moment;
          await refreshLabels(live);
          const expected = await dump(await generated(await captureOf(recorded, moment)), 'troubleshooting');
          expect(await dump(store, 'troubleshooting'), `${recorded.name} ${moment}`).toEqual(expected);
        }
      }),
      { numRuns: 12 },
    );
  });

  it('are in the end the rows of generate, sizing and relationships included', async () => {
    for (const recorded of recordings.filter((_, index) => index % 6 === 0)) {
      const store = `${newPath()}.duckdb`;
      const dir = await captureOf(recorded);
      const live = await liveOf(dir, store);
      const { length } = recorded.records;
      await watchPart(
        live,
        recorded.records,
        0,
        length,
        [0.3, 0.5, 0.6, 0.9].map((one) => Math.floor(one * length)),
      );
      finishRecords(live);
      await refreshLabels(live);
      expect(await dump(store), recorded.name).toEqual(await dump(await generated(dir)));
    }
  });

  it('are the same when the process is killed at any record and another one goes on', async () => {
    await fc.assert(
      fc.asyncProperty(recording(), share, fc.array(share, { maxLength: 3 }), async (recorded, kill, shares) => {
        const { records } = recorded;
        const killed = Math.floor(kill * records.length);
        const moments = positions(shares, records.length);
        const store = `${newPath()}.duckdb`;
        const whole = await captureOf(recorded);
        const first = await liveOf(whole, store);
        await watchPart(first, records, 0, killed, moments);
        // What it took after its last refresh is lost with it.
        const second = await liveOf(whole, store);
        await catchUp(second, readBatches(await captureOf(recorded, killed)), 0);
        const expected = await dump(await generated(await captureOf(recorded, Math.max(1, killed))), 'troubleshooting');
        if (killed > 0) expect(await dump(store, 'troubleshooting')).toEqual(expected);
        await watchPart(second, records, killed, records.length, moments);
        finishRecords(second);
        await refreshLabels(second);
        expect(await dump(store)).toEqual(await dump(await generated(whole)));
      }),
      { numRuns: 5 },
    );
  });
});

const pod = 'cart-7d9f8b6c5-x2x4z';
const crash = (at: number, restarts: number) =>
  workloadPod(at, 'cart', { restarts, state: waiting('CrashLoopBackOff', 'back-off'), lastState: terminated(1, at - 20, at - 5) });
const backOff = (at: number, count: number) =>
  event(at, { kind: 'Pod', name: pod }, 'BackOff', 'Back-off restarting', { count, first: 61 });
const refused = (at: number) => log(at, pod, 'Error: connect ECONNREFUSED 10.0.0.1:5432');
const start = numbered([...healthyWorkload('cart'), tick(30)]);
const fault = [refused(54), crash(60, 1), backOff(61, 1), refused(84), crash(90, 2), backOff(91, 2), refused(124), crash(130, 3)];
const records = numbered([...start, ...fault, tick(135)]);
const withLater = numbered([...records, refused(200), crash(210, 4), ...ticks(215, 300)]);
const synthetic = { name: 'cart', records: withLater, coverage: [] };
const restOf = (some: CaptureRecord[]) => some.slice(records.length);

describe('a label of an incident that goes on', () => {
  it('is new once, updated by later evidence, and says how long it took', async () => {
    let now = 1_000_000;
    const store = `${newPath()}.duckdb`;
    const open = async () => {
      now += 40;
      return openStore(store);
    };
    const live = await liveOf(await captureOf(synthetic), store, { now: () => now, store: open });
    takeRecords(live, start);
    expect(await refreshLabels(live)).toBeUndefined();
    takeRecords(live, records.slice(start.length));
    now += 500;
    const first = await refreshLabels(live);
    expect(first).toMatchObject({ stored: { inserted: 1, updated: 0 }, changes: [{ type: 'new' }], latenciesMs: [540] });
    expect(await refreshLabels(live)).toBeUndefined();
    takeRecords(live, restOf(withLater));
    now += 100;
    const second = await refreshLabels(live);
    expect(second).toMatchObject({ stored: { inserted: 0, updated: 1 }, changes: [{ type: 'updated' }] });
    expect(second?.changes[0]?.label.id).toBe(first?.changes[0]?.label.id);
  });

  it('is not lost while somebody else has the store open', async () => {
    const store = `${newPath()}.duckdb`;
    let locked = true;
    const open = async () => (locked ? Promise.reject(storeError('STORE_LOCKED', 'process 7 has it')) : openStore(store));
    const live = await liveOf(await captureOf(synthetic), store, { store: open });
    takeRecords(live, records);
    await expect(refreshLabels(live)).rejects.toMatchObject({ code: 'STORE_LOCKED' });
    finishRecords(live);
    await expect(refreshLabels(live)).rejects.toMatchObject({ code: 'STORE_LOCKED' });
    locked = false;
    expect(await refreshLabels(live)).toMatchObject({ stored: { inserted: 1 } });
    expect(await refreshLabels(live)).toBeUndefined();
  });

  it('is rejected when the capture does not hold what it cites, and stays as it was when that was pruned', async () => {
    const store = `${newPath()}.duckdb`;
    const nowhere = await liveOf(await captureOf(synthetic), store, { records: newLiveRecords(async () => new Map()) });
    takeRecords(nowhere, records);
    const { records: atHand } = nowhere.options;
    atHand.recent.clear();
    expect(await refreshLabels(nowhere)).toMatchObject({
      stored: { inserted: 0 },
      rejected: [{ problems: expect.arrayContaining([expect.stringContaining('RECORD_MISSING')]) }],
    });

    const live = await liveOf(await captureOf(synthetic), store);
    takeRecords(live, records);
    const first = await refreshLabels(live);
    live.options.records = newLiveRecords(async () => new Map());
    takeRecords(live, restOf(withLater));
    expect(await refreshLabels(live)).toMatchObject({ stored: { removed: 0, unchanged: 1 }, rejected: [] });
    const opened = await openStore(store);
    expect(await opened.count()).toBe(1);
    await opened.close();
    expect(first?.stored.inserted).toBe(1);
  });

  it('finds no more at hand than a bounded number of records, labels and incidents', async () => {
    const store = `${newPath()}.duckdb`;
    const dir = await captureOf(synthetic);
    const all = new Map<number, CaptureRecord>();
    const live = await liveOf(dir, store, {
      records: newLiveRecords(
        async (seqs) =>
          new Map(
            [...seqs].flatMap((seq) => {
              const record = all.get(seq);
              return record === undefined ? [] : [[seq, record]];
            }),
          ),
      ),
    });
    let seq = 0;
    const take = (...some: CaptureRecord[]) => {
      const numberedOn = some.map((record) => ({ ...record, seq: ++seq }));
      for (const record of numberedOn) all.set(record.seq, record);
      takeRecords(live, numberedOn);
    };
    for (let index = 0; index < 500; index += 1) {
      const at = index * 120;
      const name = `job-${index}`;
      take(...healthyWorkload(name).map((record) => ({ ...record, at: tick(at).at })));
      take(workloadPod(at + 10, name, { restarts: 1, state: waiting('CrashLoopBackOff'), lastState: terminated(1, at + 1, at + 9) }));
      take(workloadPod(at + 100, name, { type: 'DELETED' }), tick(at + 110));
      if (index % 100 === 99) await refreshLabels(live, livePatience);
    }
    const { records: atHand } = live.options;
    expect(live.standing.size).toBeLessThan(320);
    expect(Math.max(atHand.cited.size, atHand.recent.size + atHand.before.size)).toBeLessThan(1001);
    expect(live.settled.length + live.findings.length).toBe(0);
  });
});

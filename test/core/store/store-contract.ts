import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventCorrelation, Label, LabelRelationship, StoredEvent } from '../../../src/core/model/label.ts';
import type { LabelStore } from '../../../src/core/store/store.ts';
import { labelId, labelsArbitrary, optimizationLabel, troubleshootingLabel } from '../label-arbitrary.ts';
import { describeMerging } from './merge-contract.ts';
import { describeReviews } from './review-contract.ts';

const createdAt = '2026-03-02T00:00:00.000Z';

/** The promises of `LabelStore`; `open` gives an empty store, `reopen` the same store anew, `dump` all rows of a table in any order. */
export type StoreUnderTest = {
  open(): Promise<LabelStore>;
  reopen(store: LabelStore): Promise<LabelStore>;
  dump(store: LabelStore, table: string): Promise<unknown[]>;
};

/** Declares the tests that every store passes. */
export function describeStore(name: string, under: StoreUnderTest): void {
  describeMerging(name, under);
  describeReviews(name, under);
  describe(name, () => {
    let store: LabelStore;
    beforeEach(async () => {
      store = await under.open();
    });
    afterEach(() => store.close());

    it('gives back exactly the labels that were stored, ordered by id', async () => {
      await fc.assert(
        fc.asyncProperty(labelsArbitrary(), async (labels) => {
          await store.replaceCapture('cap-a', { labels }, createdAt);
          expect(await collect(store.select())).toEqual([...labels].sort(byId));
        }),
        { numRuns: 60 },
      );
    });

    it('gives labels in order also where they do not fit into memory at once', async () => {
      const labels = Array.from({ length: 45 }, (_, n) =>
        troubleshootingLabel(n, { answer: `${n} ${'x'.repeat(512 * 1024)}`, rule_ids: [String(n)] }),
      );
      await store.replaceCapture('cap-a', { labels }, createdAt);
      const found = (await collect(store.select())).map((label) => [label.id, label.rule_ids, label.evidence.length, label.answer.length]);
      expect(found).toEqual([...labels].sort(byId).map((label) => [label.id, label.rule_ids, 1, label.answer.length]));
      const some = await collect(store.select({ incidentId: 'incident-7' }));
      expect(some.map(({ id }) => id)).toEqual([labelId(7)]);
    });

    it('gives the relationships from labels of a capture', async () => {
      const relationship = (n: number, from: string, to: string): LabelRelationship => ({
        id: labelId(100 + n),
        source_label_id: from,
        target_label_id: to,
        relationship_type: 'same_incident',
        metadata: null,
      });
      const [one, two, other] = [troubleshootingLabel(1), troubleshootingLabel(2), troubleshootingLabel(3, { capture_id: 'cap-b' })];
      const own = [relationship(1, one.id, two.id), relationship(2, two.id, one.id)];
      await store.replaceCapture('cap-a', { labels: [one, two], relationships: own }, createdAt);
      await store.replaceCapture('cap-b', { labels: [other], relationships: [relationship(3, other.id, one.id)] }, createdAt);
      expect(await collect(store.captureRelationships('cap-a'))).toEqual([...own].sort((a, b) => (a.id < b.id ? -1 : 1)));
      expect(await collect(store.captureRelationships('cap-c'))).toEqual([]);
    });

    it('keeps decimals, integers beyond 2^53 and NUL characters exactly', async () => {
      const value = { share: 0.85, big: 2n ** 63n, text: '\u0000', none: null };
      const label = troubleshootingLabel(1, { confidence: 0.85, answer: 'a\u0000b', root_cause: '\ufeffx' });
      label.evidence[0]!.value = value;
      await store.replaceCapture('cap-a', { labels: [label] }, createdAt);
      const [found] = await collect(store.select());
      expect(found).toEqual(label);
      expect((await store.info()).quality).toEqual({ min: 0.85, median: 0.85, mean: 0.85, max: 0.85 });
    });

    it('replaces lone surrogates, which no UTF-8 store can hold', async () => {
      await store.replaceCapture('cap-a', { labels: [troubleshootingLabel(1, { answer: 'cut \ud83d' })] }, createdAt);
      expect((await collect(store.select()))[0]?.answer).toBe('cut \ufffd');
    });

    it('stores the same capture twice as the same rows, the time of insertion included', async () => {
      const rows = fullCapture();
      expect(await store.replaceCapture('cap-a', rows, createdAt)).toEqual({ inserted: 3, updated: 0, unchanged: 0, removed: 0 });
      const before = await everything(under, store);
      expect(await store.replaceCapture('cap-a', rows, '2027-01-01T00:00:00.000Z')).toEqual({
        inserted: 0,
        updated: 0,
        unchanged: 3,
        removed: 0,
      });
      expect(await everything(under, store)).toEqual(before);
    });

    it('keeps labels of other types when only one is replaced', async () => {
      await store.replaceCapture('cap-a', { labels: [troubleshootingLabel(1), troubleshootingLabel(2), optimizationLabel(4)] }, createdAt);
      const result = await store.replaceCapture('cap-a', { labels: [troubleshootingLabel(1)], only: 'troubleshooting' }, createdAt);
      expect(result).toEqual({ inserted: 0, updated: 0, unchanged: 1, removed: 1 });
      expect(await store.count({ type: 'resource_optimization' })).toBe(1);
      expect(await store.count()).toBe(2);
    });

    it('updates what changed, removes what is gone with its evidence, and leaves other captures alone', async () => {
      await store.replaceCapture('cap-b', { labels: [troubleshootingLabel(1, { capture_id: 'cap-b' })] }, createdAt);
      await store.replaceCapture('cap-a', fullCapture(), createdAt);
      const changed = troubleshootingLabel(1, { answer: 'another', evidence: [] });
      const result = await store.replaceCapture('cap-a', { labels: [changed, troubleshootingLabel(9)] }, createdAt);
      expect(result).toEqual({ inserted: 1, updated: 1, unchanged: 0, removed: 2 });
      expect(await collect(store.select({ captureId: 'cap-a' }))).toEqual([changed, troubleshootingLabel(9)].sort(byId));
      expect(await store.count({ captureId: 'cap-b' })).toBe(1);
      expect((await store.info()).rows).toEqual({ labels: 3, evidence: 2, label_relationships: 0, events: 0, event_correlations: 0 });
    });

    it('keeps evidence in the order of its label when some of it goes away', async () => {
      const [first] = troubleshootingLabel(1).evidence;
      const evidence = [1, 2, 3, 4].map((seq) => ({ ...first!, id: `e${seq}`, seq }));
      await store.replaceCapture('cap-a', { labels: [troubleshootingLabel(1, { evidence })] }, createdAt);
      const fewer = troubleshootingLabel(1, { evidence: [evidence[3]!, evidence[0]!] });
      await store.replaceCapture('cap-a', { labels: [fewer] }, createdAt);
      expect(await collect(store.select())).toEqual([fewer]);
      expect((await store.info()).rows.evidence).toBe(2);
    });

    it('keeps the trace of a label beside it, replaces it without its label, and drops it with a label that says something else', async () => {
      const trace = [{ id: 'recall', dimension: 'evidence_quality', weight: 0.3, score: 0.5, detail: '1 of 2 \u0000 “statements”' }];
      const label = troubleshootingLabel(1);
      await store.replaceCapture('cap-a', { labels: [{ ...label, quality_checks: trace }, troubleshootingLabel(2)] }, createdAt);
      expect(await collect(store.select({ incidentId: 'incident-1' }))).toEqual([label]);
      expect(await store.qualityChecks(labelId(1))).toEqual(trace);
      expect([await store.qualityChecks(labelId(2)), await store.qualityChecks(labelId(99))]).toEqual([[], []]);

      const better = trace.map((check) => ({ ...check, score: 1 }));
      const unchanged = { inserted: 0, updated: 0, unchanged: 1, removed: 0 };
      expect(await store.mergeCapture('cap-a', { labels: [{ ...label, quality_checks: trace }] }, createdAt)).toEqual(unchanged);
      const rescored = await store.mergeCapture('cap-a', { labels: [{ ...label, quality_checks: better }] }, createdAt);
      expect(rescored).toEqual({ ...unchanged, updated: 1, unchanged: 0 });
      expect(await store.mergeCapture('cap-a', { labels: [label] }, createdAt)).toEqual(unchanged);
      expect(await store.qualityChecks(labelId(1))).toEqual(better);

      await store.mergeCapture('cap-a', { labels: [{ ...label, answer: 'another' }] }, createdAt);
      expect(await store.qualityChecks(labelId(1))).toEqual([]);
    });

    it('keeps what a capture was when its labels were made, until other labels are', async () => {
      const source = { manifest_sha256: 'a'.repeat(64), masked: { 'env-value': 2 } };
      await store.replaceCapture('cap-b', { labels: [], source }, createdAt);
      await store.replaceCapture('cap-a', { ...fullCapture(), source: { ...source, masked: {} } }, createdAt);
      await store.mergeCapture('cap-a', { labels: [] }, createdAt);
      expect(await collect(store.captureSources())).toEqual([
        { captureId: 'cap-a', manifest_sha256: source.manifest_sha256, masked: {} },
        { captureId: 'cap-b', ...source },
      ]);
      await store.replaceCapture('cap-b', { labels: [], source: { ...source, masked: { 'env-value': 3 } } }, createdAt);
      expect((await collect(store.captureSources()))[1]?.masked).toEqual({ 'env-value': 3 });
    });

    it('gives back relationships, events and correlations', async () => {
      const rows = fullCapture();
      await store.replaceCapture('cap-a', rows, createdAt);
      expect(await store.relationships(labelId(1))).toEqual(rows.relationships);
      expect(await store.relationships(labelId(3))).toEqual([]);
      expect(await collect(store.events('cap-a'))).toEqual(rows.events);
      const everyEvent = (await collect(store.allEvents())).sort((a, b) => (a.timestamp < b.timestamp ? -1 : 1));
      expect(everyEvent).toEqual(rows.events.map((event) => ({ ...event, capture_id: 'cap-a' })));
      expect(await collect(store.correlations('cap-a'))).toEqual(rows.correlations);
    });

    it('holds no evidence, relationship or correlation whose ends are missing', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.subarray([1, 2, 3]), { minLength: 1, maxLength: 4 }), async (runs) => {
          for (const kept of runs) await store.replaceCapture('cap-a', fullCapture(kept), createdAt);
          const labels = new Set(idsOf(await under.dump(store, 'labels')));
          const events = new Set(idsOf(await under.dump(store, 'events')));
          for (const row of (await under.dump(store, 'evidence')) as { label_id: string }[]) expect(labels).toContain(row.label_id);
          for (const row of (await under.dump(store, 'label_relationships')) as LabelRelationship[]) {
            expect(labels).toContain(row.source_label_id);
            expect(labels).toContain(row.target_label_id);
          }
          for (const row of (await under.dump(store, 'event_correlations')) as EventCorrelation[]) {
            expect(events).toContain(row.source_event_id);
            expect(events).toContain(row.related_event_id);
          }
        }),
        { numRuns: 25 },
      );
    });

    it('refuses a relationship to a label that is not stored, and stores nothing of that capture', async () => {
      const { relationships } = fullCapture();
      await expect(store.replaceCapture('cap-a', { labels: [troubleshootingLabel(1)], relationships }, createdAt)).rejects.toMatchObject({
        code: 'STORE_INVALID_ROW',
        message: expect.stringContaining('target_label_id'),
      });
      expect(await store.count()).toBe(0);
    });

    it.each([
      ['an id that is no UUID', troubleshootingLabel(1, { id: 'x' }), 'id is "x"'],
      ['a time that is none', troubleshootingLabel(1, { timestamp: 'yesterday' }), 'timestamp is "yesterday"'],
      ['a label of another capture', troubleshootingLabel(1, { capture_id: 'cap-z' }), 'expected cap-a'],
    ])('refuses %s and names it', async (_title, label, message) => {
      const rejected = store.replaceCapture('cap-a', { labels: [label] }, createdAt);
      await expect(rejected).rejects.toMatchObject({ code: 'STORE_INVALID_ROW', exitCode: 5, message: expect.stringContaining(message) });
    });

    it('refuses an id that occurs twice or belongs to another capture', async () => {
      const label = troubleshootingLabel(1);
      const twice = store.replaceCapture('cap-a', { labels: [label, label] }, createdAt);
      await expect(twice).rejects.toMatchObject({ code: 'STORE_INVALID_ROW', message: expect.stringContaining('twice') });
      await store.replaceCapture('cap-a', { labels: [label] }, createdAt);
      const stolen = store.replaceCapture('cap-b', { labels: [{ ...label, capture_id: 'cap-b' }] }, createdAt);
      await expect(stolen).rejects.toMatchObject({
        code: 'STORE_INVALID_ROW',
        message: expect.stringContaining('belongs to capture cap-a'),
      });
    });

    it('keeps the former rows when the source of labels fails half-way', async () => {
      await store.replaceCapture('cap-a', fullCapture(), createdAt);
      const before = await everything(under, store);
      async function* failing() {
        for (let n = 10; n < 1500; n++) yield troubleshootingLabel(n);
        throw new RangeError('the capture is torn');
      }
      await expect(store.replaceCapture('cap-a', { labels: failing() }, createdAt)).rejects.toThrow(new RangeError('the capture is torn'));
      expect(await everything(under, store)).toEqual(before);
    });

    it('lets two captures be replaced at the same time', async () => {
      const labelsOf = (capture: string) => Array.from({ length: 300 }, (_, n) => troubleshootingLabel(n, { capture_id: capture }));
      await Promise.all(['cap-a', 'cap-b', 'cap-a'].map((id) => store.replaceCapture(id, { labels: labelsOf(id) }, createdAt)));
      expect(await store.count()).toBe(600);
    });

    it('selects and counts by every filter', async () => {
      const labels: Label[] = [
        troubleshootingLabel(1, { cluster_id: 'c02', severity: 'low', timestamp: '2026-03-01T09:00:00Z' }),
        troubleshootingLabel(2, { category: 'image', reason: 'ImageNotFound', timestamp: '2026-03-01T10:00:00+02:00' }),
        troubleshootingLabel(3, {
          timestamp: '2026-03-01T11:00:00.000Z',
          quality: { ...troubleshootingLabel().quality, overall_score: 0.5 },
        }),
        optimizationLabel(4),
      ];
      await store.replaceCapture('cap-a', { labels }, createdAt);
      const found = async (filter: Parameters<LabelStore['select']>[0]) => {
        const ids = (await collect(store.select(filter))).map((label) => label.id);
        expect(await store.count(filter)).toBe(ids.length);
        return [1, 2, 3, 4].filter((n) => ids.includes(labelId(n)));
      };
      expect(await found({ type: 'resource_optimization' })).toEqual([4]);
      expect(await found({ id: labelId(3) })).toEqual([3]);
      expect(await found({ cluster: 'c02' })).toEqual([1]);
      expect(await found({ captureId: 'cap-b' })).toEqual([]);
      expect(await found({ incidentId: 'incident-2' })).toEqual([2]);
      expect(await found({ category: 'image' })).toEqual([2]);
      expect(await found({ reason: 'ContainerLimitOom' })).toEqual([1, 3]);
      expect(await found({ severity: 'low' })).toEqual([1]);
      expect(await found({ minQuality: 0.85 })).toEqual([1, 2, 4]);
      expect(await found({ since: '2026-03-01T09:00:00Z' })).toEqual([1, 3, 4]);
      expect(await found({ until: '2026-03-01T09:00:00Z' })).toEqual([2]);
      expect(await found({ cluster: "c01' OR '1'='1" })).toEqual([]);
    });

    it('tells its content', async () => {
      expect(await store.timeRange()).toBeUndefined();
      expect(await store.info()).toMatchObject({ quality: null, captures: [], rows: { labels: 0 } });
      await store.replaceCapture('cap-a', fullCapture(), createdAt);
      expect(await store.timeRange()).toEqual({ oldest: '2026-03-01T10:00:00.000Z', newest: '2026-03-01T10:00:00.000Z' });
      expect(await store.info()).toMatchObject({
        schemaVersion: 4,
        rows: { labels: 3, evidence: 3, label_relationships: 1, events: 2, event_correlations: 1 },
        types: { troubleshooting: 3 },
        clusters: { c01: 3 },
        categories: { memory: 3 },
        reasons: { ContainerLimitOom: 3 },
        severities: { high: 3 },
        toolVersions: { '0.1.0': 3 },
        captures: [{ captureId: 'cap-a', cluster: 'c01', labels: 3 }],
      });
    });

    it('keeps what it holds when it is closed and opened again, and refuses work in between', async () => {
      await store.replaceCapture('cap-a', fullCapture(), createdAt);
      const before = await everything(under, store);
      await store.close();
      await expect(store.count()).rejects.toMatchObject({ code: 'STORE_CLOSED' });
      await expect(collect(store.select())).rejects.toMatchObject({ code: 'STORE_CLOSED' });
      store = await under.reopen(store);
      expect(await everything(under, store)).toEqual(before);
    });

    it('can be left in the middle of a selection', async () => {
      await store.replaceCapture('cap-a', fullCapture(), createdAt);
      for await (const label of store.select()) {
        expect(label.type).toBe('troubleshooting');
        break;
      }
      expect(await store.count()).toBe(3);
    });
  });
}

/** All items of a stream. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Labels of the given numbers with what joins them as far as both ends are there. */
function fullCapture(kept = [1, 2, 3]) {
  const labels = kept.map((n) => troubleshootingLabel(n));
  const both = kept.includes(1) && kept.includes(2);
  const relationships: LabelRelationship[] = [
    { id: labelId(101), source_label_id: labelId(1), target_label_id: labelId(2), relationship_type: 'caused_by', metadata: { hops: 1 } },
  ];
  const events: StoredEvent[] = [1, 2]
    .filter((n) => kept.includes(n))
    .map((n) => ({
      id: labelId(200 + n),
      type: 'container.terminated',
      resource_type: n === 1 ? 'Pod' : 'Node',
      resource_name: `cart-${n}`,
      namespace: n === 1 ? 'shop' : '',
      data: { seq: n, message: '\ufeff=1+1' },
      timestamp: `2026-03-01T09:59:5${n}.123Z`,
      cluster_id: 'c01',
    }));
  const correlations: EventCorrelation[] = [
    { id: labelId(301), source_event_id: labelId(201), related_event_id: labelId(202), correlation_type: 'same_node', confidence: 0.85 },
  ];
  return { labels, relationships: both ? relationships : [], events, correlations: both ? correlations : [] };
}

/** All rows of all tables, as sorted texts. */
export async function everything(under: StoreUnderTest, store: LabelStore): Promise<unknown> {
  const tables = Object.keys((await store.info()).rows);
  const rows = await Promise.all(tables.map((table) => under.dump(store, table)));
  return rows.map((list) => list.map((row) => JSON.stringify(row)).sort());
}

function idsOf(rows: unknown[]): string[] {
  return rows.map((row) => (row as { id: string }).id);
}

function byId(a: Label, b: Label): number {
  return a.id < b.id ? -1 : 1;
}

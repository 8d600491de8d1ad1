import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventCorrelation, LabelRelationship, StoredEvent } from '../../../src/core/model/label.ts';
import type { LabelStore } from '../../../src/core/store/store.ts';
import { labelId, troubleshootingLabel } from '../label-arbitrary.ts';
import { collect, everything, type StoreUnderTest } from './store-contract.ts';

const createdAt = '2026-03-02T00:00:00.000Z';
const later = '2026-03-03T00:00:00.000Z';

/** Label `n` in a version, with two events and what joins them; from 1 on it relates to the label before it. */
function incident(n: number, version = 1) {
  const label = troubleshootingLabel(n, { answer: `version ${version}` });
  const event = (id: number): StoredEvent => ({
    id: labelId(id),
    type: 'event',
    resource_type: 'Pod',
    resource_name: `cart-${n}`,
    namespace: 'shop',
    data: { seq: id, count: version },
    timestamp: '2026-03-01T09:59:51.123Z',
    cluster_id: 'c01',
  });
  const events = [event(100 + 10 * n), event(101 + 10 * n)];
  const correlations: EventCorrelation[] = [
    {
      id: labelId(200 + n),
      source_event_id: events[0]!.id,
      related_event_id: events[1]!.id,
      correlation_type: 'evidence',
      confidence: 0.9,
    },
  ];
  const relationships: LabelRelationship[] = [
    { id: labelId(300 + n), source_label_id: label.id, target_label_id: labelId(n - 1), relationship_type: 'recurrence', metadata: null },
  ].slice(n < 1 ? 1 : 0);
  return { labels: [label], events, correlations, relationships };
}

function together(...parts: ReturnType<typeof incident>[]) {
  return {
    labels: parts.flatMap(({ labels }) => labels),
    events: parts.flatMap(({ events }) => events),
    correlations: parts.flatMap(({ correlations }) => correlations),
    relationships: parts.flatMap(({ relationships }) => relationships),
  };
}

const idsOf = ({ labels, events }: ReturnType<typeof incident>) => [...labels, ...events].map(({ id }) => id);

/** What a store promises of `mergeCapture`. */
export function describeMerging(name: string, under: StoreUnderTest): void {
  describe(`${name}, when some rows of a capture change`, () => {
    let store: LabelStore;
    beforeEach(async () => {
      store = await under.open();
    });
    afterEach(() => store.close());

    it('inserts and updates the given rows, removes the named ones, and leaves the others and their time of insertion alone', async () => {
      await store.replaceCapture('cap-a', together(incident(0), incident(1), incident(2)), createdAt);
      const untouched = (await under.dump(store, 'labels')).find((row) => (row as { id: string }).id === labelId(0));
      const change = { ...together(incident(1, 2), incident(3)), relationships: [], remove: idsOf(incident(2)) };
      expect(await store.mergeCapture('cap-a', change, later)).toEqual({ inserted: 1, updated: 1, unchanged: 0, removed: 1 });
      const answers = new Map((await collect(store.select())).map(({ id, answer }) => [id, answer]));
      expect(answers).toEqual(
        new Map([
          [labelId(0), 'version 1'],
          [labelId(1), 'version 2'],
          [labelId(3), 'version 1'],
        ]),
      );
      const rows = (await under.dump(store, 'labels')) as { id: string; created_at: string }[];
      expect(rows.find(({ id }) => id === labelId(0))).toEqual(untouched);
      expect(rows.find(({ id }) => id === labelId(1))?.created_at).toContain('2026-03-02');
      expect(rows.find(({ id }) => id === labelId(3))?.created_at).toContain('2026-03-03');
    });

    it('ends with the rows that replacing the whole capture would give, whatever the order of the changes', async () => {
      const step = fc.record({ n: fc.nat(3), version: fc.integer({ min: 0, max: 3 }) });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
          const merged = await under.open();
          const now = new Map<number, number>();
          for (const { n, version } of steps) {
            const alone = { ...incident(n, version), relationships: [] };
            if (version === 0) await merged.mergeCapture('cap-a', { labels: [], remove: idsOf(incident(n)) }, createdAt);
            else await merged.mergeCapture('cap-a', alone, createdAt);
            if (version === 0) now.delete(n);
            else now.set(n, version);
          }
          const dumped = await everything(under, merged);
          await merged.close();
          const whole = await under.open();
          const parts = [...now].map(([n, version]) => incident(n, version));
          await whole.replaceCapture('cap-a', { ...together(...parts), relationships: [] }, createdAt);
          expect(dumped).toEqual(await everything(under, whole));
          await whole.close();
        }),
        { numRuns: 8 },
      );
    });

    it('replaces the relationships of a given label and the correlations of a given event', async () => {
      await store.replaceCapture('cap-a', together(incident(0), incident(1)), createdAt);
      await store.mergeCapture('cap-a', { ...incident(1), relationships: [], correlations: [] }, later);
      expect((await store.info()).rows).toMatchObject({ labels: 2, label_relationships: 0, events: 4, event_correlations: 1 });
    });

    it('takes what hangs on a removed label or event with it', async () => {
      await store.replaceCapture('cap-a', together(incident(0), incident(1)), createdAt);
      await store.mergeCapture('cap-a', { labels: [], remove: idsOf(incident(0)) }, later);
      const rows = { labels: 1, evidence: 1, label_relationships: 0, events: 2, event_correlations: 1 };
      expect((await store.info()).rows).toEqual(rows);
    });

    it('does nothing for ids that it does not hold, and never touches another capture', async () => {
      const others = troubleshootingLabel(1, { id: labelId(1), capture_id: 'cap-b' });
      await store.replaceCapture('cap-b', { labels: [others] }, createdAt);
      const result = await store.mergeCapture('cap-a', { labels: [], remove: [labelId(1), labelId(99)] }, later);
      expect(result).toEqual({ inserted: 0, updated: 0, unchanged: 0, removed: 0 });
      expect(await collect(store.select())).toEqual([others]);
      await expect(store.mergeCapture('cap-a', { labels: [troubleshootingLabel(1)] }, later)).rejects.toMatchObject({
        code: 'STORE_INVALID_ROW',
        message: expect.stringContaining('belongs to capture cap-b'),
      });
    });

    it('stores nothing of a change of which one row does not fit', async () => {
      await store.replaceCapture('cap-a', together(incident(0), incident(1)), createdAt);
      const before = await everything(under, store);
      const orphan = { ...incident(3), remove: idsOf(incident(0)) };
      await expect(store.mergeCapture('cap-a', orphan, later)).rejects.toMatchObject({ code: 'STORE_INVALID_ROW' });
      await expect(store.mergeCapture('cap-a', { labels: [], remove: ['x'] }, later)).rejects.toMatchObject({ code: 'STORE_INVALID_ROW' });
      expect(await everything(under, store)).toEqual(before);
    });
  });
}

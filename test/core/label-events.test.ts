import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { indexLabel, newIndex, withEvents } from '../../src/core/label-events.ts';
import { stableId } from '../../src/core/labels/provenance.ts';
import type { Label, StoredEvent } from '../../src/core/model/label.ts';
import { labelId, troubleshootingLabel } from './label-arbitrary.ts';

async function* stream<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

/** A label of an incident that its capture knows by a key. */
function labelOf(id: string, capture: string, key: string): Label {
  return { ...troubleshootingLabel(1), id, capture_id: capture, incident_id: stableId(capture, 'incident', key) };
}

function eventOf(n: number, capture: string, key: string, second: number): StoredEvent & { capture_id: string } {
  const at = { timestamp: new Date(Date.UTC(2026, 2, 1) + second * 1000).toISOString(), cluster_id: 'c01', capture_id: capture };
  return { id: labelId(n), type: 'event', resource_type: 'Pod', resource_name: 'cart', namespace: 'shop', data: { incident: key }, ...at };
}

describe('labels with their events', () => {
  it('have those of their incident by time, whatever the order and the captures; others are left out', async () => {
    const facts = fc.array(
      fc.record({ capture: fc.constantFrom('cap-a', 'cap-b'), key: fc.constantFrom('i', 'j', 'none'), second: fc.nat(5) }),
      { maxLength: 40 },
    ); // prettier-ignore
    await fc.assert(
      fc.asyncProperty(facts, async (all) => {
        const events = all.map(({ capture, key, second }, n) => eventOf(n, capture, key, second));
        const places = ['cap-a', 'cap-b'].flatMap((capture) => ['i', 'j'].map((key) => ({ capture, key })));
        const twice = [...places, ...places];
        const labels = twice.map(({ capture, key }, n) => labelOf(labelId(n), capture, key)).sort((a, b) => (a.id < b.id ? -1 : 1));
        const index = newIndex();
        for (const label of labels) indexLabel(index, label);
        const seen: string[] = [];
        for await (const { label, events: own } of withEvents(stream(labels), stream(events), index)) {
          seen.push(label.id);
          const wanted = events.filter(
            ({ capture_id: capture, data }) => stableId(capture, 'incident', String(data.incident)) === label.incident_id,
          );
          expect(own.map(({ id }) => id).sort()).toEqual(wanted.map(({ id }) => id).sort());
          const times = own.map(({ timestamp }) => timestamp);
          expect(times).toEqual([...times].sort());
        }
        expect(seen).toEqual(labels.map(({ id }) => id));
      }),
    );
  });

  it('keep their events when there are more labels than are held at once', async () => {
    const count = 2500;
    const ids = Array.from({ length: count }, (_, n) => n);
    const labels = ids.map((n) => labelOf(labelId(n), 'cap-a', `key-${n}`)).sort((a, b) => (a.id < b.id ? -1 : 1));
    const events = ids.flatMap((n) => [eventOf(n, 'cap-a', `key-${n}`, 2), eventOf(count + n, 'cap-a', `key-${n}`, 1)]);
    const index = newIndex();
    for (const label of labels) indexLabel(index, label);
    let whole = 0;
    for await (const { events: own } of withEvents(stream(labels), stream(events), index)) {
      if (own.length === 2 && (own[0]?.timestamp ?? '') < (own[1]?.timestamp ?? '')) whole += 1;
    }
    expect(whole).toBe(count);
  });
});

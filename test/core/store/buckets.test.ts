import fc from 'fast-check';
import { expect, it } from 'vitest';
import { orderedRows, type PartRow } from '../../../src/core/store/buckets.ts';
import { labelId } from '../label-arbitrary.ts';

async function* stream(rows: PartRow[]) {
  yield* rows;
}

const ids = Array.from({ length: 40 }, (_, n) => labelId(n)).sort();
const row = fc.record({
  id: fc.constantFrom(...ids),
  part: fc.nat({ max: 50 }),
  texts: fc.array(fc.string({ unit: 'binary' }), { maxLength: 4 }),
});
const rows = fc.uniqueArray(row, { selector: ({ id, part }) => `${id} ${part}`, maxLength: 60 });

async function ordered(some: PartRow[], bounds: string[]): Promise<PartRow[]> {
  const found: PartRow[] = [];
  for await (const one of orderedRows(stream(some), bounds)) found.push(one);
  return found;
}

it('rows come in the order of their id and part, whatever the shares are', async () => {
  await fc.assert(
    fc.asyncProperty(rows, fc.uniqueArray(fc.constantFrom(...ids), { maxLength: 8 }), async (some, cuts) => {
      const bounds = [...new Set([...cuts, ids.at(-1) as string])].sort();
      const expected = [...some].sort((a, b) => (a.id === b.id ? a.part - b.part : a.id < b.id ? -1 : 1));
      expect(await ordered(some, bounds)).toEqual(expected);
    }),
  );
});

it('rows that are larger than what waits in memory come back whole', async () => {
  const some = ids.flatMap((id) => [1, 0].map((part) => ({ id, part, texts: ['\ufeff'.repeat(90_000), '', `${id}\0`] })));
  expect(await ordered(some, [ids[10] as string, ids[39] as string])).toEqual(
    [...some].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : a.part - b.part)),
  );
});

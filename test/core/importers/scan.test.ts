import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mergeByTime } from '../../../src/core/importers/merge.ts';
import { documentSpans, readLines } from '../../../src/core/importers/scan.ts';
import type { RecordDraft } from '../../../src/core/model/capture.ts';
import { compareVersions } from '../../../src/core/model/versions.ts';
import { folder } from './folder.ts';

const json = fc.jsonValue().filter((value) => typeof value === 'object' && value !== null);

it('finds every JSON document, however documents are printed and separated', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(json, fc.constantFrom(0, 2), fc.constantFrom('\n', '', ' \r\n\n'))), (documents) => {
      const text = documents.map(([value, indent, after]) => JSON.stringify(value, null, indent) + after).join('');
      const path = join(folder({ f: text }), 'f');
      const bytes = readFileSync(path);
      const found = [...documentSpans(path)].map(({ start, end }) => bytes.subarray(start, end).toString('utf8'));
      expect(found.map((document) => JSON.parse(document))).toEqual(documents.map(([value]) => JSON.parse(JSON.stringify(value))));
    }),
    { numRuns: 60 },
  );
});

it('splits lines the same for every chunk size', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', 'é', '\n', '\r', '🙂'), maxLength: 40 }),
      fc.integer({ min: 1, max: 9 }),
      (text, chunkBytes) => {
        const path = join(folder({ f: text }), 'f');
        const lines = [...readLines(path, 0, Number.POSITIVE_INFINITY, chunkBytes)];
        const expected = text.split('\n');
        if (expected.at(-1) === '') expected.pop();
        expect(lines.map(({ bytes }) => bytes.toString('utf8'))).toEqual(expected);
        const whole = readFileSync(path);
        expect(lines.map(({ start, end }) => whole.subarray(start, end).toString('utf8'))).toEqual(expected);
      },
    ),
    { numRuns: 100 },
  );
});

it('merges sources by time and keeps the order of sources at the same moment', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.integer({ min: 0, max: 9 }))), (times) => {
      const sources = times.map((list, source) =>
        [...list].sort().map((ms, n) => ({ ms, draft: { at: `${ms} ${source} ${n}` } as RecordDraft })),
      );
      const merged = [...mergeByTime(sources)].map(({ at }) => at.split(' ').map(Number));
      const sorted = sources
        .flat()
        .map(({ draft }) => draft.at.split(' ').map(Number))
        .sort((a, b) => a[0]! - b[0]! || a[1]! - b[1]! || a[2]! - b[2]!);
      expect(merged).toEqual(sorted);
    }),
  );
});

it('compares resourceVersions as integers of any length', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 70n }), fc.bigInt({ min: 0n, max: 2n ** 70n }), (a, b) => {
      expect(Math.sign(compareVersions(String(a), String(b)))).toBe(a < b ? -1 : a > b ? 1 : 0);
    }),
  );
});

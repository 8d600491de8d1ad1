import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Line, readLines } from '../../../src/core/cluster/lines.ts';

async function* chunked(bytes: Buffer, cuts: number[]): AsyncGenerator<Buffer> {
  const places = [...new Set(cuts.map((cut) => (bytes.length === 0 ? 0 : cut % bytes.length)))].sort((a, b) => a - b);
  let start = 0;
  for (const place of [...places, bytes.length]) {
    yield bytes.subarray(start, place);
    start = place;
  }
}

async function read(body: AsyncIterable<Buffer>, maxBytes: number): Promise<{ lines: Line[]; torn: number }> {
  const lines: Line[] = [];
  const reading = readLines(body, maxBytes);
  for (;;) {
    const next = await reading.next();
    if (next.done === true) return { lines, torn: next.value };
    lines.push(...next.value);
  }
}

describe('the lines of a body', () => {
  it('end at the byte 0x0A and nothing else, wherever the body is cut', async () => {
    const text = fc.string({ unit: fc.constantFrom('a', '\r', '\u2028', 'é', '漢', '🚀', '"', '\u0000'), maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 6 }), text, fc.array(fc.nat(), { maxLength: 8 }), async (whole, tail, cuts) => {
        const bytes = Buffer.from([...whole.map((line) => `${line}\n`), tail].join(''));
        const { lines, torn } = await read(chunked(bytes, cuts), 1000);
        expect(lines.map((line) => ('bytes' in line ? line.bytes.toString() : 'oversize'))).toEqual(whole);
        expect(torn).toBe(Buffer.byteLength(tail));
      }),
    );
  });

  it('that are too long keep their size and beginning, not their bytes; the next line is whole', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 101, max: 9000 }), fc.array(fc.nat(), { maxLength: 8 }), async (length, cuts) => {
        const { lines } = await read(chunked(Buffer.from(`${'x'.repeat(length)}\nnext\n`), cuts), 100);
        expect(lines).toHaveLength(2);
        expect(lines[0]).toMatchObject({ oversizeBytes: length });
        expect('head' in (lines[0] as Line) ? (lines[0] as { head: Buffer }).head.length : 0).toBe(Math.min(length, 4096));
        expect(lines[1]).toEqual({ bytes: Buffer.from('next') });
      }),
    );
  });
});

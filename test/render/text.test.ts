import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cell, clip, counted, textWidth, utc, widthOf, wrap } from '../../src/render/text.ts';
import { text } from '../core/label-arbitrary.ts';

const width = fc.integer({ min: 8, max: 120 });
const control = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u;

describe('text for a terminal', () => {
  it('counts columns as terminals do', () => {
    expect(['cart', '日本', 'e\u0301', '👩‍🚀', '…', ''].map(textWidth)).toEqual([4, 4, 1, 2, 1, 0]);
  });

  it('that is clipped is one safe line that fits', () => {
    fc.assert(
      fc.property(text, width, (any, columns) => {
        const line = clip(any, columns);
        expect(textWidth(line)).toBeLessThanOrEqual(columns);
        expect(line).not.toMatch(control);
      }),
    );
  });

  it('in a cell takes exactly its width', () => {
    fc.assert(
      fc.property(text, width, (any, columns) => {
        expect(textWidth(cell(any, columns))).toBe(columns);
      }),
    );
  });

  it('that is wrapped fits line by line, is safe, and loses nothing but blanks', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 8 }), width, (words, columns) => {
        const lines = wrap(words.join(' '), columns);
        for (const line of lines) {
          expect(textWidth(line)).toBeLessThanOrEqual(columns);
          expect(line).not.toMatch(control);
        }
        const blanks = /\s/g;
        expect(lines.join('').replace(blanks, '')).toBe(wrap(words.join(' '), 100_000).join('').replace(blanks, ''));
      }),
    );
  });

  it('ends in … only where something was cut', () => {
    expect(clip('OOMKilled', 9)).toBe('OOMKilled');
    expect(clip('OOMKilled', 8)).toBe('OOMKill…');
    expect(clip('two words', 5)).toBe('two…');
    expect(clip('日本語', 4)).toBe('日…');
  });

  it('counts, tells the time in UTC, and takes 100 columns where there is no terminal', () => {
    expect([counted(1, 'label'), counted(1204, 'label'), counted(2, 'entry', 'entries')]).toEqual(['1 label', '1,204 labels', '2 entries']);
    expect(utc('2026-03-01T12:00:00+02:00')).toBe('2026-03-01 10:00:00');
    expect(utc('no time\u001b[2J')).toBe('no time\\x1b[2J');
    expect([widthOf({}), widthOf({ columns: 140 }), widthOf({ columns: 3 })]).toEqual([100, 140, 40]);
  });
});

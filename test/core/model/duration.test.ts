import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDuration } from '../../../src/core/model/duration.ts';

describe('a duration', () => {
  it.each([
    ['90s', 90],
    ['10m', 600],
    ['1h30m', 5400],
    ['1.5h', 5400],
    ['250ms', 0.25],
    ['7d', 604_800],
    ['2w', 1_209_600],
    ['1m500ms', 60.5],
  ])('%s is %d seconds', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  it.each(['', '10', 'm', '10 m', '-1m', '1m1h', '1m1m', '1M', '1e3s', `${'9'.repeat(400)}s`])('%j is none', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it('of whole hours, minutes and seconds is their sum', () => {
    const part = fc.nat(10_000);
    fc.assert(fc.property(part, part, part, (h, m, s) => parseDuration(`${h}h${m}m${s}s`) === h * 3600 + m * 60 + s));
  });
});

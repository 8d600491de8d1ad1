import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readableLine, withoutQuotedTimes } from '../../../src/core/model/log-line.ts';

describe('a log line', () => {
  it.each([
    ['2026-11-23 21:39:44.700 GMT [1] FATAL: no room', 'FATAL: no room'],
    ['2026-11-23T21:39:44.700Z ERROR no room', 'ERROR no room'],
    ['2026/11/23 21:39:44 no room', 'no room'],
    ['[2026-11-23 21:39:44,123] WARN no room', 'WARN no room'],
    ['2026-11-23 21:39:44 INIT no room', 'INIT no room'],
    ['E1123 21:39:44.700123       1 main.go:12] no room', 'main.go:12] no room'],
    ['{"time":"2026-11-23T20:57:40Z","level":"ERROR","msg":"list failed","error":"403"}', 'ERROR list failed: 403'],
    ['{"a":1}', '{"a":1}'],
    ['{not json}', '{not json}'],
    ['no room at 2026-11-23 21:39:44', 'no room at 2026-11-23 21:39:44'],
    ['2026-11-23T21:39:44Z', '2026-11-23T21:39:44Z'],
  ])('%s reads %s', (line, expected) => {
    expect(readableLine(line)).toBe(expected);
  });

  it('that is quoted loses its timestamp, and the rest of the text stays', () => {
    const text = 'Container db logs "2026-11-23 21:45:13.701 GMT [1] FATAL: file "/a" is bad" since 2026-11-23T21:00:00Z.';
    expect(withoutQuotedTimes(text)).toBe('Container db logs "FATAL: file "/a" is bad" since 2026-11-23T21:00:00Z.');
  });

  it('without a time in it stays as it is', () => {
    fc.assert(
      fc.property(fc.string(), (line) => {
        fc.pre(!line.includes(':') && !line.trim().startsWith('{'));
        expect(readableLine(line)).toBe(line);
        expect(withoutQuotedTimes(line)).toBe(line);
      }),
    );
  });
});

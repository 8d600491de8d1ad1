import { describe, expect, it } from 'vitest';
import { splitCriStamp, textStamp } from '../../../src/core/importers/stamps.ts';

const reference = Date.parse('2026-03-01T12:00:00Z');
const found = (line: string) => {
  const stamp = textStamp(line, reference);
  return stamp === undefined ? 'none' : `${new Date(stamp.ms).toISOString()}${stamp.zoned ? '' : ' assumed'}`;
};

describe('the time at the head of a log line', () => {
  it.each([
    ['2025-05-29 10:14:26,367 - DEBUG - x', '2025-05-29T10:14:26.367Z assumed'],
    ['2025/05/29 10:14:26 [notice] 1#1: start', '2025-05-29T10:14:26.000Z assumed'],
    ['[2025-05-29 10:14:26 +0200] [1] [INFO] Booting', '2025-05-29T08:14:26.000Z'],
    ['INFO 2025-05-29T10:14:26.5Z ready', '2025-05-29T10:14:26.500Z'],
    ['time="2018-03-27T06:36:28Z" level=fatal', '2018-03-27T06:36:28.000Z'],
    ['ts=2025-06-12T08:41:58.714Z caller=main.go', '2025-06-12T08:41:58.714Z'],
    ['{"level":"info","ts":1591166666.25,"msg":"x"}', '2020-06-03T06:44:26.250Z'],
    ['{"time":1591166666250}', '2020-06-03T06:44:26.250Z'],
    ['10.0.0.1 - - [12/Jun/2025:08:41:58 +0000] "GET / HTTP/1.1" 200', '2025-06-12T08:41:58.000Z'],
    ['I0228 10:14:26.367123       1 main.go:10] x', '2026-02-28T10:14:26.367Z assumed'],
    ['E1231 23:59:59.000000       1 main.go:10] last year', '2025-12-31T23:59:59.000Z assumed'],
    ['certificate expired on 2020-01-01T00:00:00Z', 'none'],
    ['2025-13-45 10:14:26 no such day', 'none'],
    ['no time at all', 'none'],
  ])('%s', (line, expected) => {
    expect(found(line)).toBe(expected);
  });

  it('reads klog only where the year can be known', () => {
    expect(textStamp('I0228 10:14:26.367123 1 main.go:10] x')).toBeUndefined();
  });
});

describe('the kubelet timestamp', () => {
  it('is taken off exactly, with one space', () => {
    expect(splitCriStamp('2026-03-01T10:00:00.123456789Z   indented')).toEqual({
      timestamp: '2026-03-01T10:00:00.123456789Z',
      ms: Date.parse('2026-03-01T10:00:00.123Z'),
      message: '  indented',
    });
  });

  it('may stand alone before an empty line', () => {
    expect(splitCriStamp('2026-03-01T10:00:00Z')?.message).toBe('');
    expect(splitCriStamp('2026-03-01T10:00:00Zx')).toBeUndefined();
  });
});

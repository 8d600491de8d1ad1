import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detectLevel, isErrorLevel, type LogLevel } from '../../../../src/core/analysis/logs/level.ts';

type Labelled = { format: string; level: LogLevel; message: string };

const set = readFileSync(new URL('levels.ndjson', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Labelled);

const detected = set.map((item) => ({ ...item, found: detectLevel(item.message).level }));

describe('log level detection on the labelled set', () => {
  it('has at least 300 lines in at least 16 formats', () => {
    expect(set.length).toBeGreaterThanOrEqual(300);
    expect(new Set(set.map(({ format }) => format)).size).toBeGreaterThanOrEqual(16);
  });

  it('finds the error class with precision of at least 0.98 and F1 of at least 0.95', () => {
    const called = detected.filter(({ found }) => isErrorLevel(found));
    const right = called.filter(({ level }) => isErrorLevel(level)).length;
    const precision = right / called.length;
    const recall = right / detected.filter(({ level }) => isErrorLevel(level)).length;
    expect(precision).toBeGreaterThanOrEqual(0.98);
    expect((2 * precision * recall) / (precision + recall)).toBeGreaterThanOrEqual(0.95);
  });

  it('names the exact level of at least 95 % of the lines', () => {
    const wrong = detected.filter(({ level, found }) => level !== found);
    expect(wrong.length / detected.length, JSON.stringify(wrong.slice(0, 40), undefined, 1)).toBeLessThanOrEqual(0.05);
  });
});

describe('log level detection', () => {
  it('says where it read the level', () => {
    expect(detectLevel('{"level":"error"}')).toMatchObject({ source: 'json' });
    expect(detectLevel('E0101 10:00:00.123456       1 reflector.go:150] x')).toMatchObject({ source: 'klog', level: 'error' });
    expect(detectLevel('level=error msg=x')).toMatchObject({ source: 'logfmt' });
    expect(detectLevel('anything')).toEqual({ level: 'unknown', source: 'none', confidence: 0 });
  });

  it('reads through CRI prefixes and terminal colours', () => {
    expect(detectLevel('2026-01-01T10:00:00.123456789Z stderr F \u001b[31mERROR\u001b[0m: no rules').level).toBe('error');
    expect(detectLevel('2026-01-01T10:00:00.123456789Z stderr F all fine').level).toBe('unknown');
  });

  it('never throws, whatever the text', () => {
    const pieces = fc.constantFrom(
      '{"level":',
      '50',
      '"error"',
      '}',
      '[',
      'ERROR',
      ': ',
      'level=',
      ' ',
      '\u001b[0m',
      'E0101',
      '\n',
      '<11>',
      '=',
      '\\',
      '"',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ maxLength: 300, unit: 'binary' }),
          fc.array(pieces, { maxLength: 60 }).map((parts) => parts.join('')),
        ),
        (text) => {
          expect(typeof detectLevel(text).level).toBe('string');
        },
      ),
    );
  });
});

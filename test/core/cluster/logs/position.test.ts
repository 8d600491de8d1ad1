import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readLines } from '../../../../src/core/cluster/lines.ts';
import { comparableTime, lineOf } from '../../../../src/core/cluster/logs/line.ts';
import {
  isRepeated,
  newPosition,
  overlapOf,
  type Position,
  positionAfter,
  release,
  sinceTimeOf,
} from '../../../../src/core/cluster/logs/position.ts';

/** What a kubelet holds: lines with times (ns since 12:00:00) in file order. `log` serves those since a whole second, cut off anywhere. */
function served(lines: [nanos: number, text: string][], sinceTime: string | undefined): Buffer {
  const stamped = lines.map(([nanos, text]) => ({ time: stampOf(nanos), text }));
  const kept = stamped.filter(({ time }) => sinceTime === undefined || time.slice(0, 19) >= sinceTime.slice(0, 19));
  return Buffer.from(kept.map(({ time, text }) => `${time} ${text}\n`).join(''));
}

function stampOf(nanos: number): string {
  const seconds = Math.floor(nanos / 1e9);
  return `2026-01-31T12:00:${String(seconds).padStart(2, '0')}.${String(nanos % 1e9).padStart(9, '0')}Z`;
}

async function read(position: Position, bytes: Buffer): Promise<string[]> {
  const overlap = overlapOf(position);
  const found: string[] = [];
  for await (const lines of readLines(chunk(bytes), 1024)) {
    for (const line of lines) {
      if (!('bytes' in line)) continue;
      const split = lineOf(line.bytes);
      if (!isRepeated(position, overlap, split)) found.push(`${split.timestamp} ${split.message}`);
    }
  }
  return found;
}

async function* chunk(bytes: Buffer): AsyncGenerator<Buffer> {
  if (bytes.length > 0) yield bytes;
}

/** Few moments and few texts, so that whole lines repeat; lines of stdout and stderr may swap within a second and at its border. */
const logs = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.constantFrom(0, 1, 999_999_999), fc.constantFrom('x', 'y', '\r', 'ü', '')), {
    maxLength: 40,
  })
  .map((lines) =>
    lines
      .map(([second, nanos, text]): [number, string] => [second * 1e9 + nanos, text])
      .toSorted(([a], [b]) => Math.floor((a + 5e7) / 1e9) - Math.floor((b + 5e7) / 1e9)),
  );

const texts = (log: [number, string][]) => log.map(([nanos, text]) => `${stampOf(nanos)} ${text}`);

describe('a log that is cut off anywhere and resumed', () => {
  it('gives every line once, however often it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        logs,
        fc.array(fc.nat(400), { maxLength: 6 }),
        fc.array(fc.boolean(), { maxLength: 6 }),
        async (log, cuts, holds) => {
          const position = newPosition();
          const found: string[] = [];
          for (const [index, cut] of cuts.entries()) {
            found.push(...(await read(position, served(log, sinceTimeOf(position)).subarray(0, cut))));
            position.held = holds[index] ?? false;
          }
          release(position);
          found.push(...(await read(position, served(log, sinceTimeOf(position)))));
          expect(found).toEqual(texts(log));
        },
      ),
    );
  });

  it('gives every line once after the recorder was restarted, as long as times do not run backwards', async () => {
    await fc.assert(
      fc.asyncProperty(logs, fc.nat(400), async (unordered, cut) => {
        const log = unordered.toSorted(([a], [b]) => a - b);
        const first = newPosition();
        const found = await read(first, served(log, undefined).subarray(0, cut));
        const last = found.at(-1)?.slice(0, 30) ?? '';
        const lastLines = found.filter((line) => line.startsWith(last)).map((line) => line.slice(31));
        const second = last === '' ? newPosition() : positionAfter(last, lastLines);
        found.push(...(await read(second, served(log, sinceTimeOf(second)))));
        expect(found).toEqual(texts(log));
      }),
    );
  });

  it('gives every line once where a second has more lines than are remembered', async () => {
    const log = Array.from({ length: 9000 }, (_, index): [number, string] => [1e9 + Math.floor(index / 3) * 1000, `line ${index % 2}`]);
    const position = newPosition();
    const all = served(log, undefined);
    const found = await read(position, all.subarray(0, all.length - 20_000));
    expect(position.seen.length).toBeLessThanOrEqual(4096);
    found.push(...(await read(position, served(log, sinceTimeOf(position)))));
    expect(found).toEqual(texts(log));
  });

  it('goes on from where it was held, so that the end of an instance can be read after the beginning of the next', async () => {
    const old: [number, string][] = [
      [1e9, 'a'],
      [2e9, 'b'],
      [3e9, 'last words'],
    ];
    const next: [number, string][] = [
      [9e9, 'started'],
      [10.5e9, 'running'],
    ];
    const position = newPosition();
    await read(position, served(old.slice(0, 2), undefined));
    position.held = true;
    expect(await read(position, served(next, sinceTimeOf(position)))).toHaveLength(2);
    expect(await read(position, served(old, sinceTimeOf(position)))).toEqual([`${stampOf(3e9)} last words`]);
    release(position);
    expect(sinceTimeOf(position)).toBe('2026-01-31T12:00:10Z');
    expect(await read(position, served(next, sinceTimeOf(position)))).toEqual([]);
  });
});

describe('a line', () => {
  it('keeps a carriage return, and has U+FFFD where it is no UTF-8', () => {
    const bytes = Buffer.concat([Buffer.from('2026-01-31T12:00:00.000000001Z 10%\r20% '), Buffer.from([0xc3, 0x28]), Buffer.from('\r')]);
    expect(lineOf(bytes)).toEqual({ timestamp: '2026-01-31T12:00:00.000000001Z', message: '10%\r20% \ufffd(\r' });
  });

  it.each([
    '',
    'failed to watch file: too many open files',
    '2026-01-31 12:00:00 hello',
    'unable to retrieve container logs for containerd://ab',
  ])('without a timestamp is a message: "%s"', (text) => {
    expect(lineOf(Buffer.from(text))).toEqual({ timestamp: '', message: text });
  });

  it('may be empty', () => {
    const timestamp = '2026-01-31T12:00:00.284118836+02:00';
    expect(lineOf(Buffer.from(`${timestamp} `))).toEqual({ timestamp, message: '' });
    expect(lineOf(Buffer.from(timestamp))).toEqual({ timestamp, message: '' });
  });

  it('may bear the time of the zone of its node', () => {
    expect(comparableTime('2026-01-31T01:30:00.5+02:00')).toBe('2026-01-30T23:30:00.500000000');
    expect(comparableTime('2026-01-31T12:00:00Z')).toBe('2026-01-31T12:00:00.000000000');
    expect(comparableTime('2026-99-99T99:00:00+01:00')).toBeUndefined();
    expect(comparableTime('2026-00-31T12:00:60Z')).toBeUndefined();
    expect(comparableTime('')).toBeUndefined();
  });

  it('of the kubelet itself is not repeated each time the log is opened', async () => {
    const position = newPosition();
    const bytes = Buffer.from(`${stampOf(1e9)} a\nfailed to watch file\n`);
    expect(await read(position, bytes)).toHaveLength(2);
    expect(await read(position, bytes)).toEqual([]);
  });

  it('that is older because the clock of its node was set back is kept', async () => {
    const position = newPosition();
    const before: [number, string][] = [
      [50.5e9, 'a'],
      [51.5e9, 'b'],
    ];
    await read(position, served(before, undefined));
    const after: [number, string][] = [
      [51.5e9, 'b'],
      [52e9, 'c'],
      [10e9, 'd'],
    ];
    expect(await read(position, served(after, undefined))).toEqual([`${stampOf(52e9)} c`, `${stampOf(10e9)} d`]);
  });
});

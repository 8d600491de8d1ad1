import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detectLevel } from '../../../../src/core/analysis/logs/level.ts';
import { matchAll, matchSignature, signatureIds, signatures, windowLimit } from '../../../../src/core/analysis/logs/signatures.ts';
import { negatives, positives } from './signature-lines.ts';

describe('signature library', () => {
  it.each(positives)('reads %s from: %s', (id, message, fields) => {
    const match = matchSignature(message);
    expect(match?.id).toBe(id);
    expect(match?.fields).toMatchObject(fields);
  });

  it.each(negatives)('stays quiet on: %s', (message) => {
    expect(matchAll(message)).toEqual([]);
  });

  it('has a positive line for every id', () => {
    const shown = new Set(positives.map(([id]) => id));
    expect(signatureIds.filter((id) => !shown.has(id))).toEqual([]);
  });

  it('finds the same in a JSON field as in the plain line', () => {
    for (const [id, message, fields] of positives) {
      if (/^[{"]/.test(message)) continue;
      const match = matchAll(JSON.stringify({ level: 'error', ts: 1, msg: message })).find((candidate) => candidate.id === id);
      expect(match?.id, message).toBe(id);
      expect(match?.fields, message).toMatchObject(fields);
    }
  });

  it('lets the block decide what a line alone leaves open', () => {
    const block =
      'Traceback (most recent call last):\n  File "/app/main.py", line 6, in load\n    return os.environ["mode"]\nKeyError: \'mode\'';
    expect(matchSignature("KeyError: 'mode'")).toMatchObject({ id: 'uncaught-exception', fields: { name: 'KeyError' } });
    expect(matchSignature("KeyError: 'mode'", block)).toMatchObject({ id: 'env-missing', fields: { name: 'mode' } });
    expect(matchSignature(block)).toMatchObject({ id: 'env-missing', fields: { name: 'mode' } });
    const elsewhere =
      'Traceback (most recent call last):\n  File "/app/main.py", line 6, in load\n    return order["price"]\nKeyError: \'price\'';
    expect(matchSignature(elsewhere)?.id).toBe('uncaught-exception');
  });

  it('names what the program called, beside the address it dialled', () => {
    const line =
      '{"level":"ERROR","msg":"failed to connect to database","addr":"cache:6379","err":"dial tcp 10.96.68.57:6379: connect: connection refused"}';
    expect(matchSignature(line)).toMatchObject({
      id: 'connection-refused',
      fields: { host: '10.96.68.57', port: '6379', target: 'cache:6379' },
    });
    expect(matchSignature('Get "http://quotes:8080/v1": dial tcp 10.96.68.57:8080: connect: connection refused')?.fields).toMatchObject({
      target: 'quotes:8080',
    });
  });

  it('finds a message deep inside a very long line', () => {
    const line = `${'x'.repeat(50_000)} dial tcp 10.0.0.1:5432: connect: connection refused ${'y'.repeat(50_000)}`;
    expect(matchSignature(line)).toMatchObject({ id: 'connection-refused', fields: { port: '5432' } });
  });
});

describe('signature patterns', () => {
  it('are bounded: no unlimited quantifier, no group repeated without limit, no sticky or global flag', () => {
    for (const { id, pattern } of signatures) {
      const source = pattern.source.replace(/\\./g, 'x').replace(/\[(?:[^\]])*\]/g, 'c');
      expect(source, id).not.toMatch(/[*+](?!\?)|\{\d+,\}/);
      expect(pattern.flags, id).not.toMatch(/[gy]/);
    }
  });

  it('each hold one of their anchors in whatever they match', () => {
    for (const [, message] of positives) {
      const found = signatures.filter(({ pattern }) => pattern.test(message));
      for (const { id, pattern, anchors } of found) {
        const text = pattern.exec(message)?.[0].toLowerCase() ?? '';
        expect(
          anchors.some((anchor) => message.toLowerCase().includes(anchor)),
          `${id} ${pattern.source} on ${text}`,
        ).toBe(true);
      }
    }
  });

  it('see a window of limited size, so that cost grows with length and not faster', () => {
    const far = `upstream timed out (110: Connection timed out) while x${' '.repeat(windowLimit * 2)}upstream: "http://10.1.1.1:80`;
    expect(matchAll(far).some((match) => match.fields.port === '80')).toBe(false);
  });

  it('get through 100 kB of any repeated literal, which quadratic patterns would not within the time limit of a test', () => {
    const literals = new Set(signatures.flatMap(({ anchors }) => anchors));
    for (const literal of literals) {
      const text = literal.repeat(Math.ceil(100_000 / literal.length));
      expect(matchAll(text).length).toBeLessThan(signatureIds.length);
      expect(detectLevel(text).confidence).toBeLessThanOrEqual(1);
    }
  });

  it('never throw and never match without an anchor on random text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 400, unit: 'binary' }), (text) => {
        for (const match of matchAll(text)) {
          const own = signatures.filter(({ id }) => id === match.id).flatMap(({ anchors }) => anchors);
          expect(own.some((anchor) => text.toLowerCase().includes(anchor))).toBe(true);
        }
      }),
    );
  });
});

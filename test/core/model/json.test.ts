import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mayHoldBigInteger, parseJson, stringifyJson } from '../../../src/core/model/json.ts';
import { jsonValue } from '../capture/drafts.ts';

describe('exact JSON', () => {
  it('round-trips any JSON value, integers beyond 2^53 and null included', () => {
    fc.assert(
      fc.property(jsonValue, (value) => {
        const text = stringifyJson(value);
        expect(parseJson(text)).toStrictEqual(value);
        expect(stringifyJson(parseJson(text))).toBe(text);
      }),
    );
  });

  it('agrees with JSON.parse wherever no integer is too big', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(3), (text, space) => {
        const value = JSON.parse(text);
        const spaced = JSON.stringify(value, null, space);
        if (!mayHoldBigInteger(spaced)) expect(parseJson(spaced)).toStrictEqual(JSON.parse(spaced));
      }),
    );
  });

  it('sees an integer of 16 digits wherever a number can stand', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 10n ** 15n, max: 10n ** 40n }),
        fc.nat(70),
        fc.constantFrom('', '-'),
        fc.nat(3),
        (integer, before, sign, space) => {
          const text = `{"a":"${'x'.repeat(before)}","n":${' '.repeat(space)}${sign}${integer}}`;
          expect(mayHoldBigInteger(text)).toBe(true);
          expect(String((parseJson(text) as { n: unknown }).n)).toBe(BigInt(`${sign}${integer}`).toString());
        },
      ),
    );
  });

  it('is not slowed down by digits inside strings such as resource versions and digests', () => {
    expect(mayHoldBigInteger('{"resourceVersion":"12345678901234567890","id":"sha256-1234567890123456","f":0.1234567890123456789}')).toBe(
      false,
    );
  });

  it('reads the last of two equal keys, as JSON.parse does', () => {
    expect(parseJson('{"a":1,"a":12345678901234567890}')).toStrictEqual({ a: 12345678901234567890n });
  });

  it.each(['', '{', '[12345678901234567890', '12345678901234567890 x', 'NaN'])('throws a SyntaxError for %j', (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError);
  });
});

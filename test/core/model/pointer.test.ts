import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pointerOf, pointerParts, resolvePointer } from '../../../src/core/model/pointer.ts';

describe('a pointer', () => {
  const document = { foo: ['bar', 'baz'], '': 0, 'a/b': 1, 'c%d': 2, ' ': 7, 'm~n': 8, gone: null };

  it.each([
    ['', document],
    ['/foo', ['bar', 'baz']],
    ['/foo/0', 'bar'],
    ['/', 0],
    ['/a~1b', 1],
    ['/c%d', 2],
    ['/ ', 7],
    ['/m~0n', 8],
    ['/gone', null],
  ])('resolves as RFC 6901 says: %j', (pointer, value) => {
    expect(resolvePointer(document, pointer)).toEqual(value);
  });

  it.each(['foo', '/nope', '/foo/2', '/foo/-', '/foo/00', '/foo/length', '/foo/0/0', '/gone/x', '/m~2n', '/m~', '/__proto__', '/toString'])(
    'leads nowhere: %j',
    (pointer) => {
      expect(resolvePointer(document, pointer)).toBeUndefined();
    },
  );

  it('of any parts gives them back, and finds what lies there', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.string().filter((part) => part !== '__proto__'),
          { maxLength: 5 },
        ),
        fc.integer(),
        (parts, leaf) => {
          const nested = parts.reduceRight<unknown>((inner, part) => ({ [part]: inner }), leaf);
          expect(pointerParts(pointerOf(...parts))).toEqual(parts);
          expect(resolvePointer(nested, pointerOf(...parts))).toBe(leaf);
        },
      ),
    );
  });
});

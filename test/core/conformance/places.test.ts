import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hash16 } from '../../../src/core/conformance/dialogue.ts';
import { misfits } from '../../../src/core/conformance/json-schema.ts';
import { placesTable } from '../../../src/core/conformance/places.ts';

describe('the table of hashes', () => {
  it('gives the first place of every text, like a map of texts', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(2000), { maxLength: 4000 }), (numbers) => {
        const table = placesTable();
        const known = new Map<number, number>();
        for (const [line, number] of numbers.entries()) {
          const before = known.get(number);
          expect(table.remember(hash16(String(number)), { file: number % 3, line })).toEqual(
            before === undefined ? undefined : { file: number % 3, line: before },
          );
          if (before === undefined) known.set(number, line);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('takes hashes that fall on the same place, and 100,000 of them', () => {
    const table = placesTable();
    const collide = (last: number) => Buffer.from([...Array(15).fill(7), last]);
    for (let index = 0; index < 200; index += 1) expect(table.remember(collide(index), { file: 0, line: index })).toBeUndefined();
    expect(table.remember(collide(150), { file: 1, line: 1 })).toEqual({ file: 0, line: 150 });
    for (let index = 0; index < 100_000; index += 1) table.remember(hash16(`${index}`), { file: 2, line: index });
    expect(table.remember(hash16('54321'), { file: 3, line: 3 })).toEqual({ file: 2, line: 54_321 });
  });
});

describe('the schema check', () => {
  const schema = {
    type: 'object',
    properties: {
      name: { type: 'string' },
      count: { type: ['integer', 'null'] },
      tags: { type: 'array', items: { enum: ['a', 'b'] } },
      deep: { type: 'object', properties: { 'a/b': { type: 'boolean' } }, required: ['a/b'] },
    },
    required: ['name'],
    additionalProperties: false,
  };
  it.each<[unknown, string[]]>([
    [{ name: 'x', count: null, tags: ['a'], deep: { 'a/b': true, more: 1 } }, []],
    ['x', ['']],
    [{}, ['']],
    [{ name: 1 }, ['/name']],
    [{ name: 'x', count: 1.5 }, ['/count']],
    [{ name: 'x', tags: ['a', 'c'] }, ['/tags/1']],
    [{ name: 'x', deep: {} }, ['/deep']],
    [{ name: 'x', deep: { 'a/b': 'yes' } }, ['/deep/a~1b']],
    [{ name: 'x', toString: 1 }, ['/toString']],
  ])('of %j finds %j', (value, pointers) => {
    expect(misfits(value, schema).map(({ pointer }) => pointer)).toEqual(pointers);
  });

  it('leaves alone what no schema describes', () => {
    expect(misfits({ anything: [1] }, undefined)).toEqual([]);
    expect(misfits({ anything: [1] }, {})).toEqual([]);
  });
});

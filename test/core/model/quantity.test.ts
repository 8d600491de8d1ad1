import { describe, expect, it } from 'vitest';
import { cpuMillicores, memoryBytes, parseQuantity } from '../../../src/core/model/quantity.ts';

describe('a Kubernetes quantity', () => {
  it.each([
    ['0', 0],
    ['2', 2],
    ['1.5', 1.5],
    ['.5', 0.5],
    ['-1', -1],
    ['100m', 0.1],
    ['3u', 0.000003],
    ['5n', 0.000000005],
    ['1k', 1000],
    ['2M', 2_000_000],
    ['1G', 1e9],
    ['1T', 1e12],
    ['1P', 1e15],
    ['1E', 1e18],
    ['1Ki', 1024],
    ['1.5Mi', 1_572_864],
    ['1Gi', 1_073_741_824],
    ['1Ti', 2 ** 40],
    ['1Pi', 2 ** 50],
    ['1Ei', 2 ** 60],
    ['1e3', 1000],
    ['12E2', 1200],
    ['5e-1', 0.5],
    [7, 7],
    [7n, 7],
  ])('%s is %d base units', (text, expected) => {
    expect(parseQuantity(text)).toBe(expected);
  });

  it.each(['', 'abc', '1 Gi', '1K', 'Gi', '1e', '1mm', '--1', Number.NaN, Number.POSITIVE_INFINITY, '1e999', null, undefined, {}])(
    '%s is none',
    (value) => {
      expect(parseQuantity(value)).toBeUndefined();
    },
  );

  it('is read as millicores with nanocore precision', () => {
    expect(['250m', '2', '1234567n', 0.1, '0'].map(cpuMillicores)).toEqual([250, 2000, 1.234567, 100, 0]);
  });

  it('is read as whole bytes', () => {
    expect(['64Mi', '914944Ki', '128974848', '129e6', '0.5'].map(memoryBytes)).toEqual([
      67_108_864, 936_902_656, 128_974_848, 129_000_000, 1,
    ]);
  });
});

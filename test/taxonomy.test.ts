import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { categoryOf, isReason, taxonomy, taxonomyVersion } from '../src/core/model/taxonomy.ts';

const published = parse(await readFile(new URL('../schemas/taxonomy.yaml', import.meta.url), 'utf8'));
const reasons = Object.values(taxonomy).flat();

describe('the taxonomy', () => {
  it('is the same in the code and in schemas/taxonomy.yaml, order included', () => {
    expect(JSON.stringify(taxonomy)).toBe(JSON.stringify(published.categories));
    expect(taxonomyVersion).toBe(published.version);
  });

  it('has no reason twice, and none that is retired', () => {
    expect(reasons.filter((reason, index) => reasons.indexOf(reason) !== index)).toEqual([]);
    expect(reasons.filter((reason) => published.retired.includes(reason))).toEqual([]);
  });

  it('names reasons in PascalCase and categories in kebab-case', () => {
    expect(reasons.filter((reason) => !/^[A-Z][A-Za-z0-9]+$/.test(reason))).toEqual([]);
    expect(Object.keys(taxonomy).filter((category) => !/^[a-z]+(-[a-z]+)*$/.test(category))).toEqual([]);
  });

  it('finds the category of each of its reasons and of nothing else', () => {
    for (const [category, members] of Object.entries(taxonomy)) for (const reason of members) expect(categoryOf(reason)).toBe(category);
    expect(isReason('constructor')).toBe(false);
    expect(() => categoryOf('Gremlins' as never)).toThrow('unknown reason Gremlins');
  });
});

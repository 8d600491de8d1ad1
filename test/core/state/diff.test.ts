import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolvePointer } from '../../../src/core/model/pointer.ts';
import { diffObjects } from '../../../src/core/state/diff.ts';

const withContainers = (containers: object[]) => ({ kind: 'Deployment', spec: { template: { spec: { containers } } } });

describe('a difference of two versions', () => {
  it('compares lists of named items by name, so that an inserted one shifts nothing', () => {
    const before = withContainers([{ name: 'app', image: 'a:1' }]);
    const after = withContainers([
      { name: 'proxy', image: 'p:1' },
      { name: 'app', image: 'a:2' },
    ]);
    expect(diffObjects(before, after)).toEqual([
      { path: '/spec/template/spec/containers/0', before: null, after: { name: 'proxy', image: 'p:1' } },
      { path: '/spec/template/spec/containers/1/image', before: 'a:1', after: 'a:2' },
    ]);
  });

  it('shows a removed item with no place of its own', () => {
    const env = (...names: string[]) => withContainers([{ name: 'app', env: names.map((name) => ({ name, value: '1' })) }]);
    expect(diffObjects(env('A', 'B'), env('A'))).toEqual([
      { path: '/spec/template/spec/containers/0/env/-', before: { name: 'B', value: '1' }, after: null },
    ]);
  });

  it('shows a list without names as a whole, and escapes keys', () => {
    const before = { data: { 'a/b~c': '1' }, rules: [{ verbs: ['get'] }] };
    const after = { data: { 'a/b~c': '2' }, rules: [{ verbs: ['get', 'list'] }] };
    expect(diffObjects(before, after)).toEqual([
      { path: '/data/a~1b~0c', before: '1', after: '2' },
      { path: '/rules', before: [{ verbs: ['get'] }], after: [{ verbs: ['get', 'list'] }] },
    ]);
  });

  it('looks at nothing that follows from others: status, annotations, resourceVersion', () => {
    expect(
      diffObjects({ metadata: { annotations: { a: '1' } }, status: { x: 1 } }, { metadata: { annotations: { a: '2' } }, status: { x: 2 } }),
    ).toEqual([]);
  });

  it('is empty for equal objects, ends at 20 fields, and every new value stands where its path says', () => {
    const object = fc.record({ spec: fc.dictionary(fc.string(), fc.jsonValue()) });
    fc.assert(
      fc.property(object, object, (before, after) => {
        expect(diffObjects(before, structuredClone(before))).toEqual([]);
        const fields = diffObjects(before, after);
        expect(fields.length).toBeLessThanOrEqual(20);
        for (const { path, after: value } of fields) if (value !== null) expect(resolvePointer(after, path)).toEqual(value);
      }),
    );
  });
});

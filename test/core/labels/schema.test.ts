import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { expect, expectTypeOf, it } from 'vitest';
import type { z } from 'zod';
import { labelJsonSchema, labelSchema } from '../../../src/core/labels/schema.ts';
import { stringifyJson } from '../../../src/core/model/json.ts';
import { type Label, labelFields } from '../../../src/core/model/label.ts';
import { labelArbitrary, optimizationLabel, troubleshootingLabel } from '../label-arbitrary.ts';

const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(labelJsonSchema());

it('describes exactly the type of a label', () => {
  expectTypeOf<z.infer<typeof labelSchema>>().toExtend<Label>();
  expectTypeOf<Label>().toExtend<z.infer<typeof labelSchema>>();
});

it('is published as schemas/label.schema.json', async () => {
  await expect(`${JSON.stringify(labelJsonSchema(), null, 2)}\n`).toMatchFileSnapshot('../../../schemas/label.schema.json');
});

it('accepts every label, as does the published schema', () => {
  fc.assert(
    fc.property(labelArbitrary(), (label) => {
      expect(labelSchema.safeParse(label).error).toBeUndefined();
      expect(validate(JSON.parse(stringifyJson(label))), JSON.stringify(validate.errors)).toBe(true);
    }),
  );
});

it.each([
  ['an unknown reason', { ...troubleshootingLabel(), reason: 'Gremlins' }],
  ['a missing field', { ...troubleshootingLabel(), root_cause: undefined }],
  ['an unknown field', { ...troubleshootingLabel(), mood: 'good' }],
  ['a field of the other type', { ...optimizationLabel(), scenario: 'x' }],
  ['a confidence above 1', { ...troubleshootingLabel(), confidence: 1.2 }],
  ['an id that is no UUID', { ...troubleshootingLabel(), id: '1' }],
])('refuses %s, as does the published schema', (_title, label) => {
  expect(labelSchema.safeParse(label).success).toBe(false);
  const checked = new Ajv2020({ strict: false, formats: { uuid: /^[0-9a-f-]{36}$/, 'date-time': true } }).compile(labelJsonSchema());
  expect(checked(JSON.parse(JSON.stringify(label)))).toBe(false);
});

it('names the same fields as the order in which labels are shown', () => {
  const names = new Set(labelSchema.options.flatMap((option) => Object.keys(option.shape)));
  expect([...labelFields].sort()).toEqual([...names].sort());
});

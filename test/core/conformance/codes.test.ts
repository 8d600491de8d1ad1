import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { conformances } from '../../../src/core/conformance/consumers/consumers.ts';
import { codes } from '../../../src/core/conformance/finding.ts';
import { root } from '../../source.ts';

const docs = readFileSync(join(root, 'docs/validate.md'), 'utf8');
const folder = join(root, 'src/core/conformance');
const sources = readdirSync(folder, { recursive: true })
  .map(String)
  .filter((name) => name.endsWith('.ts') && name !== 'finding.ts')
  .map((name) => readFileSync(join(folder, name), 'utf8'))
  .join('\n');
const suites = readdirSync(import.meta.dirname)
  .map((name) => readFileSync(join(import.meta.dirname, name), 'utf8'))
  .join('\n');

it.each(Object.entries(codes))('%s is documented as it is, used, and provoked by a test', (code, [severity, fix]) => {
  expect(docs).toContain(`| \`${code}\` | ${severity} | ${fix} |`);
  const flow = readFileSync(join(root, 'src/core/validate.ts'), 'utf8');
  expect([sources, flow].some((text) => text.includes(`'${code}'`))).toBe(true);
  expect(new RegExp(`\\b${code}\\b`).test(suites)).toBe(true);
});

it('every consumer stands in the documentation', () => {
  expect(Object.keys(conformances).filter((name) => !docs.includes(`| \`${name}\` |`))).toEqual([]);
});

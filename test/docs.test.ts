import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { generatedFiles } from '../scripts/docs/files.ts';

const root = path.resolve(import.meta.dirname, '..');

it('has no generated file that is stale (npm run generate-docs)', async () => {
  for (const [file, content] of Object.entries(await generatedFiles(root))) {
    expect(await readFile(path.join(root, file), 'utf8'), file).toBe(content);
  }
});

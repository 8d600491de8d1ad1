/** Writes what is generated: `npm run generate-docs`. test/docs.test.ts fails when one of these files is stale. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { generatedFiles } from './docs/files.ts';

const root = path.resolve(import.meta.dirname, '..');
for (const [file, content] of Object.entries(await generatedFiles(root))) {
  await writeFile(path.join(root, file), content);
  process.stdout.write(`${file}\n`);
}

/**
 * Makes a bundled recording from a recorded case: `npm run recordings -- CASE…`. Writes recordings/<scenario>/{capture/,info.yaml};
 * the golden labels.json is written by the test with `npx vitest run test/recordings.test.ts -u`.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { importCapture } from '../src/core/import.ts';

/** What was done after the manifest was applied. */
async function provokedBy(path: string): Promise<unknown> {
  for (const file of ['action.sh', 'actions.json']) {
    const text = await readFile(join(path, 'provoked-by', file), 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    if (file === 'action.sh') return text.split('\n').slice(1).join('\n').trim();
    const actions = JSON.parse(text) as { cmd: string; since_apply?: number }[];
    return actions.map(({ cmd, since_apply }) => ({ after_seconds: Math.round(since_apply ?? 0), command: cmd }));
  }
  return 'the manifest alone';
}

for (const path of process.argv.slice(2)) {
  const scenario = basename(path).replace(/^\d+-/, '');
  const dir = join('recordings', scenario);
  const expect = parse(await readFile(join(path, 'expect.yaml'), 'utf8'));
  await rm(join(dir, 'capture'), { recursive: true, force: true });
  await importCapture([path], { out: join(dir, 'capture'), cluster: 'demo' });
  const info = {
    scenario,
    kubernetes: '1.36.2',
    provoked_by: await provokedBy(path),
    true_cause: expect.root_cause,
    accepted_reasons: expect.reason,
    culprit: expect.resource,
    ...(expect.healthy === true ? { healthy: true } : {}),
    licence: 'Apache-2.0',
  };
  await writeFile(join(dir, 'info.yaml'), stringify(info, { lineWidth: 120 }));
  process.stdout.write(`${dir}\n`);
}

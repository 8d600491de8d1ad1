/**
 * Scores diagnoses on recorded cases: `npm run eval -- DIR…`. Each sub-folder with an expect.yaml is imported under a neutral name,
 * labels are generated from the capture alone, and compared with what expect.yaml says. Prints a table, how well the overall score tells right
 * labels from wrong and damaged ones, and writes out/eval.json.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { pickRecords } from '../src/core/capture/pick.ts';
import { loadConfig } from '../src/core/config.ts';
import { generate } from '../src/core/generate.ts';
import { importCapture } from '../src/core/import.ts';
import type { Label } from '../src/core/model/label.ts';
import { builtinRules } from '../src/core/rules/all.ts';
import { rulesVersion } from '../src/core/rules/version.ts';
import { openStore } from '../src/core/store/open.ts';
import type { Sample } from './eval/damage.ts';
import { type Case, type Expectation, judgeCase, summarize } from './eval/score.ts';
import { separationLines } from './eval/separation.ts';

const outFile = 'out/eval.json';

async function main(dirs: string[]): Promise<void> {
  if (dirs.length === 0) throw new Error('usage: npm run eval -- DIR… (folders of cases in the layout of the case collection)');
  const cases: Case[] = [];
  const samples: Sample[] = [];
  const work = await mkdtemp(join(tmpdir(), 'k8s-labeler-eval-'));
  try {
    for (const dir of dirs) {
      for (const path of await caseFolders(dir)) {
        const run = await runCase(path, work, cases.length);
        cases.push(run.case);
        samples.push(...run.samples);
      }
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  const groups = dirs.length > 1 ? [...dirs.map((dir) => cases.filter(({ path }) => path.startsWith(resolve(dir)))), cases] : [cases];
  for (const [position, group] of groups.entries()) {
    const dir = dirs[position];
    process.stdout.write(`${summarize(group, dir === undefined ? 'all' : basename(resolve(dir)))}\n`);
  }
  const scored = cases.flatMap(({ bets }) => bets);
  process.stdout.write(`${separationLines(scored, samples).join('\n')}\n`);
  await mkdir('out', { recursive: true });
  await writeFile(
    outFile,
    `${JSON.stringify(
      cases.map(({ path, ...rest }) => rest),
      null,
      2,
    )}\n`,
  );
  process.stdout.write(`written: ${outFile}\n`);
}

async function caseFolders(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => resolve(dir, entry.name))
    .sort();
}

/** One case, under a name that says nothing about it, and its right fault labels. A case that cannot be imported counts as wrong. */
async function runCase(path: string, work: string, position: number): Promise<{ case: Case; samples: Sample[] }> {
  const expect = parse(await readFile(join(path, 'expect.yaml'), 'utf8')) as Expectation;
  const capture = join(work, `capture-${position}`);
  const store = await openStore(join(work, `store-${position}.duckdb`));
  try {
    await importCapture([path], { out: capture, cluster: `cluster-${position}` });
    await store.init();
    await generate([capture], {
      store,
      config: await loadConfig(),
      rules: builtinRules,
      rulesVersion: rulesVersion(builtinRules),
      createdAt: '2000-01-01T00:00:00.000Z',
    });
    const labels: Label[] = [];
    for await (const label of store.select()) labels.push(label);
    const judged = judgeCase(path, expect, labels);
    return { case: judged, samples: await rightLabels(capture, judged, expect, labels) };
  } catch (error) {
    return { case: { ...judgeCase(path, expect, []), error: error instanceof Error ? error.message : String(error) }, samples: [] };
  } finally {
    await store.close();
  }
}

async function rightLabels(capture: string, { bets }: Case, expect: Expectation, labels: Label[]): Promise<Sample[]> {
  const right = new Set(bets.filter((bet) => bet.right).map(({ labelId }) => labelId));
  const records = await pickRecords(
    capture,
    labels.flatMap(({ evidence }) => evidence.map(({ seq }) => seq)),
  );
  const accepted = (expect.faults ?? [expect]).flatMap(({ reason }) => reason);
  return labels.flatMap((label) => (label.type === 'troubleshooting' && right.has(label.id) ? [{ label, records, accepted }] : []));
}

await main(process.argv.slice(2));

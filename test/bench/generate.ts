/**
 * `npm run bench [-- --records N] [-- --quick]`: makes a capture of 200,000 records from the bundled recordings, then compares `generate`
 * with a bare pass over the same bytes (gunzip, split, JSON.parse) in one process, and the peak memory of `generate` on a capture ten
 * times as long, in processes of their own. Prints a table; nothing is asserted.
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { openManifest } from '../../src/core/capture/index.ts';
import { defaultConfig } from '../../src/core/config.ts';
import { generate } from '../../src/core/generate.ts';
import { builtinRules } from '../../src/core/rules/all.ts';
import { rulesVersion } from '../../src/core/rules/version.ts';
import { openStore } from '../../src/core/store/open.ts';
import { makeLongCapture } from './long-capture.ts';

const args = process.argv.slice(2);
const records = Number(args[args.indexOf('--records') + 1] ?? 0) || 200_000;

/** Unzips, splits and parses everything; the least that any reader has to do. */
async function barePass(dir: string): Promise<number> {
  let count = 0;
  for (const { file } of (await openManifest(dir)).segments) {
    for (const line of gunzipSync(await readFile(join(dir, file)))
      .toString('utf8')
      .split('\n')) {
      if (line === '') continue;
      JSON.parse(line);
      count += 1;
    }
  }
  return count;
}

async function generateInto(dir: string, store: string): Promise<number> {
  await rm(store, { force: true });
  const labels = await openStore(store);
  try {
    await labels.init();
    const [result] = await generate([dir], {
      store: labels,
      config: defaultConfig,
      rules: builtinRules,
      rulesVersion: rulesVersion(builtinRules),
      createdAt: '2000-01-01T00:00:00.000Z',
    });
    return result?.stored.inserted ?? 0;
  } finally {
    await labels.close();
  }
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/** Peak resident memory (MiB) of `generate` on a capture, in a process that does nothing else. */
function peakMemory(dir: string, store: string): { peak: number; seconds: number; labels: number } {
  const script = fileURLToPath(import.meta.url);
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--import', 'tsx', script, '--child', dir, store], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

async function main(): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'k8s-labeler-bench-'));
  try {
    const dir = join(work, 'capture');
    const made = await makeLongCapture(dir, records);
    const bytes = (await Promise.all((await readdir(join(dir, 'c01'))).map((file) => readFile(join(dir, 'c01', file))))).reduce(
      (sum, { length }) => sum + length,
      0,
    );
    await barePass(dir);
    const bare = Math.min(await seconds(() => barePass(dir)), await seconds(() => barePass(dir)));
    let labels = 0;
    const full = Math.min(
      ...[
        await seconds(async () => (labels = await generateInto(dir, join(work, 'a.duckdb')))),
        await seconds(() => generateInto(dir, join(work, 'a.duckdb'))),
      ],
    );
    const one = peakMemory(dir, join(work, 'b.duckdb'));
    print('capture', `${made} records, ${(bytes / 2 ** 20).toFixed(1)} MiB on disk`);
    print('bare pass', `${bare.toFixed(2)} s, ${Math.round(made / bare)} records/s`);
    print('generate', `${full.toFixed(2)} s, ${Math.round(made / full)} records/s, ${labels} labels`);
    print('ratio', `${(full / bare).toFixed(2)} × the bare pass`);
    print('peak memory', `${one.peak.toFixed(0)} MiB`);
    if (args.includes('--quick')) return;
    const long = join(work, 'long');
    const ten = await makeLongCapture(long, records * 10);
    const big = peakMemory(long, join(work, 'c.duckdb'));
    print('ten times', `${ten} records in ${big.seconds.toFixed(1)} s, ${big.labels} labels, peak memory ${big.peak.toFixed(0)} MiB`);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function print(name: string, value: string): void {
  process.stdout.write(`${name.padEnd(14)}${value}\n`);
}

if (args[0] === '--child') {
  let labels = 0;
  const took = await seconds(async () => (labels = await generateInto(args[1] as string, args[2] as string)));
  process.stdout.write(JSON.stringify({ peak: process.resourceUsage().maxRSS / 1024, seconds: took, labels }));
} else {
  await main();
}

/**
 * `npm run bench:report [-- --labels N] [--captures N] [--no-splits]`: makes a label store of 10,000 labels in 1,250 captures, writes its report in a
 * process of its own, and opens it three times in Chromium. Then the same labels in one capture. Prints seconds and sizes; nothing is asserted.
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { writeReport } from '../../src/core/report.ts';
import { builtinRules } from '../../src/core/rules/all.ts';
import { parseSplit } from '../../src/core/splits/assign.ts';
import { openStore } from '../../src/core/store/open.ts';
import { splitDefaults } from '../../src/export-flags.ts';
import { fillIncidents } from './many-incidents.ts';

const args = process.argv.slice(2);
const given = (name: string, otherwise: number) => (args.includes(name) && Number(args[args.indexOf(name) + 1])) || otherwise;
const labels = given('--labels', 10_000);
const splitting = !args.includes('--no-splits');
const captures = given('--captures', Math.ceil(labels / 8));

type Written = { bytes: number; seconds: number; cpu: number; peakMiB: number };

async function child(store: string, out: string, splitting: boolean): Promise<void> {
  const start = performance.now();
  const before = process.cpuUsage();
  const defaults = splitting ? { ...splitDefaults, shares: parseSplit(splitDefaults.split) } : undefined;
  const opened = await openStore(store, { readOnly: true });
  const onProgress = (step: string) => process.stderr.write(`${((performance.now() - start) / 1000).toFixed(1)} s: ${step}\n`);
  const { bytes } = await writeReport(opened, { defaults, out, rules: builtinRules, onProgress });
  await opened.close();
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - start) / 1000;
  const written: Written = { bytes, seconds, cpu: (user + system) / 1e6, peakMiB: process.resourceUsage().maxRSS / 1024 };
  process.stdout.write(JSON.stringify(written));
}

function written(store: string, out: string): Written {
  const command = ['--import', 'tsx', fileURLToPath(import.meta.url), '--child', store, out, String(splitting)];
  const { stdout, stderr, status } = spawnSync(process.execPath, command, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  print(stderr.trimEnd());
  return JSON.parse(stdout);
}

/** Milliseconds until the page has been read and its script has run, and until an incident is open after a search. */
async function openingTimes(file: string): Promise<{ open: number; shown: number; search: number }> {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 960 } });
    const start = performance.now();
    await page.goto(`file://${file}`);
    const shown = performance.now() - start;
    const open = Number(await page.evaluate('performance.getEntriesByType("navigation")[0].loadEventEnd'));
    await page.keyboard.press('/');
    const typed = performance.now();
    await page.keyboard.insertText('imagenotfound');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#detail h3:text-is("ImageNotFound")');
    return { open, shown, search: performance.now() - typed };
  } finally {
    await browser.close();
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'k8s-labeler-bench-'));
  try {
    for (const among of [captures, 1]) {
      const [store, out] = [join(work, `${among}.duckdb`), join(work, `${among}.html`)];
      await fillIncidents(store, labels, among);
      const { bytes, seconds, cpu, peakMiB } = written(store, out);
      const figures = [
        `${seconds.toFixed(1)} s`,
        `${cpu.toFixed(1)} s of CPU`,
        `${(bytes / 2 ** 20).toFixed(1)} MiB`,
        `peak ${peakMiB.toFixed(0)} MiB`,
      ];
      print(`${labels} labels in ${among} captures: written in ${figures.join(', ')}`);
      if (among === 1) continue;
      for (let run = 0; run < 3; run += 1) {
        const { open, shown, search } = await openingTimes(out);
        print(`opened in ${open.toFixed(0)} ms (${shown.toFixed(0)} ms with the driver), found an incident in ${search.toFixed(0)} ms`);
      }
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

if (args[0] === '--child') await child(args[1] ?? '', args[2] ?? '', args[3] === 'true');
else await main();

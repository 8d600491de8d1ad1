/**
 * `npx tsx test/bench/report.ts [--labels N]`: writes a report of 10,000 labels (those of the bundled recordings, again and again under other
 * ids) and opens it three times in Chromium. Prints seconds and sizes; nothing is asserted.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { bundledCaptures } from '../../src/core/captures.ts';
import { defaultConfig } from '../../src/core/config.ts';
import { generate } from '../../src/core/generate.ts';
import { stableId } from '../../src/core/labels/provenance.ts';
import type { Label, StoredEvent } from '../../src/core/model/label.ts';
import { writeReport } from '../../src/core/report.ts';
import { builtinRules } from '../../src/core/rules/all.ts';
import { openStore } from '../../src/core/store/open.ts';
import type { LabelStore } from '../../src/core/store/store.ts';

const args = process.argv.slice(2);
const wanted = (args.includes('--labels') && Number(args[args.indexOf('--labels') + 1])) || 10_000;

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** The labels of a store, again and again, each time as if other captures held them. Their events come along. */
async function repeated(store: LabelStore, count: number): Promise<Pick<LabelStore, 'select' | 'events' | 'reviews'>> {
  const labels = await all(store.select());
  const events = new Map<string, StoredEvent[]>();
  for (const { capture_id } of labels) events.set(capture_id, await all(store.events(capture_id)));
  const copy = (label: Label, round: number): Label => {
    const capture_id = `${label.capture_id}-${round}`;
    const incidentOf = (capture: string, { data }: StoredEvent) => stableId(capture, 'incident', String(data.incident));
    const event = events.get(label.capture_id)?.find((one) => incidentOf(label.capture_id, one) === label.incident_id);
    const incident_id = event === undefined ? `${label.incident_id}-${round}` : incidentOf(capture_id, event);
    return { ...label, id: `${label.id}-${round}`, capture_id, incident_id, cluster_id: `${label.cluster_id}-${round % 40}` };
  };
  const copies = Array.from({ length: count }, (_, n) => copy(labels[n % labels.length]!, Math.floor(n / labels.length)));
  return {
    async *select({ captureId } = {}) {
      for (const label of copies) if (captureId === undefined || label.capture_id === captureId) yield label;
    },
    reviews: (filter) => store.reviews(filter),
    async *events(captureId) {
      yield* events.get(captureId.replace(/-\d+$/, '')) ?? [];
    },
  };
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

const work = await mkdtemp(join(tmpdir(), 'k8s-labeler-bench-'));
try {
  const store = await openStore(join(work, 'labels.duckdb'));
  const options = { config: defaultConfig, rules: builtinRules, rulesVersion: '1', store, createdAt: '2000-01-01T00:00:00.000Z' };
  await generate(await bundledCaptures(), options);
  const source = await repeated(store, wanted);
  const start = performance.now();
  const { file, bytes, labels } = await writeReport(source, { out: join(work, 'report.html'), rules: builtinRules });
  const seconds = (performance.now() - start) / 1000;
  await store.close();
  process.stdout.write(`${labels} labels, ${(bytes / 1e6).toFixed(1)} MB, written in ${seconds.toFixed(1)} s\n`);
  for (let run = 0; run < 3; run += 1) {
    const { open, shown, search } = await openingTimes(file);
    process.stdout.write(
      `opened in ${open.toFixed(0)} ms (${shown.toFixed(0)} ms with the driver), found an incident in ${search.toFixed(0)} ms\n`,
    );
  }
} finally {
  await rm(work, { recursive: true, force: true });
}

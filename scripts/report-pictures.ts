/**
 * Takes the pictures of docs/report.md: `npx tsx scripts/report-pictures.ts`. Labels the bundled recordings, adds some reviews, exports a
 * dataset, writes a report, and lets Chromium (`apt-get install chromium`) take screenshots into docs/images/report-*.png.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { bundledCaptures } from '../src/core/captures.ts';
import { defaultConfig } from '../src/core/config.ts';
import { exportDataset } from '../src/core/dataset.ts';
import { generate } from '../src/core/generate.ts';
import type { TroubleshootingLabel } from '../src/core/model/label.ts';
import { type Review, reviewId } from '../src/core/model/review.ts';
import { writeReport } from '../src/core/report.ts';
import { builtinRules } from '../src/core/rules/all.ts';
import { rulesVersion } from '../src/core/rules/version.ts';
import { parseSplit } from '../src/core/splits/assign.ts';
import { openStore } from '../src/core/store/open.ts';
import type { LabelStore } from '../src/core/store/store.ts';
import { loadTemplates } from '../src/core/templates.ts';
import { splitDefaults } from '../src/export-flags.ts';

type Said = Partial<Pick<Review, 'verdict' | 'reason' | 'comment' | 'edits'>>;

/** Reason of a label → what a reviewer says of it. */
const verdicts: Record<string, (label: TroubleshootingLabel) => Said> = {
  ConfigFileInvalid: () => ({}),
  ConfigMapNotFound: () => ({}),
  LivenessProbeKill: () => ({}),
  DiskPressure: () => ({ verdict: 'reject', reason: 'wrong-plan', comment: 'The node was to be replaced, not cleaned.' }),
  SelectorMismatch: ({ resolution: { observed, steps } }) => ({
    comment: 'Right, but the Deployment was renamed on purpose.',
    edits: {
      root_cause: 'Deployment loyalty was moved to generation=green; Service loyalty still selects generation=blue.',
      resolution: { observed, steps: steps.slice(0, 1) },
    },
  }),
};

async function addReviews(store: LabelStore): Promise<void> {
  const reviews: Review[] = [];
  for await (const label of store.select({ type: 'troubleshooting' })) {
    const said = label.type === 'troubleshooting' ? verdicts[label.reason]?.(label) : undefined;
    if (said === undefined) continue;
    const { id: label_id, capture_id, rule_ids } = label;
    const judged = { label_id, capture_id, content_hash: (await store.judged(label_id)) ?? '', rule_id: rule_ids[0] ?? '' };
    const verdict = { verdict: 'accept' as const, reason: null, comment: '', edits: null, undoes: null, ...said };
    const review = { ...judged, ...verdict, reviewer: 'ada', sequence: 0, seconds: 40, created_at: '2026-11-24T09:12:00.000Z' };
    reviews.push({ id: reviewId(review), ...review });
  }
  await store.addReviews(reviews);
}

async function writePage(dir: string): Promise<string> {
  const store = await openStore(join(dir, 'labels.duckdb'));
  const rules = { rules: builtinRules, rulesVersion: rulesVersion(builtinRules) };
  await generate(await bundledCaptures(), { config: defaultConfig, ...rules, store, createdAt: '2026-01-01T00:00:00.000Z' });
  await addReviews(store);
  const titles = new Map(builtinRules.map(({ id, title }) => [id, title]));
  const dataset = join(dir, 'incidents-2026-11');
  await exportDataset(store, {
    ...splitDefaults,
    shares: parseSplit(splitDefaults.split),
    to: 'hf',
    out: dataset,
    filter: {},
    groupBy: 'incident',
    splitBy: 'hash',
    json: false,
    wordings: await loadTemplates(),
    titleOf: (id) => titles.get(id) ?? '',
    configHash: 'default',
    check: false,
  });
  const { file } = await writeReport(store, { out: join(dir, 'report.html'), rules: builtinRules, dataset });
  await store.close();
  return file;
}

type Picture = { name: string; size: [width: number, height: number]; dark?: boolean; prepare: (page: Page) => Promise<unknown> };

const found = (reason: string) => async (page: Page) => {
  await page.fill('#search', reason);
  await page.press('#search', 'Enter');
  await page.press('#search', 'Escape');
  await page.locator('#list').blur();
  await page.locator('#incidents').evaluate((element) => element.scrollIntoView());
};

const pictures: Picture[] = [
  { name: 'overview', size: [1440, 960], prepare: async () => undefined },
  { name: 'splits', size: [1440, 560], prepare: (page) => page.locator('#splits').evaluate((element) => element.scrollIntoView()) },
  { name: 'incident', size: [1440, 1100], prepare: found('EnvVarInvalidOrMissing') },
  { name: 'incident-dark', size: [1440, 1100], dark: true, prepare: found('SelectorMismatch') },
  {
    name: 'narrow',
    size: [390, 844],
    prepare: async (page) => {
      await found('DiskPressure')(page);
      await page.locator('#detail').evaluate((element) => element.scrollIntoView());
    },
  },
];

async function take(browser: Browser, file: string, { name, size: [width, height], dark, prepare }: Picture): Promise<void> {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: dark === true ? 'dark' : 'light' });
  await page.goto(`file://${file}`);
  await prepare(page);
  await page.screenshot({ path: new URL(`../docs/images/report-${name}.png`, import.meta.url).pathname });
  await page.close();
}

const dir = await mkdtemp(join(tmpdir(), 'k8s-labeler-pictures-'));
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
try {
  const file = await writePage(dir);
  for (const picture of pictures) await take(browser, file, picture);
} finally {
  await browser.close();
  await rm(dir, { recursive: true, force: true });
}

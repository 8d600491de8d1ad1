import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Label } from '../../../src/core/model/label.ts';
import { printable } from '../../../src/core/model/text.ts';
import { joinedScript, loadAssets } from '../../../src/core/report/assets.ts';
import { embeddedJson, shownText } from '../../../src/core/report/data-block.ts';
import { figuresOf, largestBars, newTally, tallyLabel } from '../../../src/core/report/figures.ts';
import { pictureOf } from '../../../src/core/report/picture.ts';
import { reviewWords } from '../../../src/core/report/reviews.ts';
import { type ReportSelection, resolvedSelection } from '../../../src/core/report/selection.ts';
import { type ReportSource, writeReport } from '../../../src/core/report.ts';
import { timelineOf } from '../../../src/core/timeline.ts';
import { demoReport, hostileReport, reportBasics } from './report-page.ts';

let page: Awaited<ReturnType<typeof demoReport>>;
let html: string;
beforeAll(async () => {
  page = await demoReport();
  html = await readFile(page.file, 'utf8');
});
afterAll(() => page.close());

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const blocks = (text: string, attribute: string) =>
  [...text.matchAll(new RegExp(`<script type="application/json" ${attribute}>(.*)</script>`, 'g'))].map((match) => JSON.parse(match[1]!));

describe('data of a page', () => {
  it('stays the same value, but for what is invisible, and never holds what ends a script or a line', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.string({ unit: fc.constantFrom('<', '/', '!', '-', 'script', '>', '\u2028', '\u2029', '\ud800') }),
        (value, text) => {
          const embedded = embeddedJson([value, text]);
          expect(embedded).not.toMatch(/[<\u2028\u2029\n]/);
          const shown = JSON.stringify([value, text], (_, item) => (typeof item === 'string' ? printable(item) : item));
          expect(JSON.parse(embedded)).toEqual(JSON.parse(shown));
        },
      ),
    );
  });

  it('shows control characters and bidirectional overrides, and cuts what is long', () => {
    expect(JSON.parse(embeddedJson('a\u0000\u202eb\u001b[2J\n'))).toBe('a\\x00\\u202eb\\x1b[2J\n');
    expect(shownText('x'.repeat(20), 5)).toBe('xxxxx…');
  });
});

describe('figures of a page', () => {
  it('give the most frequent values a bar each, and all others one', () => {
    const counts = new Map([
      ['b', 1],
      ['a', 1],
      ['most', 7],
      ['c', 2],
    ]); // prettier-ignore
    expect(largestBars(counts, 2)).toEqual([
      { name: 'most', count: 7 },
      { name: 'c', count: 2 },
      { name: '2 others', count: 2, tone: 'rest' },
    ]);
    expect(largestBars(counts, 4).map(({ name }) => name)).toEqual(['most', 'c', 'a', 'b']);
  });

  it('count every label once in each distribution', async () => {
    const tally = newTally();
    for await (const label of page.store.select()) tallyLabel(tally, label, 'unreviewed');
    const figures = figuresOf(tally);
    expect(figures.labels).toBe(await page.store.count());
    for (const { bars } of figures.distributions) expect(bars.reduce((sum, { count }) => sum + count, 0)).toBe(figures.labels);
    expect(figures.bands.reduce((sum, { count }) => sum + count, 0)).toBe(figures.labels);
    const { quality } = await page.store.info();
    expect(figures.quality?.overall_score).toBeCloseTo(quality!.mean, 3);
  });

  it('are zero and without means for an empty store', () => {
    const figures = figuresOf(newTally());
    expect(figures).toMatchObject({ labels: 0, quality: null, oldest: null });
    expect(figures.distributions.find(({ id }) => id === 'reasons')?.bars).toEqual([]);
  });
});

describe('the picture of a timeline', () => {
  it('has the culprit first, everything that is cited, and a cause', async () => {
    for await (const label of page.store.select({ type: 'troubleshooting' })) {
      const picture = pictureOf(label, await timelineOf(label, page.store.events(label.capture_id)));
      const cited = new Set(picture.marks.flatMap(([, , , , , , ids]) => ids));
      expect([...cited].sort()).toEqual(label.evidence.map(({ id }) => id).sort());
      for (const [lane] of picture.marks) expect(picture.lanes[lane]).toBeDefined();
      if (label.evidence.some(({ role }) => role === 'supports')) expect(picture.marks[picture.cause]?.[6].length).toBeGreaterThan(0);
    }
  });

  it('leaves out what is not cited when there is too much, and says how much', async () => {
    const [label] = await all(page.store.select({ type: 'troubleshooting' }));
    const timeline = await timelineOf(label!, page.store.events(label!.capture_id));
    const plain = { ...timeline[0]!, evidence: [] };
    const picture = pictureOf(label!, [...timeline, ...Array.from({ length: 500 }, () => plain)]);
    expect(picture.marks.length).toBeLessThanOrEqual(61);
    expect(picture.left).toBe(timeline.length + 500 - picture.marks.length);
    expect(new Set(picture.marks.flatMap(([, , , , , , ids]) => ids)).size).toBe(label!.evidence.length);
  });
});

describe('a report', () => {
  it('holds a row and the details of every label', async () => {
    const labels = await all(page.store.select());
    const rows = blocks(html, 'data-rows').flat() as unknown[][];
    expect(rows.map((row) => row[1]).sort()).toEqual(labels.map(({ id }) => id).sort());
    expect(blocks(html, 'id="d\\d+"')).toHaveLength(labels.length);
  });

  it('allows its own script and style by their hashes, and loads nothing', () => {
    const policy = /Content-Security-Policy" content="([^"]+)"/.exec(html)?.[1] ?? '';
    const hash = (text = '') => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    expect(policy).toContain(`script-src ${hash(/<script>([\s\S]*?)<\/script>/.exec(html)?.[1])};`);
    expect(policy).toContain(`style-src ${hash(/<style>([\s\S]*?)<\/style>/.exec(html)?.[1])};`);
    expect(policy).toMatch(/^default-src 'none';/);
    expect(policy).not.toContain('unsafe');
    expect(html.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/\b(?:src|href|url)\s*[=(]\s*["']?(?:https?:|\/\/)/);
  });

  it('reads labels three times and events once, however many captures there are', async () => {
    const calls = { select: 0, allEvents: 0, reviews: 0 };
    const counted: ReportSource = {
      select: (filter) => {
        calls.select += 1;
        return page.store.select(filter);
      },
      allEvents: () => {
        calls.allEvents += 1;
        return page.store.allEvents();
      },
      reviews: () => {
        calls.reviews += 1;
        return page.store.reviews();
      },
    };
    const { captures } = await writeReport(counted, { ...reportBasics, out: join(page.dir, 'counted.html') });
    expect(captures).toBeGreaterThan(10);
    expect(calls).toEqual({ select: 3, allEvents: 1, reviews: 2 });
  });

  it('draws of every label what its timeline holds', async () => {
    const details = blocks(html, 'id="d\\d+"');
    const labels = await all(page.store.select());
    for (const [index, label] of labels.entries()) {
      const timeline = await timelineOf(label, page.store.events(label.capture_id));
      expect(details[index].picture).toEqual(JSON.parse(embeddedJson(pictureOf(label, timeline))));
    }
  });

  it('is of a part of the labels, and says of which; splits are those of all', async () => {
    const written = async (selection: ReportSelection) =>
      writeReport(page.store, {
        ...reportBasics,
        out: join(page.dir, 'part.html'),
        selection: await resolvedSelection(page.store, selection),
      });
    const ids = async (holds: (label: Label) => boolean) => (await all(page.store.select())).filter(holds).map(({ id }) => id);
    const shown = async () =>
      (blocks(await readFile(join(page.dir, 'part.html'), 'utf8'), 'data-rows').flat() as unknown[][]).map((row) => row[1]);
    const whole = (await written({})).splits;
    const bad = await written({ atLeast: 'high', namespace: 'case-108' });
    expect(await shown()).toEqual(
      await ids(({ severity, resource }) => ['critical', 'high'].includes(severity) && resource.namespace === 'case-108'),
    );
    expect(bad.selection).toEqual({ namespace: 'case-108', 'severity at least': 'high' });
    expect(bad.splits).toEqual(whole);
    const { labels, splits } = await written({ type: 'troubleshooting', reviewed: 'accepted' });
    expect(labels).toBe(2);
    expect(splits?.splits.reduce((sum, one) => sum + one.labels, 0)).toBe(2);
    const [{ incident_id: incident }] = (await all(page.store.select({ reason: 'ImageNotFound' }))) as [Label];
    expect((await written({ incident: incident.slice(0, 10) })).labels).toBe(1);
    await expect(written({ incident: 'ffffffffffff' })).rejects.toMatchObject({ code: 'INCIDENT_NOT_FOUND', exitCode: 2 });
  });

  it('has what people said beside what the machine said', async () => {
    const rows = blocks(html, 'data-rows').flat() as unknown[][];
    const details = blocks(html, 'id="d\\d+"');
    const of = (reason: string) => rows.findIndex((row) => row[4] === reason);
    const word = (reason: string) => reviewWords[Number(rows[of(reason)]?.[11])];
    expect(['ConfigMapNotFound', 'ContainerLimitOom', 'ImageNotFound', 'DiskPressure'].map(word)).toEqual([
      'accepted',
      'rejected',
      'stale',
      'unreviewed',
    ]);
    const edited = details[of('SelectorMismatch')];
    expect(edited.cause).toContain('selects generation=blue');
    expect(edited.reviews[0]).toMatchObject({ edits: [['Root cause', 'The Service was left behind.']], stale: false });
    expect(edited.reviews[0].steps).toHaveLength(1);
    expect(details[of('ImageNotFound')].reviews[0].stale).toBe(true);
  });

  it('has the same bytes again', async () => {
    const again = await writeReport(page.store, { ...reportBasics, out: join(page.dir, 'again.html') });
    expect(await readFile(again.file, 'utf8')).toBe(html);
    expect(again.bytes).toBe((await stat(page.file)).size);
  });

  it('is not written at all where it cannot be', async () => {
    const out = join(page.file, 'below-a-file.html');
    await expect(writeReport(page.store, { ...reportBasics, out })).rejects.toMatchObject({ code: 'EXPORT_WRITE_FAILED', exitCode: 5 });
  });

  it('holds hostile texts only as escaped data', async () => {
    const { file, close } = await hostileReport(page.store);
    const hostile = await readFile(file, 'utf8');
    await close();
    const data = /^<script type="application\/json" [a-z0-9="-]+>[^<]*<\/script>$/gm;
    const script = /<script>[\s\S]*?<\/script>/;
    const shell = (text: string) => text.replace(data, '').replace(script, '').trim();
    expect(shell(hostile)).toBe(shell(html));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they must not be in a page
    expect(hostile).not.toMatch(/[\u0000-\u0008\u001b\u202e\u2066\u2028\u2029]/);
  });
});

describe('the script of a page', () => {
  it('is its modules without imports and exports, with every name once', async () => {
    expect(joinedScript(["import { a } from './a.js';\nexport function b() {}\n"])).toBe(
      "'use strict';\n(() => {\nfunction b() {}\n})();\n",
    );
    const { script } = await loadAssets();
    const names = [...script.matchAll(/^(?:const|let|function) (\w+)/gm)].map((match) => match[1]);
    expect(new Set(names).size).toBe(names.length);
    expect(script).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|<\/script/);
  });
});

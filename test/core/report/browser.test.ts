import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoReport, emptyReport, hostileReport, unsplitReport } from './report-page.ts';

const executablePath = '/usr/bin/chromium';
const missing = !existsSync(executablePath);

let demo: Awaited<ReturnType<typeof demoReport>>;
let browser: Browser;

/** A page that notes everything which should not happen in it. */
async function opened(file: string, before = ''): Promise<{ page: Page; trouble: string[] }> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.addInitScript(before);
  const trouble: string[] = [];
  page.on('console', (message) => trouble.push(`console ${message.text()}`));
  page.on('pageerror', (error) => trouble.push(`error ${error.message}`));
  page.on('dialog', (dialog) => trouble.push(`dialog ${dialog.message()}`));
  page.on('request', (request) => {
    if (request.url() !== `file://${file}` && request.url() !== 'data:,') trouble.push(`request ${request.url()}`);
  });
  await page.goto(`file://${file}`);
  return { page, trouble };
}

/** As an expression that runs in the page: name, outline and section of what has the focus; null at the end. */
const focusedElement = `(() => {
  const element = document.activeElement;
  if (element === document.body) return null;
  const label = element.closest('label')?.querySelector('span')?.textContent;
  const name = element.getAttribute('aria-label') ?? label ?? element.textContent.trim();
  return { name, outline: getComputedStyle(element).outlineStyle, inside: element.closest('main > section')?.id ?? '' };
})()`;

describe.skipIf(missing)(`a report in Chromium${missing ? ` (skipped: there is no ${executablePath})` : ''}`, () => {
  beforeAll(async () => {
    demo = await demoReport();
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser?.close();
    await demo?.close();
  });

  const reasonShown = (page: Page) => page.textContent('#detail h3');
  const focused = (page: Page) => page.evaluate('document.activeElement.id');

  it('opens without errors and requests, with figures, charts, rules and the worst incident', async () => {
    const { page, trouble } = await opened(demo.file);
    const labels = await demo.store.count();
    expect(await page.textContent('#tiles dd')).toBe(String(labels));
    expect(await page.locator('#charts .card').count()).toBe(8);
    expect(await page.locator('#rule-table tbody tr').count()).toBeGreaterThan(10);
    expect(await page.textContent('#shown')).toBe(`${labels} labels`);
    expect(await page.textContent('#detail .badge')).toBe('critical');
    expect(await page.locator('#detail svg.timeline .mark').count()).toBeGreaterThan(0);
    expect(trouble).toEqual([]);
    await page.close();
  });

  it('is searched and read with the keyboard only', async () => {
    const { page, trouble } = await opened(demo.file);
    await page.keyboard.press('/');
    expect(await focused(page)).toBe('search');
    await page.keyboard.type('imagenotfound');
    expect(await page.textContent('#shown')).toMatch(/^1 of \d+ labels$/);
    await page.keyboard.press('Enter');
    expect(await reasonShown(page)).toBe('ImageNotFound');
    expect(await focused(page)).toBe('detail');
    expect(await page.locator('#detail .plan code').count()).toBeGreaterThan(0);
    expect(await page.locator('#detail .evidence tbody tr').count()).toBeGreaterThan(0);
    await page.keyboard.press('/');
    await page.keyboard.press('Escape');
    expect(await page.inputValue('#search')).toBe('');
    expect(await focused(page)).toBe('list');
    await page.keyboard.press('Home');
    const first = await reasonShown(page);
    await page.keyboard.press('j');
    expect(await reasonShown(page)).not.toBe(first);
    await page.keyboard.press('ArrowUp');
    expect(await reasonShown(page)).toBe(first);
    expect(await page.getAttribute('#list', 'aria-activedescendant')).toBe('row-0');
    expect(trouble).toEqual([]);
    await page.close();
  });

  it('is filtered by what a bar stands for, and opens where its address says', async () => {
    const { page } = await opened(demo.file);
    await page.click('#chart-severities button:has-text("critical")');
    expect(await page.inputValue('#severity')).toBe('critical');
    const rows = await page.locator('#list .row').count();
    expect(await page.textContent('#shown')).toBe(`${rows} of ${await demo.store.count()} labels`);
    await page.locator('#list .row').last().click();
    const shown = await page.textContent('#detail');
    const address = page.url();
    await page.close();
    const again = await browser.newPage();
    await again.goto(address);
    expect(await again.textContent('#detail .provenance')).toBe(shown?.slice(-(await again.textContent('#detail .provenance'))!.length));
    await again.close();
  });

  it('sorts the table of rules by click and by key', async () => {
    const { page } = await opened(demo.file);
    const ids = () => page.locator('#rule-table tbody th').allTextContents();
    await page.click('#rule-table thead button:has-text("Rule")');
    const sorted = await ids();
    expect(sorted).toEqual([...sorted].sort());
    await page.keyboard.press('Enter');
    expect(await ids()).toEqual(sorted.reverse());
    expect(await page.getAttribute('#rule-table thead th', 'aria-sort')).toBe('descending');
    await page.close();
  });

  it('has dark colours where the system has them, or where its button says so', async () => {
    const { page } = await opened(demo.file);
    const ground = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const light = await ground();
    await page.emulateMedia({ colorScheme: 'dark' });
    const dark = await ground();
    expect(dark).not.toBe(light);
    await page.click('#theme');
    expect(await ground()).toBe(light);
    await page.click('#theme');
    expect(await ground()).toBe(dark);
    await page.close();
  });

  it('shows how labels are split and that the splits share nothing, and the incidents of a split', async () => {
    const { page, trouble } = await opened(demo.file);
    const { splits } = demo.summary;
    expect(await page.locator('#splits .checks li').allTextContents()).toEqual([
      '✓Groups or keys in more than one split0',
      '–Prompts in more than one splitnot counted',
      `✓Highest similarity across splits${splits?.highestSimilarity} (limit 0.7)`,
    ]);
    expect(await page.textContent('#splits-note')).toContain(`${demo.summary.placed} of ${demo.summary.labels} labels of this page`);
    expect(await page.textContent('#splits .verdict')).toBe('✓ nothing is shared');
    const test = splits?.splits.find(({ split }) => split === 'test')?.labels;
    await page.click('#splits button:text-is("test")');
    expect(await page.textContent('#shown')).toBe(`${test} of ${await demo.store.count()} labels`);
    await page.locator('#list .row').first().click();
    expect(await page.textContent('#detail .provenance')).toContain('test, group ');
    expect(trouble).toEqual([]);
    await page.close();
  });

  it('does without splits where they were not asked for', async () => {
    const { page, trouble } = await opened((await unsplitReport(demo)).file);
    expect(await page.textContent('#splits')).toContain('--no-splits');
    expect(await page.isVisible('#split')).toBe(false);
    expect(await page.textContent('#detail .provenance')).not.toContain('Split');
    expect(trouble).toEqual([]);
    await page.close();
  });

  it('shows what people said, and their words beside the machine’s', async () => {
    const { page } = await opened(demo.file);
    const found = async (reason: string) => {
      await page.fill('#search', reason);
      await page.locator('#list .row').first().click();
      return page.textContent('#list .row');
    };
    expect(await found('containerlimitoom')).toContain('✗ rejected');
    expect(await page.textContent('#detail .reviews')).toContain('rejected it: wrong-plan');
    expect(await found('imagenotfound')).toContain('↻ stale');
    expect(await page.textContent('#detail .reviews')).toContain('The label has changed since');
    expect(await found('selectormismatch')).toContain('✓ accepted');
    expect(await page.locator('#detail .edit').first().locator('h5').allTextContents()).toEqual([
      'Root cause, by the machine',
      'Root cause, by the reviewer',
    ]);
    expect(await page.textContent('#detail .answer')).toContain('selects generation=blue');
    await page.fill('#search', '');
    await page.selectOption('#review', 'accepted');
    expect(await page.textContent('#shown')).toMatch(/^2 of/);
    await page.close();
  });

  it('tells its keys, and is walked through with the Tab key, each stop visible and named', async () => {
    const { page } = await opened(demo.file);
    await page.keyboard.press('?');
    expect(await page.isVisible('#help')).toBe(true);
    await page.keyboard.press('Escape');
    expect(await page.isVisible('#help')).toBe(false);
    await page.evaluate('document.activeElement.blur()');
    const stops: { name: string; outline: string; inside: string }[] = [];
    for (let step = 0; step < 90; step += 1) {
      await page.keyboard.press('Tab');
      const stop = await page.evaluate<(typeof stops)[number] | null>(focusedElement);
      if (stop === null) break;
      stops.push(stop);
    }
    expect(stops[0]?.name).toBe('Skip to the incidents');
    expect(stops.filter(({ name, outline }) => name === '' || outline === 'none')).toEqual([]);
    const sections = [...new Set(stops.map(({ inside }) => inside))];
    expect(sections.slice(0, 5)).toEqual(['', 'overview', 'splits', 'rules', 'incidents']);
    await page.close();
  });

  it.each([
    ['a phone', 360, 740],
    ['a window of 1440 pixels at 200 %', 720, 450],
  ])('fits into the width of %s', async (_, width, height) => {
    const { page } = await opened(demo.file);
    await page.setViewportSize({ width, height });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    await page.locator('#list .row').nth(2).click();
    expect(await page.locator('#detail h3').isVisible()).toBe(true);
    expect(await page.evaluate('document.querySelector("#detail h3").getBoundingClientRect().top < innerHeight')).toBe(true);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    await page.click('.back');
    expect(await page.locator('#search').isVisible()).toBe(true);
    await page.close();
  });

  it('stands still: nothing moves by itself, whatever people prefer', async () => {
    const { page } = await opened(demo.file);
    await page.keyboard.press('j');
    expect(await page.evaluate('document.getAnimations().length')).toBe(0);
    await page.close();
  });

  it('prints the overview, the splits, the rules and the open incident on white paper, without what only a screen needs', async () => {
    const { page } = await opened(demo.file);
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    for (const id of ['#tiles', '#splits', '#rule-table', '#detail']) expect(await page.isVisible(id)).toBe(true);
    for (const id of ['#list', '#filters', '#theme', '#printed', '.top nav']) expect(await page.isVisible(id)).toBe(false);
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
    await page.close();
  });

  it('prints the incidents of the list, and is as before afterwards', async () => {
    const { page } = await opened(demo.file, 'window.print = () => { window.asked = (window.asked ?? 0) + 1; }');
    await page.selectOption('#severity', 'critical');
    const count = await page.locator('#list .row').count();
    await page.locator('#list').focus();
    await page.keyboard.press('p');
    expect(await page.evaluate('window.asked')).toBe(1);
    expect(await page.locator('#printed article').count()).toBe(count);
    await page.emulateMedia({ media: 'print' });
    expect(await page.isVisible('#overview')).toBe(false);
    expect(await page.locator('#printed svg.timeline').first().isVisible()).toBe(true);
    expect(await page.textContent('#printed p')).toBe('severity: critical');
    const pdf = await page.pdf({ format: 'A4', printBackground: true });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    expect(await page.locator('#printed article').count()).toBe(0);
    expect(await page.getAttribute('html', 'data-print')).toBeNull();
    await page.close();
  });

  it('says so when there is nothing in it', async () => {
    const { page, trouble } = await opened((await emptyReport(demo)).file);
    expect(await page.textContent('#detail')).toBe('No label of the store fits.');
    expect(await page.isDisabled('#print')).toBe(true);
    expect(await page.textContent('#selection')).toBe('Only cluster nowhere');
    expect(await page.getAttribute('#list', 'data-empty')).toBe('');
    expect(await page.textContent('#chart-reasons')).toBe('Reasonsnone');
    expect(await page.textContent('#splits')).not.toContain('one group:');
    expect(trouble).toEqual([]);
    await page.close();
  });

  it('shows hostile texts as texts', async () => {
    const { file, close } = await hostileReport(demo.store);
    const { page, trouble } = await opened(file);
    const count = await demo.store.count();
    for (let index = 0; index < count; index += 1) await page.keyboard.press('j');
    expect(await page.textContent('#detail .question')).toContain('</script><script>window.broken = 1</script>');
    expect(await page.textContent('#detail .question')).toContain('\\u202egnp.exe');
    for (const id of ['splits', 'rules']) expect(await page.isVisible(`#${id}`)).toBe(true);
    expect(await page.textContent('#detail .reviews')).toContain('<img src=x onerror="window.broken = 2">');
    await page.click('#keys');
    await page.keyboard.press('Escape');
    await page.evaluate('window.print = () => {}');
    await page.click('#print');
    expect(await page.locator('#printed article').count()).toBe(count);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(1280);
    expect(await page.evaluate('window.broken')).toBeUndefined();
    expect(await page.locator('img, iframe, script:not([type]) ~ script:not([type])').count()).toBe(0);
    expect(trouble).toEqual([]);
    await page.close();
    await close();
  });
});

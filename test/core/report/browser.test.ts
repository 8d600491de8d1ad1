import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoReport, hostileReport } from './report-page.ts';

const executablePath = '/usr/bin/chromium';
const missing = !existsSync(executablePath);

let demo: Awaited<ReturnType<typeof demoReport>>;
let browser: Browser;

/** A page that notes everything which should not happen in it. */
async function opened(file: string): Promise<{ page: Page; trouble: string[] }> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
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

  it('prints the overview and the open incident, without what only a screen needs', async () => {
    const { page } = await opened(demo.file);
    await page.emulateMedia({ media: 'print' });
    for (const id of ['#tiles', '#rule-table', '#detail']) expect(await page.isVisible(id)).toBe(true);
    for (const id of ['#list', '#filters', '#theme']) expect(await page.isVisible(id)).toBe(false);
    await page.close();
  });

  it('shows hostile texts as texts', async () => {
    const { file, close } = await hostileReport(demo.store);
    const { page, trouble } = await opened(file);
    const count = await demo.store.count();
    for (let index = 0; index < count; index += 1) await page.keyboard.press('j');
    expect(await page.textContent('#detail .question')).toContain('</script><script>window.broken = 1</script>');
    expect(await page.textContent('#detail .question')).toContain('\\u202egnp.exe');
    expect(await page.evaluate('window.broken')).toBeUndefined();
    expect(await page.locator('img, iframe, script:not([type]) ~ script:not([type])').count()).toBe(0);
    expect(trouble).toEqual([]);
    await page.close();
    await close();
  });
});

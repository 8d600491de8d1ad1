import type { ReportAssets } from './assets.ts';
import { policyOf } from './assets.ts';
import { dataBlock } from './data-block.ts';

/** How many rows of the list share one block: the browser reads few large ones faster than many small ones. */
const rowsPerBlock = 500;

/** The page up to its data. `summary` is what the overview shows. */
export function pageStart(assets: ReportAssets, summary: unknown): string {
  return [
    '<!DOCTYPE html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policyOf(assets)}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    '<meta name="referrer" content="no-referrer">',
    '<title>Label report</title>',
    '<link rel="icon" href="data:,">',
    `<style>${assets.style}</style>`,
    '</head>',
    '<body>',
    assets.body,
    dataBlock('id="summary"', summary),
  ].join('\n');
}

/** The end of the page, with the script that shows its data. */
export function pageEnd({ script }: ReportAssets): string {
  return `<script>${script}</script>\n</body>\n</html>\n`;
}

/** Labels as data of the page: a block for the details of each, which is read when it is opened, and blocks of rows for the list. */
export async function* labelBlocks(labels: AsyncIterable<{ row: unknown; detail: unknown }>): AsyncGenerator<string> {
  let rows: unknown[] = [];
  let index = 0;
  for await (const { row, detail } of labels) {
    yield dataBlock(`id="d${index}"`, detail);
    index += 1;
    rows.push(row);
    if (rows.length < rowsPerBlock) continue;
    yield dataBlock('data-rows', rows);
    rows = [];
  }
  if (rows.length > 0) yield dataBlock('data-rows', rows);
}

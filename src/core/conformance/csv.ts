import { createReadStream } from 'node:fs';
import { oneLine } from '../model/text.ts';
import { problem } from './finding.ts';
import type { Read } from './rows.ts';

/** What pandas, and so `datasets`, reads as missing. */
const missing = new Set(['', 'NA', 'N/A', 'n/a', 'NaN', 'nan', 'null', 'NULL', 'None', '#N/A', '<NA>']);

/** CSV rows as objects of strings, cells that `datasets` reads as missing as null. The line is that on which the row starts. */
export async function* readCsv(path: string): AsyncGenerator<Read> {
  const { parse } = await import('csv-parse');
  const parser = parse({ columns: true, bom: true, info: true });
  createReadStream(path)
    .on('error', (error) => parser.destroy(error))
    .pipe(parser);
  let ended = 1;
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: Record<string, string>; info: { lines: number } }>) {
      const cells = Object.entries(record).map(([name, text]) => [name, missing.has(text) ? null : text]);
      const line = ended === 1 ? 2 : ended + 1;
      yield { kind: 'row', line, value: Object.fromEntries(cells) };
      ended = info.lines;
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    yield { kind: 'problem', line: ended + 1, problem: problem('CSV_INVALID', '', `the file is no CSV: ${oneLine(reason, 160)}`) };
  }
}

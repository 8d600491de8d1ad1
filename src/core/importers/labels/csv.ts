import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import { parseJson } from '../../model/json.ts';
import { csvColumns, datasetColumns, unguardedCell } from '../../model/label-columns.ts';
import { oneLine } from '../../model/text.ts';
import { checkColumns } from './columns.ts';
import { type LabelRow, maxRowBytes, notUtf8, tooLong } from './reader.ts';

const troubleshootingOnly = ['scenario', 'problem', 'root_cause'];
const columnOf = new Map(csvColumns.map((column) => [column.name, column]));

/**
 * RFC 4180 with the header that the CSV export writes, columns in any order, LF or CRLF, with or without a byte order mark. A row with the
 * wrong number of cells or broken JSON costs itself; a broken quote or byte ends the reading, since no later row can be trusted.
 * Throws LABELS_FOREIGN if the columns are not those of a label.
 */
export async function* readCsv(path: string, name: string): AsyncGenerator<LabelRow> {
  const parser = parse({ bom: true, relax_column_count: true, max_record_size: maxRowBytes });
  // A failing source destroys the parser with its error, which the loop below throws.
  const fed = pipeline(Readable.from(utf8Pieces(path)), parser).catch(() => undefined);
  let header: string[] | undefined;
  let line = 1;
  try {
    for await (const cells of parser as AsyncIterable<string[]>) {
      const start = line;
      line += 1 + cells.reduce((sum, cell) => sum + newlines(cell), 0);
      if (header !== undefined) {
        if (cells.length > 1 || cells[0] !== '') yield rowOf(header, cells, name, start);
        continue;
      }
      header = cells;
      checkHeader(name, header);
    }
  } catch (error) {
    yield broken(error, name, line);
  } finally {
    parser.destroy();
    await fed;
  }
}

function checkHeader(name: string, header: string[]): void {
  checkColumns(
    name,
    header,
    csvColumns.filter(({ kind }) => kind !== 'shown').map((column) => column.name),
    csvColumns.filter(({ kind }) => kind === 'shown').map((column) => column.name),
  );
}

function rowOf(header: string[], cells: string[], file: string, line: number): LabelRow {
  if (cells.length !== header.length) {
    return { problem: { file, line, found: `${cells.length} cells`, expected: `${header.length} cells, as the header has` } };
  }
  const row: Record<string, unknown> = {};
  for (const [index, name] of header.entries()) {
    try {
      put(row, name, unguardedCell(cells[index] ?? ''));
    } catch {
      const found = oneLine(cells[index] ?? '', 60);
      return { problem: { file, line, pointer: `/${columnOf.get(name)?.path.join('/')}`, found, expected: `JSON text in column ${name}` } };
    }
  }
  return { line, value: shaped(row) };
}

/** Puts one cell where the label has it; broken JSON throws. An empty cell is an empty text, or a field that this type of label lacks. */
function put(row: Record<string, unknown>, name: string, cell: string): void {
  const column = columnOf.get(name);
  if (column === undefined && datasetColumns.includes(name)) row[name] = cell;
  if (column === undefined || column.kind === 'shown' || (cell === '' && column.kind !== 'text')) return;
  const [field = '', inner] = column.path;
  const value = column.kind === 'json' ? parseJson(cell) : column.kind === 'number' ? numberOf(cell) : cell;
  // The text of an impact is only what people see of the object beside it.
  if (inner === undefined) row[field] = name === 'impact' && row.impact !== undefined ? row.impact : value;
  else row[field] = { ...(row[field] as object | undefined), [inner]: value };
}

/** Fields that only troubleshooting labels have are empty cells in the rows of others. */
function shaped(row: Record<string, unknown>): Record<string, unknown> {
  if (row.type === 'troubleshooting') return row;
  return Object.fromEntries(Object.entries(row).filter(([name, value]) => !(troubleshootingOnly.includes(name) && value === '')));
}

function numberOf(cell: string): unknown {
  return cell.trim() === '' || Number.isNaN(Number(cell)) ? cell : Number(cell);
}

async function* utf8Pieces(path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  for await (const chunk of createReadStream(path)) yield decoder.decode(chunk as Buffer, { stream: true });
  yield decoder.decode();
}

function broken(error: unknown, file: string, line: number): LabelRow {
  if (!(error instanceof Error)) throw error;
  if ('code' in error && error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return notUtf8(file, line);
  if (!(error instanceof CsvError)) throw error;
  if (error.code === 'CSV_MAX_RECORD_SIZE') return tooLong(file, line);
  const ends = error.code === 'CSV_QUOTE_NOT_CLOSED';
  const found = ends ? 'the end of the file inside a quoted cell' : oneLine(error.message, 120);
  return { problem: { file, line, found, expected: `RFC 4180; nothing after line ${line} was read` } };
}

function newlines(cell: string): number {
  let count = 0;
  for (let at = cell.indexOf('\n'); at !== -1; at = cell.indexOf('\n', at + 1)) count += 1;
  return count;
}

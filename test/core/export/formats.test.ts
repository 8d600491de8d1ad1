import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { type ExportFormat, exporters } from '../../../src/core/export/exporters.ts';
import { writeTarget } from '../../../src/core/export/target.ts';
import { parseJson, stringifyJson } from '../../../src/core/model/json.ts';
import { type Label, labelFields } from '../../../src/core/model/label.ts';
import { hostileTexts, labelsArbitrary, optimizationLabel, troubleshootingLabel } from '../label-arbitrary.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'export-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function* stream(labels: Label[]) {
  yield* labels;
}

async function exported(format: ExportFormat, labels: Label[]): Promise<string> {
  const path = join(directory, `dataset.${format}`);
  await writeTarget(exporters[format], stream(labels), { path });
  return path;
}

async function exportedText(format: ExportFormat, labels: Label[]): Promise<string> {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readFile(await exported(format, labels)));
}

/** RFC 4180 cells, to read back without the library that wrote them. */
function csvRows(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, plain = '', end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/g)) {
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

function unguarded(cell: string): string {
  return /^'+[=+\-@\t\r\0\uff1d\uff0b\uff0d\uff20]/.test(cell) ? cell.slice(1) : cell;
}

/** Numbers as the format reads them: the model has bigint only beyond 2^53. */
function plainIntegers(value: unknown): unknown {
  return parseJson(stringifyJson(value, 0));
}

const hostile: Label[] = hostileTexts.map((text, n) =>
  troubleshootingLabel(n, { answer: text, problem: `${text}${text}`, scenario: text }),
);
hostile.push(troubleshootingLabel(900, { answer: 'x'.repeat(1024 * 1024), rule_ids: hostileTexts }), optimizationLabel(901));

describe('every label comes back from', () => {
  it('JSON Lines', async () => {
    const read = (text: string) =>
      text
        .split('\n')
        .filter((line) => line !== '')
        .map(parseJson);
    expect(read(await exportedText('jsonl', hostile))).toEqual(hostile);
    await fc.assert(
      fc.asyncProperty(labelsArbitrary(), async (labels) => {
        expect(read(await exportedText('jsonl', labels))).toEqual(labels);
      }),
    );
  });

  it('JSON', async () => {
    expect(parseJson(await exportedText('json', hostile))).toEqual(hostile);
    await fc.assert(
      fc.asyncProperty(labelsArbitrary(), async (labels) => {
        expect(parseJson(await exportedText('json', labels))).toEqual(labels);
      }),
    );
  });

  it.each(['1.1', '1.2'] as const)('YAML, read as version %s', async (version) => {
    const read = (text: string) =>
      parseAllDocuments(text, { version, intAsBigInt: true, merge: false, uniqueKeys: false }).map((document) => {
        expect(document.errors).toEqual([]);
        return plainIntegers(document.toJS());
      });
    expect(read(await exportedText('yaml', hostile))).toEqual(hostile);
    await fc.assert(
      fc.asyncProperty(labelsArbitrary(), async (labels) => {
        expect(read(await exportedText('yaml', labels))).toEqual(labels);
      }),
    );
  });

  it('CSV, once the apostrophes before formulas are taken off', async () => {
    const read = (text: string) => {
      const [header = [], ...rows] = csvRows(text);
      return rows.map((row) => Object.fromEntries(header.map((name, n) => [name, unguarded(row[n] ?? '')])));
    };
    await fc.assert(
      fc.asyncProperty(labelsArbitrary(), async (labels) => {
        for (const [index, label] of [...hostile.slice(0, 3), ...labels].entries()) {
          const row = read(await exportedText('csv', [...hostile.slice(0, 3), ...labels]))[index] ?? {};
          expect(row).toMatchObject({ id: label.id, reason: label.reason, 'resource.name': label.resource.name });
          expect(row.question).toBe(label.question);
          expect(Number(row['quality.overall_score'])).toBe(label.quality.overall_score);
          expect(parseJson(row.context_json ?? '')).toEqual(label.context);
          expect(parseJson(row.evidence_json ?? '')).toEqual(label.evidence);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('Parquet', async () => {
    // The reader turns JSON columns into values itself, so that integers beyond 2^53 are compared where they are text.
    const check = async (labels: Label[]) => {
      const rows = await parquetReadObjects({ file: await asyncBufferFromFile(await exported('parquet', labels)), compressors });
      const found = rows.map((row) => ({ ...row, evidence: (row.evidence as { value: string }[]).map(withValue) }));
      expect(found.map((row) => row.evidence.map(({ value }) => value))).toEqual(
        labels.map((label) => label.evidence.map(({ value }) => value)),
      );
      // One column has one shape: a label without a spec has a null there.
      const shaped = labels.map((label) => ({
        ...label,
        resource: { spec: null, ...label.resource },
        evidence: label.evidence.map((item) => ({ ablation: null, ...item })),
      }));
      expect(rounded(found.map(withoutNull))).toEqual(rounded(shaped));
    };
    await check(hostile);
    await fc.assert(fc.asyncProperty(labelsArbitrary(), check), { numRuns: 30 });
  });
});

function withValue<T extends { value: string }>(item: T) {
  return { ...item, value: parseJson(item.value) };
}

function withoutNull(row: object): object {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null && value !== undefined));
}

/** As a reader sees it that has no bigint and drops a leading U+FEFF; the next test reads those exactly. */
function rounded(value: unknown): unknown {
  return JSON.parse(stringifyJson(value).replaceAll('\ufeff', ''));
}

it('Parquet keeps a leading U+FEFF, NUL and integers beyond 2^53', async () => {
  const context = { ...troubleshootingLabel().context, workload: { kind: 'x', name: '\0', desired: 2n ** 63n, ready: 1, images: [] } };
  const label = troubleshootingLabel(1, { answer: '\ufeffbom\0', context: context as unknown as Label['context'] });
  const path = await exported('parquet', [label]);
  const connection = await (await DuckDBInstance.create()).connect();
  const reader = await connection.runAndReadAll(`SELECT to_json(answer)::VARCHAR, context::VARCHAR FROM '${path}'`);
  expect(reader.getRows()).toEqual([[JSON.stringify(label.answer), stringifyJson(context)]]);
});

describe('a format', () => {
  const formats = Object.keys(exporters) as ExportFormat[];

  it.each(formats)('%s replaces lone surrogates, so that the file is UTF-8', async (format) => {
    const label = troubleshootingLabel(1, { answer: 'cut \ud83d', context: { ...troubleshootingLabel().context, namespace: '\udc00' } });
    const mended = troubleshootingLabel(1, { answer: 'cut \ufffd', context: { ...label.context, namespace: '\ufffd' } });
    const bytes = await readFile(await exported(format, [label]));
    expect(bytes.equals(await readFile(await exported(format, [mended])))).toBe(true);
  });

  it.each(formats)('%s never shows the time of insertion, and shows every other field', async (format) => {
    const bytes = await readFile(await exported(format, [troubleshootingLabel(), optimizationLabel(2)]));
    expect(bytes.includes('created_at')).toBe(false);
    for (const field of labelFields) expect(bytes.includes(field), field).toBe(true);
  });

  it.each([
    ['json', '[]\n'],
    ['jsonl', ''],
    ['yaml', ''],
  ] as const)('%s without labels is valid and empty', async (format, text) => {
    expect(await exportedText(format, [])).toBe(text);
  });

  it('CSV and Parquet without labels still name their columns', async () => {
    expect(csvRows(await exportedText('csv', []))[0]).toContain('reason');
    const metadata = await parquetMetadataAsync(await asyncBufferFromFile(await exported('parquet', [])));
    expect(metadata.num_rows).toBe(0n);
  });

  it('CSV makes no cell that a spreadsheet would run', async () => {
    for (const row of csvRows(await exportedText('csv', hostile))) for (const cell of row) expect(cell).not.toMatch(/^[=+\-@\t\r\0]/);
  });

  it('CSV guards a formula behind any number of apostrophes, so that taking one off gives the text back', async () => {
    const answers = ['=1', "'=1", "''=1", "'", "''x", '＝1'];
    const labels = answers.map((answer, n) => troubleshootingLabel(n, { answer }));
    const [header = [], ...rows] = csvRows(await exportedText('csv', labels));
    expect(rows.map((row) => row[header.indexOf('answer')])).toEqual(["'=1", "''=1", "'''=1", "'", "''x", "'＝1"]);
  });

  it('YAML announces a key of more than 1024 characters, which no reader would take otherwise', async () => {
    const label = troubleshootingLabel(1, { evidence: [{ ...troubleshootingLabel().evidence[0]!, value: { ['k'.repeat(2000)]: [1] } }] });
    const [document] = parseAllDocuments(await exportedText('yaml', [label]));
    expect(document?.toJS()).toEqual(label);
  });

  it('Parquet uses only types that dataset loaders read, and ZSTD', async () => {
    const metadata = await parquetMetadataAsync(await asyncBufferFromFile(await exported('parquet', hostile)));
    const types = new Set(metadata.schema.slice(1).map(({ type, converted_type }) => `${type ?? 'GROUP'} ${converted_type ?? ''}`.trim()));
    expect([...types].sort()).toEqual(['BOOLEAN', 'BYTE_ARRAY JSON', 'BYTE_ARRAY UTF8', 'DOUBLE', 'GROUP', 'GROUP LIST', 'INT64 INT_64']);
    const codecs = new Set(metadata.row_groups.flatMap((group) => group.columns.map((column) => column.meta_data?.codec)));
    expect([...codecs]).toEqual(['ZSTD']);
  });

  it('Parquet puts fewer rows into a group where labels are large, since DuckDB holds a group in memory', async () => {
    const labels = Array.from({ length: 2500 }, (_, n) => troubleshootingLabel(n, { answer: `${n} ${'x'.repeat(10_000)}` }));
    const metadata = await parquetMetadataAsync(await asyncBufferFromFile(await exported('parquet', labels)));
    expect(metadata.row_groups.map(({ num_rows }) => Number(num_rows))).toEqual([2048, 452]);
  });

  it('YAML writes several plain lines as a block that people can read', async () => {
    const text = await exportedText('yaml', [troubleshootingLabel(1, { answer: 'First line.\n\n  - second: line # no comment\n---' })]);
    expect(text).toContain('answer: |-\n  First line.\n\n    - second: line # no comment\n  ---\n');
  });
});

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exportLabels } from '../../../src/core/export/export.ts';
import { type ExportFormat, exporters } from '../../../src/core/export/exporters.ts';
import { qualityBound, timeBound } from '../../../src/core/export/filter.ts';
import type { Label } from '../../../src/core/model/label.ts';
import { openStore } from '../../../src/core/store/open.ts';
import type { LabelStore } from '../../../src/core/store/store.ts';
import { optimizationLabel, troubleshootingLabel } from '../label-arbitrary.ts';

const formats = Object.keys(exporters) as ExportFormat[];
const createdAt = '2026-03-02T00:00:00.000Z';
let directory: string;
let store: LabelStore;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'export-'));
  store = await openStore(join(directory, 'store', 's.duckdb'));
});
afterEach(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

const labels: Label[] = [
  ...Array.from({ length: 30 }, (_, n) => troubleshootingLabel(n, { timestamp: `2026-03-01T10:${String(n).padStart(2, '0')}:00.000Z` })),
  optimizationLabel(50, { cluster_id: 'c02', timestamp: '2026-02-20T00:00:00Z' }),
];

async function fill(): Promise<void> {
  await store.replaceCapture('cap-a', { labels }, createdAt);
}

describe('an export', () => {
  it.each(formats)('to %s gives the same bytes whatever the order and time of insertion, and their sha256', async (format) => {
    await fill();
    const first = await exportLabels(store, { format, out: join(directory, 'a'), filter: {} });
    const other = await openStore(join(directory, 'store', 'other.duckdb'));
    await other.replaceCapture('cap-a', { labels: labels.slice(0, 7) }, createdAt);
    await other.replaceCapture('cap-a', { labels: [...labels].reverse() }, '2030-01-01T00:00:00.000Z');
    const second = await exportLabels(other, { format, out: join(directory, 'b'), filter: {} });
    await other.close();
    const bytes = await readFile(join(directory, 'a'));
    expect(bytes.equals(await readFile(join(directory, 'b')))).toBe(true);
    expect(first.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect([first.sha256, first.labels]).toEqual([second.sha256, 31]);
  });

  it.each(formats)('to %s never replaces a label store, also not through a link', async (format) => {
    await fill();
    const other = join(directory, 'other.duckdb');
    await (await openStore(other)).close();
    await symlink(other, join(directory, 'link'));
    const bytes = await readFile(other);
    for (const out of [other, join(directory, 'link')]) {
      await expect(exportLabels(store, { format, out, filter: {} })).rejects.toMatchObject({ code: 'OUT_IS_STORE', exitCode: 2 });
    }
    expect((await readFile(other)).equals(bytes)).toBe(true);
  });

  it('writes to a stream the bytes it writes to a file, and does not close it', async () => {
    await fill();
    for (const format of ['jsonl', 'parquet'] as const) {
      const stream = new PassThrough();
      const bytes = text(stream);
      const streamed = await exportLabels(store, { format, out: stream, filter: {} });
      expect(stream.writableEnded).toBe(false);
      stream.end();
      const file = await exportLabels(store, { format, out: join(directory, 'a'), filter: {} });
      expect(streamed).toEqual({ ...file, file: undefined });
      expect((await bytes).length).toBeGreaterThan(1000);
    }
  });

  it('counts durations back from the newest label, and tells what each filter removed', async () => {
    await fill();
    const filter = { type: 'troubleshooting', cluster: undefined, since: '10m', until: '2026-03-01T10:28:00Z' } as const;
    const summary = await exportLabels(store, { format: 'jsonl', out: join(directory, 'a.jsonl'), filter });
    expect(summary).toMatchObject({
      labels: 9,
      stored: 31,
      filters: [
        { filter: 'type', value: 'troubleshooting', removed: 1 },
        { filter: 'since', value: '2026-03-01T10:19:00.000Z', removed: 19 },
        { filter: 'until', value: '2026-03-01T10:28:00Z', removed: 2 },
      ],
    });
  });

  it('writes a valid file without labels, and tells which filter left none', async () => {
    await fill();
    const summary = await exportLabels(store, {
      format: 'json',
      out: join(directory, 'a.json'),
      filter: { cluster: 'c09', minQuality: 0.1 },
    });
    expect(summary.filters.map(({ removed }) => removed)).toEqual([31, 0]);
    expect(await readFile(join(directory, 'a.json'), 'utf8')).toBe('[]\n');
  });

  it('makes directories, replaces a former file whole, and follows a link to it', async () => {
    await fill();
    const out = join(directory, 'new', 'deep', 'a.jsonl');
    await exportLabels(store, { format: 'jsonl', out, filter: {} });
    await symlink(out, join(directory, 'link'));
    await exportLabels(store, { format: 'jsonl', out: join(directory, 'link'), filter: { cluster: 'c02' } });
    expect((await readFile(out, 'utf8')).split('\n')).toHaveLength(2);
    expect(await readdir(join(directory, 'new', 'deep'))).toEqual(['a.jsonl']);
  });
});

describe('an export that fails', () => {
  async function* torn(): AsyncGenerator<Label> {
    yield troubleshootingLabel(1);
    throw new RangeError('the store broke');
  }

  it.each(formats)('leaves the former %s file and nothing else when labels stop half-way', async (format) => {
    await mkdir(join(directory, 'out'));
    const out = join(directory, 'out', 'a');
    await writeFile(out, 'former');
    const source = { select: torn, count: async () => 1, timeRange: async () => undefined };
    await expect(exportLabels(source, { format, out, filter: {} })).rejects.toThrow(new RangeError('the store broke'));
    expect(await readdir(join(directory, 'out'))).toEqual(['a']);
    expect(await readFile(out, 'utf8')).toBe('former');
  });

  it.each(formats)('as %s leaves nothing on a full device, and the device as it was', async (format) => {
    await fill();
    const failed = exportLabels(store, { format, out: '/dev/full', filter: {} });
    await expect(failed).rejects.toMatchObject({ code: 'EXPORT_WRITE_FAILED', exitCode: 5 });
    expect((await readdir('/dev')).filter((name) => name.includes('partial'))).toEqual([]);
  });

  it.each(formats)('as %s leaves nothing when a file may not grow', async (format) => {
    await fill();
    await store.close();
    await mkdir(join(directory, 'out'));
    const script = `
      import { exportLabels } from './src/core/export/export.ts';
      import { openStore } from './src/core/store/open.ts';
      const [file, out] = process.argv.slice(-2);
      const store = await openStore(file, { readOnly: true });
      await exportLabels(store, { format: '${format}', out, filter: {} }).catch((error) => console.log(error.code, error.exitCode));
      await store.close();`;
    const node = `exec "${process.execPath}" --import tsx --input-type=module -e "$1" "$2" "$3"`;
    const args = ['-c', `ulimit -f 4; ${node}`, 'bash', script, join(directory, 'store', 's.duckdb'), join(directory, 'out', 'a')];
    const { stdout } = await promisify(execFile)('bash', args, { cwd: join(import.meta.dirname, '../../..') });
    expect(stdout).toBe('EXPORT_WRITE_FAILED 5\n');
    expect(await readdir(join(directory, 'out'))).toEqual([]);
  });

  it('names a directory that stands where the file should be', async () => {
    await fill();
    const failed = exportLabels(store, { format: 'jsonl', out: directory, filter: {} });
    await expect(failed).rejects.toMatchObject({ code: 'EXPORT_WRITE_FAILED', message: expect.stringContaining(directory) });
    expect(await readdir(directory)).toEqual(['store']);
  });
});

describe('a bound', () => {
  it('is a time, or a duration before the newest label', () => {
    const newest = '2026-03-01T10:00:00.000Z';
    expect(timeBound('--since', '2026-03-01T10:00:00+02:00', newest)).toBe('2026-03-01T10:00:00+02:00');
    expect(timeBound('--since', '24h', newest)).toBe('2026-02-28T10:00:00.000Z');
    expect(timeBound('--since', '7d', newest)).toBe('2026-02-22T10:00:00.000Z');
    expect(timeBound('--since', '7d', undefined)).toBe('1970-01-01T00:00:00.000Z');
  });

  it.each(['', 'yesterday', '24', '2026-03-01', '2026-13-01T00:00:00Z', '-3h', '999999999999d'])('is not "%s"', (text) => {
    expect(() => timeBound('--until', text, '2026-03-01T10:00:00Z')).toThrow(
      expect.objectContaining({ code: 'INVALID_TIME', exitCode: 2, message: expect.stringContaining('--until') }),
    );
  });

  it('of quality is a number from 0 to 1', () => {
    expect(['0', '0.6', '1'].map(qualityBound)).toEqual([0, 0.6, 1]);
    for (const text of ['', ' ', '-0.1', '1.1', 'good', 'NaN']) {
      expect(() => qualityBound(text)).toThrow(expect.objectContaining({ code: 'INVALID_QUALITY', exitCode: 2 }));
    }
  });
});

/**
 * `npm run bench:export [-- --rows N] [--format NAME]`: exports 500,000 varied labels to every format, and lets DuckDB copy the same rows of the same store
 * (JSON, CSV, Parquet with ZSTD), each in a process of its own with the same settings. Then a fifth of the rows, to show that memory is flat.
 * Prints a table (`ratio` is of CPU time); nothing is asserted.
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { exportLabels } from '../../src/core/export/export.ts';
import { type ExportFormat, exporters } from '../../src/core/export/exporters.ts';
import { openStore } from '../../src/core/store/open.ts';
import { fillStore } from './many-labels.ts';

/** `cpu` is seconds of both kinds of CPU time, which a busy machine does not change. */
type Run = { seconds: number; cpu: number; bytes: number; peakMiB: number };

const args = process.argv.slice(2);
const rows = (args.includes('--rows') && Number(args[args.indexOf('--rows') + 1])) || 500_000;
const only = args.includes('--format') ? args[args.indexOf('--format') + 1] : undefined;
const formats = (Object.keys(exporters) as ExportFormat[]).filter((format) => only === undefined || format === only);
const copies: Partial<Record<ExportFormat, string>> = {
  json: 'FORMAT json, ARRAY true',
  jsonl: 'FORMAT json',
  csv: 'FORMAT csv, HEADER',
  parquet: 'FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 10240',
};

/** One row per label with all that the store holds of it. */
const sameRows = `SELECT l.id, type, question, answer, cluster_id, capture_id, incident_id, category, reason, severity, context, metadata,
    "timestamp", confidence, e.evidence
  FROM labels l LEFT JOIN (SELECT label_id, list(data ORDER BY position) AS evidence FROM evidence GROUP BY label_id) e ON e.label_id = l.id
  ORDER BY l.id`;

async function ours(format: ExportFormat, path: string, out: string): Promise<void> {
  const store = await openStore(path, { readOnly: true });
  await exportLabels(store, { format, out, filter: {} });
  await store.close();
}

/** The settings of the label store, but the memory that DuckDB needs to gather the evidence of all labels at once. */
async function duckdbs(format: ExportFormat, path: string, out: string): Promise<void> {
  const settings = { access_mode: 'READ_ONLY', threads: '1', memory_limit: '8GB', temp_directory: `${out}.spill` };
  const instance = await DuckDBInstance.create(path, settings);
  const connection = await instance.connect();
  await connection.run(`COPY (${sameRows}) TO '${out}' (${copies[format]})`);
  connection.disconnectSync();
  instance.closeSync();
}

/** Runs one export in a process that does nothing else. */
function measured(who: 'ours' | 'duckdb', format: ExportFormat, store: string, out: string): Run {
  const command = ['--import', 'tsx', fileURLToPath(import.meta.url), '--child', who, format, store, out];
  const { stdout, stderr, status } = spawnSync(process.execPath, command, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

async function child(who: string, format: ExportFormat, store: string, out: string): Promise<void> {
  const start = performance.now();
  const before = process.cpuUsage();
  await (who === 'ours' ? ours : duckdbs)(format, store, out);
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  const run: Run = { seconds, cpu: (user + system) / 1e6, bytes: (await stat(out)).size, peakMiB: process.resourceUsage().maxRSS / 1024 };
  await rm(out);
  process.stdout.write(JSON.stringify(run));
}

async function main(): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'k8s-labeler-bench-'));
  try {
    const few = Math.ceil(rows / 5);
    const [small, large] = [join(work, 'few.duckdb'), join(work, 'many.duckdb')];
    await fillStore(small, few);
    await fillStore(large, rows);
    print('format', 'rows/s', 'MB/s', 'seconds', 'CPU s', 'DuckDB s', 'DuckDB CPU s', 'ratio', `MiB ${few}`, `MiB ${rows}`, 'DuckDB MiB');
    for (const format of formats) {
      const one = measured('ours', format, small, join(work, 'out'));
      const run = measured('ours', format, large, join(work, 'out'));
      const copy = copies[format] === undefined ? undefined : measured('duckdb', format, large, join(work, 'out'));
      print(
        format,
        Math.round(rows / run.seconds),
        (run.bytes / 1e6 / run.seconds).toFixed(1),
        run.seconds.toFixed(1),
        run.cpu.toFixed(1),
        copy?.seconds.toFixed(1) ?? '–',
        copy?.cpu.toFixed(1) ?? '–',
        copy === undefined ? '–' : (run.cpu / copy.cpu).toFixed(2),
        one.peakMiB.toFixed(0),
        run.peakMiB.toFixed(0),
        copy?.peakMiB.toFixed(0) ?? '–',
      );
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function print(...cells: (string | number)[]): void {
  process.stdout.write(`${cells.map((cell, index) => (index === 0 ? String(cell).padEnd(9) : String(cell).padStart(13))).join('')}\n`);
}

if (args[0] === '--child') await child(...(args.slice(1) as [string, ExportFormat, string, string]));
else await main();

import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import Generate from '../../src/commands/generate.ts';
import Report from '../../src/commands/report.ts';
import { runCommand, writeOomCapture } from './cli.ts';

let dir: string;
let store: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'report-'));
  store = join(dir, 'labels.duckdb');
  await writeOomCapture(join(dir, 'capture'));
  await runCommand(Generate, join(dir, 'capture'), '--store', store);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('report', () => {
  it('writes one page and says what is in it', async () => {
    const out = join(dir, 'site', 'report.html');
    const { stdout, exitCode } = await runCommand(Report, '--store', store, '--out', out);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(out);
    expect(stdout).toMatch(/\d+ labels?, \d+ incidents?, 1 cluster/);
    expect(await readFile(out, 'utf8')).toMatch(/^<!DOCTYPE html>\n<html lang="en">[\s\S]*<\/html>\n$/);
  });

  it('prints as JSON what it wrote', async () => {
    const out = join(dir, 'report.html');
    const { stdout } = await runCommand(Report, '--store', store, '--out', out, '--json');
    const written = JSON.parse(stdout);
    expect(written).toMatchObject({ file: out, bytes: (await stat(out)).size, clusters: 1, captures: 1 });
    expect(written.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('ends with the exit code of the store where there is none', async () => {
    const { exitCode } = await runCommand(Report, '--store', join(dir, 'missing.duckdb'), '--out', join(dir, 'no.html'));
    expect(exitCode).toBe(5);
    await expect(stat(join(dir, 'no.html'))).rejects.toThrow();
  });
});

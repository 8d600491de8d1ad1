import { readFile, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { captureOutput } from '@oclif/test';
import { afterEach, describe, expect, it } from 'vitest';
import CaptureCut from '../../src/commands/capture/cut.ts';
import CaptureInfo from '../../src/commands/capture/info.ts';
import CaptureRepair from '../../src/commands/capture/repair.ts';
import CaptureVerify from '../../src/commands/capture/verify.ts';
import { at, logDraft, mixedDrafts, newPath, writeAll } from '../core/capture/drafts.ts';

const root = join(import.meta.dirname, '../..');
const outputOf = (work: () => Promise<unknown>) => captureOutput(work, { print: false, stripAnsi: false });

afterEach(() => {
  process.exitCode = undefined;
});

async function written(): Promise<string> {
  const dir = await newPath();
  await writeAll(dir, mixedDrafts(50));
  return dir;
}

describe('capture info', () => {
  it('prints what the capture holds', async () => {
    const dir = await written();
    const { stdout } = await outputOf(() => CaptureInfo.run([dir], root));
    expect(stdout).toMatch(/^status +closed$/m);
    expect(stdout).toMatch(/^records +50: objects 20, events 10, metrics 10, logs 10$/m);
    expect(stdout).toMatch(/^cluster +c01 test$/m);
  });

  it('gives the manifest and a summary with --json', async () => {
    const dir = await written();
    const { stdout } = await outputOf(() => CaptureInfo.run([dir, '--json'], root));
    const info = JSON.parse(stdout);
    expect(info.manifest).toEqual(JSON.parse(await readFile(join(dir, 'manifest.json'), 'utf8')));
    expect(info.summary).toMatchObject({ total: 50, gaps: 0 });
  });

  it('says what to do when there is no capture, with exit code 3', async () => {
    const { stderr } = await outputOf(async () => CaptureInfo.run([await newPath()], root));
    expect(stderr).toContain('CAPTURE_NOT_FOUND');
    expect(stderr).toContain('k8s-labeler import');
    expect(process.exitCode).toBe(3);
  });

  it('does not let a capture write to the terminal', async () => {
    const dir = await newPath();
    await writeAll(dir, [], { clusters: [{ alias: 'c01', name: '\u001b[31mred' }] });
    const { stdout } = await outputOf(() => CaptureInfo.run([dir], root));
    expect(stdout).toContain('\\x1b[31mred');
  });
});

describe('capture verify', () => {
  it('says that a capture is sound', async () => {
    const dir = await written();
    const { stdout } = await outputOf(() => CaptureVerify.run([dir], root));
    expect(stdout).toContain('sound: 50 records in 4 segments');
    expect(process.exitCode).toBeUndefined();
  });

  it('names each problem and ends with exit code 3', async () => {
    const dir = await written();
    await truncate(join(dir, 'c01/000001.logs.ndjson.gz'), 50);
    const { stdout } = await outputOf(() => CaptureVerify.run([dir], root));
    expect(stdout).toMatch(/^CAPTURE_SIZE c01\/000001\.logs\.ndjson\.gz: found 50 bytes/m);
    expect(process.exitCode).toBe(3);
  });
});

describe('capture repair', () => {
  it('says what it kept and lost', async () => {
    const dir = await written();
    await rm(join(dir, 'c01/000001.logs.ndjson.gz'));
    const { stdout } = await outputOf(() => CaptureRepair.run([dir], root));
    expect(stdout).toContain('40 records kept, 10 known to be lost, 1 gap recorded');
    const again = await outputOf(() => CaptureRepair.run([dir], root));
    expect(again.stdout).toContain('nothing to repair: 41 records');
  });
});

describe('capture cut', () => {
  it('says that a cut is empty, and where to look, with exit code 6', async () => {
    const args = [await written(), '--to', '2001-01-01T00:00:00Z', '--out', await newPath()];
    const { stderr } = await outputOf(() => CaptureCut.run(args, root));
    expect(stderr).toMatch(/nothing was recorded there: k8s-labeler capture info/);
    expect(process.exitCode).toBe(6);
  });

  it('copies a time range of some namespaces', async () => {
    const [dir, out] = [await newPath(), await newPath()];
    await writeAll(dir, [logDraft('a', 0), logDraft('b', 5), logDraft('c', 5, 'other'), logDraft('d', 9)]);
    const { stdout } = await outputOf(() => CaptureCut.run([dir, '--from', at(1), '--to', at(6), '-n', 'shop', '--out', out], root));
    expect(stdout).toContain('1 record, 0 of them the state at the start');
    const verified = await outputOf(() => CaptureVerify.run([out], root));
    expect(verified.stdout).toContain('sound: 1 record in 1 segment');
  });

  it('refuses a range that is none with exit code 2', async () => {
    const dir = await written();
    const { stderr } = await outputOf(async () => CaptureCut.run([dir, '--from', 'noon', '--out', await newPath()], root));
    expect(stderr).toContain('from: found "noon", expected an RFC 3339 time');
    expect(process.exitCode).toBe(2);
  });
});

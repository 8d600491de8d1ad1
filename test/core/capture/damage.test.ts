import { mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openManifest } from '../../../src/core/capture/manifest.ts';
import { openPicker } from '../../../src/core/capture/pick.ts';
import { readCapture } from '../../../src/core/capture/read.ts';
import { repairCapture } from '../../../src/core/capture/repair.ts';
import { summarizeCapture } from '../../../src/core/capture/summary.ts';
import { verifyCapture } from '../../../src/core/capture/verify.ts';
import type { CaptureManifest } from '../../../src/core/model/capture.ts';
import { collect, mixedDrafts, newPath, writeAll } from './drafts.ts';

const small = { memberBytes: 600, segmentBytes: 100_000 };

async function sound(count = 200): Promise<string> {
  const dir = await newPath();
  await writeAll(dir, mixedDrafts(count), small);
  return dir;
}

async function flipByte(file: string, position: number): Promise<void> {
  const bytes = await readFile(file);
  bytes[position] = bytes[position]! ^ 0x55;
  await writeFile(file, bytes);
}

async function editManifest(dir: string, edit: (manifest: CaptureManifest & { [field: string]: unknown }) => void): Promise<void> {
  const file = join(dir, 'manifest.json');
  const manifest = JSON.parse(await readFile(file, 'utf8'));
  edit(manifest);
  await writeFile(file, JSON.stringify(manifest));
}

/** Rewrites the lines of a one-member segment and makes the manifest agree, as somebody would who edits on purpose. */
async function editLines(dir: string, file: string, edit: (lines: string[]) => string[]): Promise<void> {
  const path = join(dir, file);
  const lines = gunzipSync(await readFile(path))
    .toString()
    .trimEnd()
    .split('\n');
  const bytes = gzipSync(`${edit(lines).join('\n')}\n`);
  await writeFile(path, bytes);
  await rm(path.replace('.ndjson.gz', '.idx.json'));
  await editManifest(dir, (manifest) => {
    for (const segment of manifest.segments) if (segment.file === file) segment.bytes = bytes.length;
  });
}

const codes = async (dir: string) => (await verifyCapture(dir)).problems.map(({ code, file }) => `${code} ${file}`);

describe('a manifest', () => {
  it.each(['missing directory', 'empty directory', 'file'])('is CAPTURE_NOT_FOUND for a %s', async (kind) => {
    const dir = await newPath();
    if (kind === 'empty directory') await mkdir(dir);
    if (kind === 'file') await writeFile(dir, 'x');
    await expect(openManifest(dir)).rejects.toMatchObject({ code: 'CAPTURE_NOT_FOUND', exitCode: 3 });
    await expect(repairCapture(dir)).rejects.toMatchObject({ code: 'CAPTURE_NOT_FOUND' });
  });

  it('is refused when a newer major wrote it', async () => {
    const dir = await sound(5);
    await editManifest(dir, (manifest) => Object.assign(manifest, { version: 2, segments: 'who knows' }));
    await expect(collect(readCapture(dir))).rejects.toMatchObject({ code: 'CAPTURE_NEWER', exitCode: 3 });
    await expect(repairCapture(dir)).rejects.toMatchObject({ code: 'CAPTURE_NEWER' });
  });

  it('may have fields this version does not know', async () => {
    const dir = await sound(5);
    await editManifest(dir, (manifest) => Object.assign(manifest, { weather: { sky: 'clear' } }));
    expect(await collect(readCapture(dir))).toHaveLength(5);
  });

  it.each([
    [{ format: 'tar' }, 'field format: found "tar", expected "k8s-labeler-capture"'],
    [{ version: '1' }, 'field version: found "1", expected 1'],
    [{ status: 'fine' }, 'field status: found "fine"'],
    [{ coverage: [{ cluster: 'c01' }] }, 'field coverage[0].resource: found nothing, expected a string'],
    [{ segments: [{ file: '../../etc/passwd' }] }, 'field segments[0].file: found "../../etc/passwd", expected a path like'],
    [{ gaps: -1 }, 'field gaps: found -1, expected a count'],
  ])('with %j names the field, what was found and what was expected', async (patch, message) => {
    const dir = await sound(5);
    await editManifest(dir, (manifest) => Object.assign(manifest, patch));
    await expect(openManifest(dir)).rejects.toMatchObject({ code: 'CAPTURE_BAD_MANIFEST', message: expect.stringContaining(message) });
  });

  it.each(['', '{', '[]', 'null'])('that is %j is CAPTURE_BAD_MANIFEST, and repair makes a new one', async (text) => {
    const dir = await sound(40);
    const before = await collect(readCapture(dir));
    await writeFile(join(dir, 'manifest.json'), text);
    await expect(openManifest(dir)).rejects.toMatchObject({ code: 'CAPTURE_BAD_MANIFEST' });
    expect(await repairCapture(dir)).toMatchObject({ status: 'recovered', kept: 40, gaps: 0 });
    expect(await collect(readCapture(dir))).toStrictEqual(before);
    expect(await openManifest(dir)).toMatchObject({ source: { type: 'repair' }, clusters: [{ alias: 'c01', name: 'c01' }] });
    expect(await codes(dir)).toEqual([]);
  });
});

describe('verify', () => {
  it('finds nothing in a sound capture', async () => {
    expect(await verifyCapture(await sound())).toMatchObject({ ok: true, problems: [], records: 200, segments: 4 });
  });

  it('accepts a capture without records', async () => {
    expect(await verifyCapture(await sound(0))).toMatchObject({ ok: true, records: 0, segments: 0 });
  });

  it('names the file of an edited byte, wherever it is', async () => {
    for (const file of ['c01/000001.objects.ndjson.gz', 'c01/000001.logs.ndjson.gz']) {
      const dir = await sound();
      const { length } = await readFile(join(dir, file));
      for (const share of [0.01, 0.5, 0.99]) {
        await flipByte(join(dir, file), Math.floor(length * share));
        expect(await codes(dir)).toContain(`CAPTURE_CHECKSUM ${file}`);
      }
    }
  });

  it('names line and field of a bad record', async () => {
    const dir = await sound(10);
    await editLines(dir, 'c01/000001.logs.ndjson.gz', (lines) => [lines[0]!, lines[1]!.replace('"container":"app"', '"container":7')]);
    const problem = (await verifyCapture(dir)).problems.find(({ code }) => code === 'CAPTURE_CORRUPT');
    expect(problem).toMatchObject({ line: 2, message: 'field line.container: found 7, expected a string' });
    await expect(collect(readCapture(dir))).rejects.toMatchObject({
      code: 'CAPTURE_CORRUPT',
      message: expect.stringMatching(
        /000001\.logs\.ndjson\.gz, member at byte 0, line 2 of .*: found 7 in field line\.container, expected a string/,
      ),
    });
  });

  it.each([
    ['out of order', (lines: string[]) => lines.toReversed()],
    ['of another class', (lines: string[]) => [lines[0]!, lines[1]!.replace(/"kind":"log".*/, '"kind":"tick"}')]],
    ['with a seq of another file', (lines: string[]) => [lines[0]!, lines[1]!.replace('"seq":8', '"seq":9')]],
  ])('finds records %s', async (_, edit) => {
    const dir = await sound(10);
    await editLines(dir, 'c01/000001.logs.ndjson.gz', edit);
    const found = (await codes(dir)).filter((code) => /ORDER|PLACE/.test(code));
    expect(found).not.toEqual([]);
  });

  it('finds a missing, an unlisted and a replaced segment, a wrong counter and a wrong index', async () => {
    const dir = await sound();
    await rm(join(dir, 'c01/000001.logs.ndjson.gz'));
    await writeFile(join(dir, 'c01/000002.events.ndjson.gz'), gzipSync(''));
    await editManifest(dir, (manifest) => {
      manifest.gaps = 3;
      manifest.segments[1]!.prevSha256 = '';
    });
    await writeFile(join(dir, 'c01/000001.metrics.idx.json'), '[]');
    expect(await codes(dir)).toEqual(
      expect.arrayContaining([
        'CAPTURE_MISSING c01/000001.logs.ndjson.gz',
        'CAPTURE_UNLISTED c01/000002.events.ndjson.gz',
        'CAPTURE_CHAIN c01/000001.events.ndjson.gz',
        'CAPTURE_COUNTERS manifest.json',
        'CAPTURE_INDEX c01/000001.metrics.idx.json',
      ]),
    );
  });
});

describe('reading a damaged capture', () => {
  it('throws CAPTURE_CORRUPT with file and member, and says what to do', async () => {
    const dir = await sound();
    const file = join(dir, 'c01/000001.objects.ndjson.gz');
    await flipByte(file, Math.floor((await readFile(file)).length / 2));
    await expect(collect(readCapture(dir))).rejects.toMatchObject({
      code: 'CAPTURE_CORRUPT',
      exitCode: 3,
      message: expect.stringMatching(/c01\/000001\.objects\.ndjson\.gz, member at byte \d+ of/),
      suggestions: [expect.stringContaining('capture verify'), expect.stringContaining('capture repair')],
    });
  });

  it('throws for a closed capture with a file that is too short or gone', async () => {
    for (const damage of [(file: string) => truncate(file, 100), (file: string) => rm(file)]) {
      const dir = await sound();
      await damage(join(dir, 'c01/000001.logs.ndjson.gz'));
      await expect(collect(readCapture(dir))).rejects.toMatchObject({ code: 'CAPTURE_CORRUPT' });
      await expect(openPicker(dir)).rejects.toMatchObject({ code: 'CAPTURE_CORRUPT' });
    }
  });
});

describe('repair', () => {
  it('leaves a sound capture alone', async () => {
    const dir = await sound();
    const before = await readFile(join(dir, 'manifest.json'));
    expect(await repairCapture(dir)).toMatchObject({ status: 'unchanged', kept: 200, lost: 0 });
    expect(await readFile(join(dir, 'manifest.json'))).toEqual(before);
  });

  it('keeps all but a damaged member, with its numbers, and records the gap in its place', async () => {
    const dir = await sound();
    const before = await collect(readCapture(dir));
    const file = join(dir, 'c01/000001.objects.ndjson.gz');
    await flipByte(file, Math.floor((await readFile(file)).length / 2));
    await writeFile(join(dir, 'notes.txt'), 'mine');
    const { kept, lost, gaps } = await repairCapture(dir);
    const after = await collect(readCapture(dir));
    const gap = after.find(({ kind }) => kind === 'gap');
    expect([kept + lost, gaps]).toEqual([200, 1]);
    expect(lost).toBeGreaterThan(0);
    expect(gap).toMatchObject({ atSource: 'derived', reason: expect.stringContaining('c01/000001.objects.ndjson.gz') });
    const keptSeqs = new Set(after.filter(({ kind }) => kind !== 'gap').map(({ seq }) => seq));
    expect(after.filter(({ kind }) => kind !== 'gap')).toStrictEqual(before.filter(({ seq }) => keptSeqs.has(seq)));
    expect(before.some(({ seq }) => seq === gap?.seq) && !keptSeqs.has(gap!.seq)).toBe(true);
    expect(await codes(dir)).toEqual([]);
    expect((await openManifest(dir)).status).toBe('recovered');
    expect(await readdir(dir)).toContain('notes.txt');
    expect(await repairCapture(dir)).toMatchObject({ status: 'unchanged' });
  });

  it('writes elsewhere on request and leaves the damaged capture as it is', async () => {
    const [dir, out] = [await sound(), await newPath()];
    await rm(join(dir, 'c01/000001.metrics.ndjson.gz'));
    expect(await repairCapture(dir, { out })).toMatchObject({ kept: 160, lost: 40, gaps: 1, out });
    expect(await codes(out)).toEqual([]);
    expect(await codes(dir)).toContain('CAPTURE_MISSING c01/000001.metrics.ndjson.gz');
  });
});

describe('a summary', () => {
  it('says the same of a closed capture and of the same capture left open', async () => {
    const dir = await sound();
    const { summary } = await summarizeCapture(dir);
    expect(summary).toMatchObject({ total: 200, records: { objects: 80, events: 40, metrics: 40, logs: 40 }, problems: [] });
    expect([summary.from, summary.to]).toEqual(['2026-01-01T00:00:00.000Z', '2026-01-01T03:19:00.000Z']);
    await editManifest(dir, (manifest) => Object.assign(manifest, { status: 'open', segments: [] }));
    expect((await summarizeCapture(dir)).summary).toEqual(summary);
  });
});

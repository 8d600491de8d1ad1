import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { type ArchiveLimits, archiveLimits, isArchive, unpackArchive } from '../../../src/core/importers/archive.ts';
import { emptyReport } from '../../../src/core/importers/importer.ts';
import { folder } from './folder.ts';

type Entry = Partial<Header> & { name: string; content?: string };

/** A tar with these entries, made header by header. */
async function tar(entries: Entry[]): Promise<Buffer> {
  const packing = pack();
  for (const { content = '', ...header } of entries) packing.entry(header, content);
  packing.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of packing) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Unpacks bytes into `outer/in`; returns what lies in `outer` afterwards. */
async function unpack(bytes: Buffer, limits: Partial<ArchiveLimits> = {}, signal?: AbortSignal) {
  const outer = folder({ 'bundle.tar.gz': bytes });
  const into = join(outer, 'in');
  mkdirSync(into);
  const report = emptyReport();
  const failure = await unpackArchive(join(outer, 'bundle.tar.gz'), into, report, { limits: { ...archiveLimits, ...limits }, signal }).then(
    () => undefined,
    (error: unknown) => error,
  );
  return { failure, report, into, outside: readdirSync(outer).sort() };
}

const gz = async (entries: Entry[]) => gzipSync(await tar(entries));
const refusal = (found: RegExp) => ({ code: 'IMPORT_ARCHIVE', exitCode: 3, message: expect.stringMatching(found) });

describe('a sound archive', () => {
  it.each(['gzip', 'plain'])('gives its files below the folder (%s)', async (packing) => {
    const plain = await tar([{ name: 'b/', type: 'directory' }, { name: './b/pods.json', content: '{}' }, { name: 'b/empty' }]);
    const { failure, into } = await unpack(packing === 'gzip' ? gzipSync(plain) : plain);
    expect(failure).toBeUndefined();
    expect(readFileSync(join(into, 'b/pods.json'), 'utf8')).toBe('{}');
    expect(readFileSync(join(into, 'b/empty'), 'utf8')).toBe('');
  });

  it('skips and counts links that stay inside it', async () => {
    const { failure, report, into } = await unpack(
      await gz([
        { name: 'a/pods.json', content: '{}' },
        { name: 'a/link.json', type: 'symlink', linkname: '../a/pods.json' },
        { name: 'a/hard.json', type: 'link', linkname: 'a/pods.json' },
      ]),
    );
    expect(failure).toBeUndefined();
    expect(readdirSync(join(into, 'a'))).toEqual(['pods.json']);
    expect(report.ignored).toEqual({ 'link in an archive': 2 });
  });

  it('lets the later of two entries with one name count, as tar does', async () => {
    const { into } = await unpack(
      await gz([
        { name: 'a', content: 'longer than' },
        { name: 'a', content: 'new' },
      ]),
    );
    expect(readFileSync(join(into, 'a'), 'utf8')).toBe('new');
  });

  it('takes names longer than a tar header holds', async () => {
    const name = `${'d'.repeat(120)}/${'f'.repeat(120)}.log`;
    const { into } = await unpack(await gz([{ name, content: 'x' }]));
    expect(existsSync(join(into, name))).toBe(true);
  });
});

describe('a hostile archive', () => {
  it.each<[string, Entry, RegExp]>([
    ['an absolute path', { name: '/tmp/evil', content: 'x' }, /absolute path \/tmp\/evil/],
    ['a path of another system', { name: 'C:\\evil', content: 'x' }, /absolute path/],
    ['a path that climbs', { name: 'a/../../evil', content: 'x' }, /the path a\/\.\.\/\.\.\/evil/],
    ['a path that climbs with backslashes', { name: 'a\\..\\..\\evil', content: 'x' }, /the path/],
    ['a folder that climbs', { name: '../evil/', type: 'directory' }, /the path \.\.\/evil/],
    ['a symbolic link that leaves', { name: 'a/link', type: 'symlink', linkname: '../../etc/passwd' }, /a link to \.\.\/\.\.\/etc\/passwd/],
    ['a symbolic link to an absolute path', { name: 'link', type: 'symlink', linkname: '/etc' }, /a link to \/etc/],
    ['a hard link that leaves', { name: 'a/b/link', type: 'link', linkname: '../x' }, /a link to \.\.\/x/],
    ['a FIFO', { name: 'pipe', type: 'fifo' }, /a fifo: pipe/],
    ['a device', { name: 'null', type: 'character-device', devmajor: 1, devminor: 3 }, /a character-device: null/],
    ['a name too long for a file', { name: `a/${'x'.repeat(300)}`, content: 'x' }, /a path of 302 bytes/],
    ['a path too long', { name: 'abcdefgh/'.repeat(200), content: '' }, /a path of 1800 bytes/],
  ])('with %s is refused, and nothing is written outside', async (_, entry, found) => {
    const { failure, into, outside } = await unpack(
      await gz([{ name: 'good.json', content: '{}' }, entry, { name: 'later', content: 'x' }]),
    );
    expect(failure).toMatchObject(refusal(found));
    expect(outside).toEqual(['bundle.tar.gz', 'in']);
    expect(readdirSync(into)).toEqual(['good.json']);
  });

  it('cannot write through a link of its own', async () => {
    const { failure, into } = await unpack(
      await gz([
        { name: 'a/link', type: 'symlink', linkname: 'b' },
        { name: 'a/link/x', content: 'x' },
      ]),
    );
    expect(failure).toBeUndefined();
    expect(readFileSync(join(into, 'a/link/x'), 'utf8')).toBe('x');
  });

  it('is refused when a file stands where a folder is needed', async () => {
    const { failure } = await unpack(
      await gz([
        { name: 'a', content: 'x' },
        { name: 'a/b', content: 'x' },
      ]),
    );
    expect(failure).toMatchObject(refusal(/cannot unpack bundle\.tar\.gz/));
  });

  it('is refused beyond the limits of entries, bytes and ratio', async () => {
    const many = await gz(Array.from({ length: 4 }, (_, index) => ({ name: `f${index}`, content: 'x' })));
    expect((await unpack(many, { entries: 3 })).failure).toMatchObject(refusal(/more than 3 entries/));
    const zeros = await gz([{ name: 'bomb', content: '0'.repeat(3_000_000) }]);
    expect((await unpack(zeros, { bytes: 1_000_000 })).failure).toMatchObject(refusal(/more than 1000000 bytes/));
    expect((await unpack(zeros, { ratioFromBytes: 100_000 })).failure).toMatchObject(refusal(/more than 200 times its size/));
    expect((await unpack(zeros)).failure).toBeUndefined();
  });
});

describe('a broken archive', () => {
  const bytes = Buffer.from(Array.from({ length: 40_000 }, (_, index) => (index * 7919 + (index >> 3)) % 256)).toString('base64');

  it.each([0.4, 0.9])('that ends early is refused (%d of it)', async (part) => {
    const whole = await gz([{ name: 'pods.json', content: bytes }]);
    const { failure } = await unpack(whole.subarray(0, Math.floor(whole.length * part)));
    expect(failure).toMatchObject(refusal(/the end of the data/));
    const plain = await tar([{ name: 'pods.json', content: bytes }]);
    expect((await unpack(plain.subarray(0, Math.floor(plain.length * part)))).failure).toMatchObject(refusal(/the end of the data/));
  });

  it('that is not what its name says is refused', async () => {
    expect((await unpack(Buffer.from('not packed at all'))).failure).toMatchObject(refusal(/neither gzip data nor a tar header/));
    expect((await unpack(Buffer.alloc(0))).failure).toMatchObject(refusal(/neither gzip data nor a tar header/));
    expect((await unpack(gzipSync('{"kind": "Pod"}'.repeat(100)))).failure).toMatchObject(refusal(/cannot unpack/));
  });

  it('with a flipped byte is refused', async () => {
    const whole = await gz([{ name: 'pods.json', content: bytes }]);
    whole[Math.floor(whole.length / 2)]! ^= 0xff;
    expect((await unpack(whole)).failure).toMatchObject(refusal(/cannot unpack/));
  });
});

it('stops with the reason it was stopped for', async () => {
  const controller = new AbortController();
  controller.abort(new Error('stopped'));
  expect((await unpack(await gz([{ name: 'a', content: 'x' }]), {}, controller.signal)).failure).toEqual(new Error('stopped'));
});

it('knows archives by their first bytes, and by name where these are broken', () => {
  const root = folder({ 'a.bin': gzipSync('x'), 'b.tgz': 'x', 'c.json': '{}' });
  writeFileSync(join(root, 'empty'), '');
  expect(['a.bin', 'b.tgz', 'c.json', 'empty'].map((name) => isArchive(join(root, name)))).toEqual([true, true, false, false]);
});

describe('a single file packed with gzip', () => {
  const packed = (content: Buffer | string) => join(folder({ 'audit-1.log.gz': content }), 'audit-1.log.gz');

  it('is unpacked under its name without the suffix', async () => {
    const into = folder();
    await unpackArchive(packed(gzipSync('{"kind":"Event"}\n')), into, emptyReport());
    expect(readdirSync(into)).toEqual(['audit-1.log']);
    expect(readFileSync(join(into, 'audit-1.log'), 'utf8')).toBe('{"kind":"Event"}\n');
  });

  it('that is torn, or would not stop, is refused', async () => {
    const whole = gzipSync(Array.from({ length: 5000 }, (_, index) => String(index * 7919)).join(' '));
    await expect(unpackArchive(packed(whole.subarray(0, -50)), folder(), emptyReport())).rejects.toMatchObject({ code: 'IMPORT_ARCHIVE' });
    const limits = { ...archiveLimits, bytes: 1000 };
    await expect(unpackArchive(packed(whole), folder(), emptyReport(), { limits })).rejects.toMatchObject({ code: 'IMPORT_ARCHIVE' });
  });
});

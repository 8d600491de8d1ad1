import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { type ArchiveLimits, archiveLimits, unpackArchive } from '../../../src/core/importers/archive.ts';
import { emptyReport } from '../../../src/core/importers/importer.ts';
import { isPacked } from '../../../src/core/importers/opened.ts';
import { folder } from './folder.ts';

type Entry = Partial<Header> & { name: string; content?: string | Buffer };

/** A tar with these entries, made header by header. */
async function tar(entries: Entry[]): Promise<Buffer> {
  const packing = pack();
  for (const { content = '', ...header } of entries) packing.entry(header, content as string);
  packing.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of packing) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const tarOfBytes = (files: Record<string, Buffer>) => tar(Object.entries(files).map(([name, content]) => ({ name, content })));

/** Unpacks bytes into `outer/in`; returns what lies in `outer` afterwards. */
async function unpack(bytes: Buffer, limits: Partial<ArchiveLimits> = {}, signal?: AbortSignal, name = 'bundle.tar.gz') {
  const outer = folder({ [name]: bytes });
  const into = join(outer, 'in');
  mkdirSync(into);
  const report = emptyReport();
  const failure = await unpackArchive(join(outer, name), into, report, { limits: { ...archiveLimits, ...limits }, signal }).then(
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

  it.each([[['b/x', 'b/x/y.json']], [['b/x/y.json', 'b/x']]])('is refused if a name is a file and a folder (%j)', async (names) => {
    const { failure } = await unpack(await gz(names.map((name) => ({ name, content: '{}' }))));
    expect(failure).toMatchObject(refusal(/found one name for a file and a folder, expected one entry per name$/));
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
  });

  it.each([
    ['zip', '504b0304'],
    ['bzip2', '425a6839314159265359'],
    ['xz', 'fd377a585a00'],
    ['zstd', '28b52ffd'],
    ['7z', '377abcaf271c'],
  ])('that is packed with %s is named so', async (name, head) => {
    expect((await unpack(Buffer.from(head.padEnd(2048, '0'), 'hex'))).failure).toMatchObject(refusal(new RegExp(`packed with ${name},`)));
  });

  it('with a flipped byte is refused', async () => {
    const whole = await gz([{ name: 'pods.json', content: bytes }]);
    whole[Math.floor(whole.length / 2)]! ^= 0xff;
    expect((await unpack(whole)).failure).toMatchObject(refusal(/cannot unpack/));
  });
});

describe('a file packed with gzip', () => {
  const log = 'a line\n'.repeat(1000);

  it('is unpacked under its own name', async () => {
    const { failure, into } = await unpack(gzipSync(log), {}, undefined, 'audit.log.gz');
    expect(failure).toBeUndefined();
    expect(readFileSync(join(into, 'audit.log'), 'utf8')).toBe(log);
  });

  it('is refused if it is torn, and beyond the limits', async () => {
    const torn = gzipSync(log).subarray(0, 30);
    expect((await unpack(torn, {}, undefined, 'audit.log.gz')).failure).toMatchObject(refusal(/the end of the data/));
    expect((await unpack(gzipSync(log), { bytes: 100 }, undefined, 'audit.log.gz')).failure).toMatchObject(refusal(/more than 100 bytes/));
  });

  it('is unpacked within an archive too, where a torn one is told and a bomb refuses the archive', async () => {
    const torn = tarOfBytes({ 'a/audit.log.gz': gzipSync(log), 'a/torn.log.gz': gzipSync(log).subarray(0, 30) });
    const { failure, report, into } = await unpack(gzipSync(await torn));
    expect(failure).toBeUndefined();
    expect(readdirSync(join(into, 'a')).sort()).toEqual(['audit.log', 'torn.log.gz']);
    expect(readFileSync(join(into, 'a/audit.log'), 'utf8')).toBe(log);
    expect(report.skipped).toEqual([
      { file: 'a/torn.log.gz', found: 'damaged or incomplete gzip data', expected: 'a file packed with gzip' },
    ]);
    const bomb = gzipSync(await tarOfBytes({ 'bomb.gz': gzipSync(Buffer.alloc(3_000_000)) }));
    expect((await unpack(bomb, { ratioFromBytes: 100_000 })).failure).toMatchObject(refusal(/more than 200 times its size/));
  });

  it('counts an archive in an archive, and a packed copy of what is there', async () => {
    const inner = gzipSync(await tar([{ name: 'x', content: 'x' }]));
    const { report, into } = await unpack(
      gzipSync(await tarOfBytes({ 'in.gz': inner, 'b.log': Buffer.from('b'), 'b.log.gz': gzipSync(log) })),
    );
    expect(report.ignored).toEqual({ 'archive in an archive': 1, 'packed copy of a file in an archive': 1 });
    expect(readFileSync(join(into, 'b.log'), 'utf8')).toBe('b');
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
  expect(['a.bin', 'b.tgz', 'c.json', 'empty'].map((name) => isPacked(join(root, name)))).toEqual([true, true, false, false]);
});

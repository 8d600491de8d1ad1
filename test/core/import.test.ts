import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { describe, expect, it, vi } from 'vitest';
import { openManifest, readCapture } from '../../src/core/capture/index.ts';
import { importCapture } from '../../src/core/import.ts';
import { fixtures, folder, pod, watchLine } from './importers/folder.ts';

const at = '2026-03-01T10:01:00Z';
const canary = 'Zx9CanaryQ7';

/** Every file below a folder with its content; gzip opened. */
function contents(root: string, prefix = ''): [string, string][] {
  return readdirSync(join(root, prefix), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const name = join(prefix, entry.name);
      if (entry.isDirectory()) return contents(root, name);
      const bytes = readFileSync(join(root, name));
      return [[name, (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')]];
    });
}

describe('an imported capture', () => {
  it.each(['watch', 'dump-pods', 'dump-yaml', 'dump-list', 'must-gather', 'support-bundle', 'event-exporter', 'otel', 'audit'])(
    'is the same, byte for byte, each time it is made (%s)',
    async (name) => {
      const [one, two] = [join(folder(), 'c'), join(folder(), 'c')];
      const first = await importCapture([join(fixtures, name)], { out: one });
      await importCapture([join(fixtures, name)], { out: two });
      const raw = (root: string) => contents(root).map(([file]) => [file, readFileSync(join(root, file)).toString('base64')]);
      expect(raw(two)).toEqual(raw(one));
      expect(first.manifest.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5/);
      expect(first.skipped).toEqual([]);
    },
  );

  it('says where it comes from, what it covers, what was masked and what was left out', async () => {
    const out = join(folder(), 'c');
    await importCapture([join(fixtures, 'watch')], { out, cluster: 'staging' });
    const manifest = await openManifest(out);
    expect(manifest).toMatchObject({
      status: 'closed',
      source: { type: 'import', format: 'watch' },
      clusters: [{ alias: 'c01', name: 'staging' }],
      strippedFields: ['metadata.managedFields'],
      masking: { ruleset: expect.stringMatching(/^[0-9a-f]{64}$/), counts: { 'last-applied': expect.any(Number) } },
    });
    expect(manifest.coverage).toHaveLength(20);
    expect(manifest.streams.map(({ id }) => id)).toEqual(expect.arrayContaining(['pods', 'events', 'nodes', 'pods.log', 'pods.metrics']));
    expect(JSON.stringify(manifest)).not.toContain(fixtures);
  });

  it('numbers its records in the order of their time', async () => {
    const out = join(folder(), 'c');
    const { records } = await importCapture([join(fixtures, 'watch')], { out });
    const all = [];
    for await (const record of readCapture(out)) all.push(record);
    expect(all.map(({ seq }) => seq)).toEqual(all.map((_, index) => index + 1));
    expect(all.map((record) => record.at)).toEqual(all.map((record) => record.at).sort());
    const counted = Object.values(records).reduce((sum, count) => sum + count);
    expect(all.filter(({ kind }) => kind !== 'end')).toHaveLength(counted);
  });

  it('holds a secret nowhere, whether it stood in an object, an argument, a URL or a log', async () => {
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's', namespace: 'shop', creationTimestamp: at },
      data: { k: canary },
    };
    const spec = { containers: [{ name: 'app', env: [{ name: 'API_KEY', value: canary }], args: [`--password=${canary}`] }] };
    const root = folder({
      'resources/all.json': JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [secret, pod('cart', 1, at, { spec })] }),
      'logs/shop_cart_app.log': `connecting to postgres://app:${canary}@db/x\nDB_PASSWORD=${canary}\n`,
    });
    const out = join(folder(), 'c');
    const { masked } = await importCapture([root], { out });
    expect(contents(out).filter(([, text]) => text.includes(canary))).toEqual([]);
    expect(masked).toEqual({ 'secret-data': 1, 'env-value': 1, 'secret-argument': 1, 'url-credentials': 1, 'secret-assignment': 1 });
  });

  it('has a folder named after its cluster and first record, whatever the cluster is called', async () => {
    const dir = folder();
    const root = folder({ 'pod.json': JSON.stringify(pod('cart', 1, at)) });
    const { out, manifest } = await importCapture([root], { dir, cluster: '../arn:aws:eks/prod' });
    expect(out).toBe(join(dir, 'arn-aws-eks-prod-20260301T100100Z'));
    expect(manifest.clusters[0]?.name).toBe('../arn:aws:eks/prod');
    expect(existsSync(join(out, 'manifest.json'))).toBe(true);
  });

  it('joins several paths of one format by time', async () => {
    const root = folder({
      'a.ndjson': watchLine('ADDED', pod('late', 9, '2026-03-01T10:05:00Z')),
      'b.ndjson': watchLine('ADDED', pod('early', 3, at)),
    });
    const out = join(folder(), 'c');
    await importCapture([join(root, 'a.ndjson'), join(root, 'b.ndjson')], { out });
    const names = [];
    for await (const record of readCapture(out)) if (record.kind === 'resource') names.push(record.event.ref.name);
    expect(names).toEqual(['early', 'late']);
  });
});

/** Packs a folder as `tar -cz` does, with one folder around everything. */
async function packed(root: string): Promise<string> {
  const packing = pack();
  for (const [name] of contents(root)) packing.entry({ name: `bundle/${name}` }, readFileSync(join(root, name)));
  packing.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of packing) chunks.push(chunk as Buffer);
  return join(folder({ 'bundle.tar.gz': gzipSync(Buffer.concat(chunks)) }), 'bundle.tar.gz');
}

describe('an archive', () => {
  /** The temporary folders there are while `work` runs in a TMPDIR of its own, and what is left of them. */
  async function leftBehind(work: () => Promise<unknown>): Promise<{ left: string[]; failure?: unknown }> {
    const own = folder();
    vi.stubEnv('TMPDIR', own);
    try {
      const failure = await work().then(
        () => undefined,
        (error: unknown) => error,
      );
      return { left: readdirSync(own), failure };
    } finally {
      vi.unstubAllEnvs();
    }
  }

  it.each(['watch', 'dump-pods'])('gives the same records as the folder that was packed (%s)', async (name) => {
    const [plain, unpacked] = [join(folder(), 'c'), join(folder(), 'c')];
    const archive = await packed(join(fixtures, name));
    const first = await importCapture([join(fixtures, name)], { out: plain });
    const { left, failure } = await leftBehind(() => importCapture([archive], { out: unpacked }));
    expect([left, failure]).toEqual([[], undefined]);
    expect(contents(unpacked)).toEqual(contents(plain));
    expect(first.manifest.source.format).toBe(name.startsWith('dump') ? 'dump' : name);
  });

  it('leaves no temporary folder when it is refused, empty or the import is stopped', async () => {
    const broken = join(folder({ 'a.tgz': readFileSync(await packed(join(fixtures, 'watch'))).subarray(0, 900) }), 'a.tgz');
    const nothing = await packed(folder({ 'notes.txt': 'x' }));
    const whole = await packed(join(fixtures, 'watch'));
    const out = join(folder(), 'c');
    const stopped = new AbortController();
    stopped.abort(new Error('stopped'));
    const found = [
      await leftBehind(() => importCapture([broken], { out })),
      await leftBehind(() => importCapture([nothing], { out })),
      await leftBehind(() => importCapture([whole], { out, signal: stopped.signal })),
    ];
    expect(found.map(({ left }) => left)).toEqual([[], [], []]);
    expect(found[0]?.failure).toMatchObject({ code: 'IMPORT_ARCHIVE' });
    expect(found[1]?.failure).toMatchObject({ code: 'IMPORT_EMPTY', message: expect.stringContaining(nothing) });
    expect(found[2]?.failure).toEqual(new Error('stopped'));
  });
});

it('a path that is given twice is read once, and counted', async () => {
  const dump = join(fixtures, 'dump-pods');
  const once = await importCapture([dump], { out: join(folder(), 'c') });
  const twice = await importCapture([dump, join(dump, '..', 'dump-pods')], { out: join(folder(), 'c') });
  expect(twice.records).toEqual(once.records);
  expect(twice.ignored).toEqual({ ...once.ignored, 'path given twice': 1 });
});

it.skipIf(process.getuid?.() === 0)('what may not be read is skipped and named; everything else is imported', async () => {
  const root = folder({ 'a.json': JSON.stringify(pod('web', 1, at)), 'b.json': '{}', 'c/d.json': '{}' });
  chmodSync(join(root, 'b.json'), 0);
  chmodSync(join(root, 'c'), 0);
  const { skipped, records } = await importCapture([root], { out: join(folder(), 'c') });
  chmodSync(join(root, 'c'), 0o700);
  expect([skipped.map(({ file }) => file), records]).toEqual([['b.json', 'c/'], { resource: 1 }]);
});

describe('an import that cannot be made', () => {
  const good = () => folder({ 'pod.json': JSON.stringify(pod('cart', 1, at)) });

  it('names a path that does not exist', async () => {
    await expect(importCapture([join(folder(), 'none')], { out: join(folder(), 'c') })).rejects.toMatchObject({
      code: 'IMPORT_NOT_FOUND',
      exitCode: 3,
    });
  });

  it.skipIf(process.platform === 'win32')(
    'refuses a device or a pipe, which cannot be read twice, and a link that leads nowhere',
    async () => {
      const root = folder();
      symlinkSync('self', join(root, 'self'));
      await expect(importCapture(['/dev/null'])).rejects.toMatchObject({
        code: 'IMPORT_NOT_FOUND',
        message: expect.stringMatching(/neither a file nor a folder/),
      });
      await expect(importCapture([join(root, 'self')])).rejects.toMatchObject({
        code: 'IMPORT_NOT_FOUND',
        message: expect.stringMatching(/cannot read .*: ELOOP/),
      });
    },
  );

  it('says what was looked for when there is nothing to import, and leaves nothing', async () => {
    const out = join(folder(), 'c');
    const root = folder({ 'notes.yaml': 'a: 1\n', 'bad.json': '{' });
    await expect(importCapture([root], { out })).rejects.toMatchObject({
      code: 'IMPORT_EMPTY',
      exitCode: 3,
      message: expect.stringMatching(/1 × document without apiVersion.*bad\.json:1/),
      suggestions: expect.arrayContaining([expect.stringContaining('streams/')]),
    });
    expect(existsSync(out)).toBe(false);
  });

  it('never writes into a folder that holds something', async () => {
    const out = folder({ 'mine.txt': 'x' });
    await expect(importCapture([good()], { out })).rejects.toMatchObject({ code: 'CAPTURE_EXISTS', exitCode: 3 });
    expect(contents(out)).toEqual([['mine.txt', 'x']]);
  });

  it('refuses paths of different formats in one capture', async () => {
    const watch = folder({ 'pods.ndjson': watchLine('ADDED', pod('cart', 1, at)) });
    await expect(importCapture([good(), watch], { out: join(folder(), 'c') })).rejects.toMatchObject({
      code: 'IMPORT_FORMAT',
      exitCode: 2,
    });
  });

  it('refuses an unknown format', async () => {
    await expect(importCapture([good()], { out: join(folder(), 'c'), format: 'constructor' })).rejects.toMatchObject({
      code: 'IMPORT_FORMAT',
      exitCode: 2,
    });
  });

  it('leaves nothing behind when it is stopped', async () => {
    const out = join(folder(), 'c');
    const controller = new AbortController();
    const lines = Array.from({ length: 2500 }, (_, index) => watchLine('MODIFIED', pod('cart', index + 1, at))).join('');
    const root = folder({ 'pods.ndjson': lines });
    const stopped = importCapture([root], { out, signal: controller.signal, onProgress: () => controller.abort(new Error('stopped')) });
    await expect(stopped).rejects.toThrow('stopped');
    expect(existsSync(out)).toBe(false);
  });

  it('cannot write below a file: a clear error', async () => {
    const dir = folder();
    writeFileSync(join(dir, 'file'), '');
    await expect(importCapture([good()], { out: join(dir, 'file', 'c') })).rejects.toMatchObject({
      code: 'CAPTURE_WRITE_FAILED',
      exitCode: 3,
    });
  });

  it('may fill an empty folder', async () => {
    const out = join(folder(), 'empty');
    mkdirSync(out);
    expect((await importCapture([good()], { out })).records).toEqual({ resource: 1 });
  });
});

import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { constants, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openManifest, readCapture } from '../../src/core/capture/index.ts';
import { verifyCapture } from '../../src/core/capture/verify.ts';
import { bundledCaptures } from '../../src/core/captures.ts';
import type { ApiClient } from '../../src/core/cluster/api.ts';
import { systemClock } from '../../src/core/cluster/clock.ts';
import { defaultConfig } from '../../src/core/config.ts';
import { generate } from '../../src/core/generate.ts';
import type { CaptureRecord } from '../../src/core/model/capture.ts';
import type { Clock } from '../../src/core/model/clock.ts';
import type { Label } from '../../src/core/model/label.ts';
import { type RecordRequest, recordClusters } from '../../src/core/record.ts';
import { serveCapture } from '../../src/core/replay/serve.ts';
import { builtinRules } from '../../src/core/rules/all.ts';
import { openStore } from '../../src/core/store/open.ts';
import { clientsOf, smallCluster } from './small-cluster.ts';

const run = promisify(execFile);
let directory: string;
let paths = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'record-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

function newPath(name: string): string {
  paths += 1;
  return join(directory, `${paths}-${name}`);
}

function requestOf(clients: ApiClient[], more: Partial<RecordRequest> = {}): RecordRequest {
  return {
    clients,
    out: newPath('out'),
    signal: new AbortController().signal,
    resume: false,
    clock: systemClock(),
    captureId: randomUUID(),
    digestKey: randomBytes(32),
    random: () => 0,
    namespaces: [],
    resources: [],
    logs: { mode: 'all', maxStreams: 10 },
    metricsIntervalMs: 0,
    network: false,
    configMapData: 'digests',
    watchList: 'auto',
    ...more,
  };
}

/** Records until a record comes that is waited for; what was recorded. */
async function recordUntil(request: RecordRequest, enough: (record: CaptureRecord) => boolean) {
  const stop = new AbortController();
  const onRecords = (records: CaptureRecord[]) => {
    if (records.some(enough)) stop.abort(new Error('enough'));
  };
  return recordClusters({ ...request, signal: stop.signal, onRecords });
}

const isObject = (kind: string) => (record: CaptureRecord) => record.kind === 'resource' && record.event.ref.kind === kind;

async function recordsIn(dir: string): Promise<CaptureRecord[]> {
  const records: CaptureRecord[] = [];
  for await (const record of readCapture(dir)) records.push(record);
  return records;
}

const notesIn = async (dir: string) => (await recordsIn(dir)).flatMap((record) => (record.kind === 'note' ? [record.message] : []));

function pod(name: string, env: object[] = []) {
  const container = { name: 'app', image: 'shop/cart:1', env };
  const status = { phase: 'Running', containerStatuses: [{ name: 'app', ready: true, restartCount: 0, state: { running: {} } }] };
  return { kind: 'Pod', metadata: { name, namespace: 'shop' }, spec: { containers: [container] }, status };
}

const configMap = (size: string) => ({
  kind: 'ConfigMap',
  metadata: { name: 'settings', namespace: 'shop' },
  data: { size, same: 'same' },
});

describe('recording clusters', () => {
  it('ends by itself after its duration, with a closed capture that says what it covered', async () => {
    const { clients } = await smallCluster([pod('cart-1')]);
    const result = await recordClusters(requestOf(await clients(), { durationMs: 300 }));
    expect(result).toMatchObject({ reason: 'duration reached', manifest: { status: 'closed', gaps: 0 } });
    expect(result.manifest.coverage.map(({ kind }) => kind).sort()).toEqual(['ConfigMap', 'Event', 'Namespace', 'Pod', 'Secret']);
    expect((await recordsIn(result.out)).at(-1)).toMatchObject({ kind: 'end', reason: 'duration reached' });
    expect((await verifyCapture(result.out)).problems).toEqual([]);
  });

  it('never lets the value of a Secret reach the disk, whatever the server sends', async () => {
    const canary = 'canary-Zq81xT';
    const encoded = Buffer.from(canary).toString('base64');
    const secret = {
      kind: 'Secret',
      metadata: {
        name: 'login',
        namespace: 'shop',
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ kind: 'Secret', stringData: { a: canary } }) },
      },
      data: { password: encoded },
      stringData: { password: canary },
    };
    const settings = { ...configMap('1'), data: { 'app.properties': `db.password=${canary}`, raw: canary } };
    const cart = pod('cart-1', [{ name: 'DB_PASSWORD', value: canary }]);
    const logs = `2026-01-01T00:00:00.000000001Z login with password=${canary} done\n`;
    const { clients, put } = await smallCluster([secret, settings, cart], logs);
    const keyDir = newPath('state');
    const request = requestOf(await clients(), { keyDir });
    let secrets = 0;
    const { out, manifest } = await recordUntil(request, (record) => {
      if (isObject('Secret')(record)) secrets += 1;
      if (secrets === 1 && record.kind === 'sync' && record.phase === 'open' && record.stream === 'c01/secrets') put(secret);
      return secrets === 2;
    });
    const files = (await readdir(out, { recursive: true })).map((name) => join(out, name));
    const contents = await Promise.all(files.map(async (file) => ((await stat(file)).isFile() ? readFile(file) : Buffer.alloc(0))));
    const unpacked = contents.map((bytes, index) =>
      files[index]?.includes('.gz') ? gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }) : bytes,
    );
    const text = Buffer.concat([...contents, ...unpacked]).toString('latin1');
    expect(text).toContain('login');
    expect(text).toContain('DB_PASSWORD');
    expect(text).toContain('login with password=');
    expect(text).not.toContain(canary);
    expect(text).not.toContain(encoded);
    expect(Object.keys(manifest.masking.counts).length).toBeGreaterThan(0);
    const [key = ''] = await readdir(keyDir);
    expect(text).not.toContain((await readFile(join(keyDir, key), 'utf8')).trim());
    expect((await stat(join(keyDir, key))).mode & 0o777).toBe(0o600);
  });

  it('records one cluster while another does not answer, and that one as soon as it does', async () => {
    const here = await smallCluster([pod('cart-1')]);
    const later = await smallCluster([pod('far-1')]);
    const [first, second] = await clientsOf({ here: here.url, there: later.url });
    let down = true;
    const there: ApiClient = {
      ...(second as ApiClient),
      request: (request) => (second as ApiClient).request(down ? { ...request, path: '/nowhere' } : request),
    };
    const clock: Clock = { ...systemClock(), sleep: (ms, signal) => systemClock().sleep(ms === 30_000 ? 20 : ms, signal) };
    const seen: string[] = [];
    const request = requestOf([first as ApiClient, there], { clock, onStatus: ({ clusters }) => seen.push(clusters[1]?.state ?? '') });
    const { out, manifest, clusters } = await recordUntil(request, (record) => {
      if (record.kind === 'resource' && record.event.ref.name === 'cart-1') down = false;
      return record.kind === 'resource' && record.event.ref.name === 'far-1';
    });
    expect(seen[0]).toBe('unreachable');
    expect(clusters.map(({ state }) => state)).toEqual(['recording', 'recording']);
    expect(await notesIn(out)).toContain('cluster there does not answer; tried again every 30 s');
    expect(manifest.clusters.map(({ alias, name, version }) => [alias, name, version])).toEqual([
      ['c01', 'here', 'v1.33.1'],
      ['c02', 'there', 'v1.33.1'],
    ]);
    expect((await verifyCapture(out)).problems).toEqual([]);
  });

  it('ends with the first failure when no cluster answers, and leaves nothing behind', async () => {
    const clients = await clientsOf({ a: 'http://127.0.0.1:1', b: 'http://127.0.0.1:1' });
    const request = requestOf(clients);
    await expect(recordClusters(request)).rejects.toMatchObject({ code: 'CLUSTER_UNREACHABLE', exitCode: 4 });
    await expect(stat(request.out)).rejects.toThrow('ENOENT');
  });

  it('tells a gap where the server has forgotten what happened', async () => {
    const { clients, put, expire } = await smallCluster([pod('cart-1')]);
    let expired = false;
    const request = requestOf(await clients(), { resources: ['pods'], logs: { mode: 'none', maxStreams: 1 } });
    const { tally, manifest } = await recordUntil(request, (record) => {
      if (!expired && record.kind === 'sync' && record.phase === 'open') {
        expired = true;
        put(pod('cart-2'));
        expire();
      }
      return record.kind === 'gap';
    });
    expect([tally.gaps, manifest.gaps]).toEqual([1, 1]);
  });
});

describe('a recording that is resumed', () => {
  it('goes on with seq and resourceVersions, records the outage as a gap, and misses nothing the cluster remembers', async () => {
    const { clients, put } = await smallCluster([pod('cart-1')]);
    const first = await recordUntil(
      requestOf(await clients()),
      (record) => record.kind === 'sync' && record.stream === 'c01/pods' && record.phase === 'open',
    );
    put(pod('cart-2'));
    const request = requestOf(await clients(), { out: first.out, resume: true });
    const second = await recordUntil(request, (record) => isObject('Pod')(record));
    const before = await recordsIn(first.out);
    const added = before.slice(before.findIndex(({ kind }) => kind === 'end') + 1);
    expect(before.map(({ seq }) => seq)).toEqual(Array.from(before, (_, index) => index + 1));
    expect(second.manifest.id).toBe(first.manifest.id);
    expect(second.resumedFrom).toBe(before.find(({ kind }) => kind === 'end')?.at);
    const gaps = added.filter(({ kind }) => kind === 'gap');
    expect(gaps).toMatchObject([{ reason: 'the recorder was not running', from: second.resumedFrom, stream: '' }]);
    expect(added.filter(isObject('Pod')).map((record) => record.kind === 'resource' && record.event.ref.name)).toEqual(['cart-2']);
    expect(second.manifest.gaps).toBe(1);
    expect((await verifyCapture(first.out)).problems).toEqual([]);
  });

  it('counts the gaps right that a killed recorder had not yet told the manifest', async () => {
    const { clients } = await smallCluster([pod('cart-1')]);
    const first = await recordUntil(requestOf(await clients()), isObject('Pod'));
    const again = await recordUntil(requestOf(await clients(), { out: first.out, resume: true }), (record) => record.kind === 'gap');
    await writeFile(join(first.out, 'manifest.json'), JSON.stringify({ ...again.manifest, status: 'open', gaps: 0, drops: 7 }));
    const last = await recordUntil(requestOf(await clients(), { out: first.out, resume: true }), (record) => record.kind === 'gap');
    expect(last.manifest).toMatchObject({ gaps: 2, drops: 0 });
    expect((await verifyCapture(first.out)).problems).toEqual([]);
  });

  const digestsIn = async (dir: string) =>
    (await recordsIn(dir)).flatMap((record) =>
      record.kind === 'resource' && record.event.ref.kind === 'ConfigMap' ? [String(record.event.object.data?.same)] : [],
    );

  it('digests ConfigMap values with the key of the first run, which lies outside of the capture', async () => {
    const { clients, put } = await smallCluster([configMap('1')]);
    const keyDir = newPath('state');
    const first = await recordUntil(requestOf(await clients(), { keyDir }), isObject('ConfigMap'));
    put(configMap('2'));
    await recordUntil(requestOf(await clients(), { keyDir, out: first.out, resume: true }), isObject('ConfigMap'));
    expect(new Set(await digestsIn(first.out)).size).toBe(1);
    expect(await digestsIn(first.out)).toHaveLength(2);
    expect(await notesIn(first.out)).toEqual([]);
  });

  it('takes a new key where the old one is gone, and says so', async () => {
    const { clients, put } = await smallCluster([configMap('1')]);
    const keyDir = newPath('state');
    const first = await recordUntil(requestOf(await clients(), { keyDir }), isObject('ConfigMap'));
    await rm(keyDir, { recursive: true });
    put(configMap('2'));
    await recordUntil(requestOf(await clients(), { keyDir, out: first.out, resume: true }), isObject('ConfigMap'));
    expect(new Set(await digestsIn(first.out)).size).toBe(2);
    expect(await notesIn(first.out)).toEqual([expect.stringContaining('digested with a new key from here on')]);
    expect(await readdir(keyDir)).toEqual([`${first.manifest.id}.key`]);
  });

  it('goes on where the key cannot be kept, and says so', async () => {
    const { clients } = await smallCluster([configMap('1')]);
    const keyDir = newPath('a-file');
    await writeFile(keyDir, '');
    const { out } = await recordUntil(requestOf(await clients(), { keyDir }), isObject('ConfigMap'));
    expect(await notesIn(out)).toEqual([expect.stringContaining('is not kept for a later resume')]);
  });

  it('refuses other clusters than those it began with', async () => {
    const here = await smallCluster([pod('cart-1')]);
    const first = await recordUntil(requestOf(await here.clients()), isObject('Pod'));
    const request = requestOf(await clientsOf({ other: here.url }), { out: first.out, resume: true });
    await expect(recordClusters(request)).rejects.toMatchObject({ code: 'CAPTURE_OTHER_CLUSTER', exitCode: 3 });
    expect((await openManifest(first.out)).status).toBe('closed');
  });

  it('shows the outage as a gap in the labels whose incident it falls into', { timeout: 60_000 }, async () => {
    const recording = (await bundledCaptures()).find((dir) => basename(dirname(dir)) === 'oomkilled-leak') ?? '';
    const served = await serveCapture(recording, { port: 0, moment: { type: 'run', speed: 240 }, clock: systemClock() });
    const clients = await clientsOf({ replay: served.url });
    const isKilled = (record: CaptureRecord) =>
      record.kind === 'resource' && JSON.stringify(record.event.object.status ?? {}).includes('OOMKilled');
    const first = await recordUntil(requestOf(clients), isKilled);
    const stop = new AbortController();
    served.done.then(() => stop.abort(new Error('over')));
    const second = await recordClusters(requestOf(clients, { out: first.out, resume: true, signal: stop.signal }));
    await served.close();
    const store = await openStore(newPath('labels.duckdb'));
    const options = { config: defaultConfig, rules: builtinRules, rulesVersion: '1' };
    await generate([first.out], { ...options, store, createdAt: '2026-03-02T00:00:00.000Z' });
    const labels: Label[] = [];
    for await (const label of store.select()) labels.push(label);
    await store.close();
    const label = labels.find(({ reason }) => reason === 'ContainerLimitOom');
    expect(second.manifest.gaps).toBeGreaterThan(0);
    expect(JSON.stringify(label)).toContain('the recorder was not running');
  });
});

/** A small disk of its own; only root may have one. */
async function smallDisk(): Promise<string> {
  const path = newPath('disk');
  await mkdir(path);
  await run('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'none', path]);
  return path;
}

const mayMount = await mkdtemp(join(tmpdir(), 'mount-')).then(async (path) => {
  const mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'none', path]).then(
    () => true,
    () => false,
  );
  if (mounted) await run('umount', [path]);
  await rm(path, { recursive: true });
  return mounted;
});

describe.skipIf(!mayMount)('a recording whose disk fills up (needs the right to mount one)', () => {
  it('ends with exit code 3, keeps what it has, and says how to go on', async () => {
    const { clients, put } = await smallCluster([pod('cart-1')]);
    const disk = await smallDisk();
    try {
      const out = join(disk, 'capture');
      let filled = false;
      const onStatus = ({ bytes }: { bytes: number }) => {
        if (bytes === 0 || filled) return;
        filled = true;
        expect(() => writeFileSync(join(disk, 'filler'), Buffer.alloc(1_000_000))).toThrow('ENOSPC');
        for (let count = 0; count < 50; count += 1) put(pod(`more-${count}-${randomBytes(400).toString('hex')}`));
      };
      await expect(recordClusters(requestOf(await clients(), { out, onStatus }))).rejects.toMatchObject({
        code: 'CAPTURE_WRITE_FAILED',
        exitCode: 3,
        message: `cannot write ${out}: no space left on the device`,
        suggestions: [expect.stringContaining('kept'), `free some space, then go on: k8s-labeler record --out ${out} --resume`],
      });
      expect(await openManifest(out)).toMatchObject({ status: 'open', truncated: { reason: expect.stringContaining('no space') } });
      expect((await recordsIn(out)).some(isObject('Pod'))).toBe(true);
    } finally {
      await run('umount', [disk]);
    }
  });
});

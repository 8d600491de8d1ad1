import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openManifest } from '../../src/core/capture/index.ts';
import { bundledCaptures } from '../../src/core/captures.ts';
import type { ApiClient } from '../../src/core/cluster/api.ts';
import { systemClock } from '../../src/core/cluster/clock.ts';
import { openClusters } from '../../src/core/cluster/connect.ts';
import { defaultConfig } from '../../src/core/config.ts';
import { storeError } from '../../src/core/errors.ts';
import { generate } from '../../src/core/generate.ts';
import type { LabelChange } from '../../src/core/live-rows.ts';
import type { Label } from '../../src/core/model/label.ts';
import type { RecordRequest } from '../../src/core/record.ts';
import { type ServedCapture, serveCapture } from '../../src/core/replay/serve.ts';
import { builtinRules } from '../../src/core/rules/all.ts';
import { openStore } from '../../src/core/store/open.ts';
import { type WatchOptions, watchClusters } from '../../src/core/watch.ts';
import { labelId } from './label-arbitrary.ts';
import { review } from './review-rows.ts';

const labelling = { config: defaultConfig, rules: builtinRules, rulesVersion: '1' };
const speed = 60;
let directory: string;
let recording = '';
let files = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'watch-'));
  recording = (await bundledCaptures()).find((dir) => basename(dirname(dir)) === 'oomkilled-leak') ?? '';
});
afterAll(() => rm(directory, { recursive: true, force: true }));

function newPath(name: string): string {
  files += 1;
  return join(directory, `${files}-${name}`);
}

/** Clients of a recording that runs as a cluster from now on, and the end of it. */
async function cluster(): Promise<{ served: ServedCapture; clients: ApiClient[] }> {
  const served = await serveCapture(recording, { port: 0, moment: { type: 'run', speed }, clock: systemClock() });
  const kubeconfig = newPath('kubeconfig');
  await writeFile(kubeconfig, served.kubeconfig());
  return { served, clients: await openClusters({ kubeconfig, contexts: [] }) };
}

function requestOf(clients: ApiClient[], out: string, signal: AbortSignal, resume = false): RecordRequest {
  return {
    clients,
    out,
    signal,
    resume,
    clock: systemClock(),
    captureId: randomUUID(),
    digestKey: randomBytes(32),
    random: Math.random,
    namespaces: [],
    resources: [],
    logs: { mode: 'failing', maxStreams: 10 },
    metricsIntervalMs: 0,
    network: false,
    configMapData: 'digests',
    watchList: 'auto',
  };
}

function watchOptions(store: string, more: Partial<WatchOptions> = {}): WatchOptions {
  return { ...labelling, store: () => openStore(store), refreshMs: 50, ...more };
}

async function labelsIn(path: string): Promise<Label[]> {
  const store = await openStore(path);
  const labels: Label[] = [];
  for await (const label of store.select()) labels.push(label);
  await store.close();
  return labels;
}

async function generatedFrom(out: string): Promise<Label[]> {
  const path = newPath('generated.duckdb');
  const store = await openStore(path);
  await generate([out], { ...labelling, store, createdAt: '2026-03-02T00:00:00.000Z' });
  await store.close();
  return labelsIn(path);
}

describe('watching a cluster', () => {
  it('stores a label while its incident goes on, and ends with what generate makes of the capture', async () => {
    const { served, clients } = await cluster();
    const [out, store] = [newPath('out'), newPath('labels.duckdb')];
    const stop = new AbortController();
    const changes: (LabelChange & { seen: number })[] = [];
    const onRefresh: WatchOptions['onRefresh'] = (refresh) => {
      changes.push(...refresh.changes.map((change) => ({ ...change, seen: refresh.stored.inserted })));
    };
    served.done.then(() => stop.abort(new Error('the recording is over')));
    const result = await watchClusters(requestOf(clients, out, stop.signal), watchOptions(store, { onRefresh }));
    await served.close();
    for (const client of clients) client.close();
    expect(result.recording.manifest.status).toBe('closed');
    expect(changes.find(({ type }) => type === 'new')).toBeDefined();
    expect(changes.filter(({ type }) => type === 'updated').length).toBeGreaterThan(0);
    expect(result.labels.waits.length).toBeGreaterThan(1);
    expect(result.labels.latencies.length).toBeGreaterThan(0);
    const labels = await labelsIn(store);
    expect(labels.map(({ reason }) => reason)).toContain('ContainerLimitOom');
    expect(labels).toEqual(await generatedFrom(out));
    expect(new Set(labels.map(({ capture_id }) => capture_id))).toEqual(new Set([(await openManifest(out)).id]));
  }, 60_000);

  it('weighs the votes of rules by what people had said when it began, as generate does', async () => {
    const { served, clients } = await cluster();
    const [out, path] = [newPath('out'), newPath('labels.duckdb')];
    const store = await openStore(path);
    const wrong = (n: number) => review({ label_id: labelId(n), rule_id: 'OOM-1', verdict: 'reject', reason: 'wrong-cause' });
    await store.addReviews(Array.from({ length: 10 }, (_, n) => wrong(n)));
    await store.close();
    const stop = new AbortController();
    let live: Label | undefined;
    const onRefresh: WatchOptions['onRefresh'] = ({ changes }) => {
      live ??= changes.find(({ label }) => label.reason === 'ContainerLimitOom')?.label;
      if (live !== undefined) stop.abort(new Error('labelled'));
    };
    served.done.then(() => stop.abort(new Error('the recording is over')));
    await watchClusters(requestOf(clients, out, stop.signal), watchOptions(path, { onRefresh }));
    await served.close();
    for (const client of clients) client.close();
    const [plain] = (await generatedFrom(out)).filter(({ id }) => id === live?.id);
    const [weighed] = (await labelsIn(path)).filter(({ id }) => id === live?.id);
    expect(live?.rule_ids[0]).toBe('OOM-1');
    expect(live?.confidence).toBeLessThan(plain?.confidence ?? 0);
    expect(weighed?.confidence).toBeLessThan(plain?.confidence ?? 0);
  }, 60_000);

  it('goes on after a restart with the same labels', async () => {
    const { served, clients } = await cluster();
    const [out, store] = [newPath('out'), newPath('labels.duckdb')];
    const first = new AbortController();
    const labelled = (refresh: { changes: LabelChange[] }) => {
      if (refresh.changes.length > 0) first.abort(new Error('restarted'));
    };
    await watchClusters(requestOf(clients, out, first.signal), watchOptions(store, { onRefresh: labelled }));
    const before = await labelsIn(store);
    expect(before.length).toBeGreaterThan(0);
    const second = new AbortController();
    const phases = new Set<string>();
    served.done.then(() => second.abort(new Error('the recording is over')));
    const onProgress: WatchOptions['onProgress'] = ({ phase }) => phases.add(phase);
    await watchClusters(requestOf(clients, out, second.signal, true), watchOptions(store, { onProgress }));
    await served.close();
    for (const client of clients) client.close();
    const after = await labelsIn(store);
    expect([...phases]).toEqual(['catching up', 'checking']);
    expect(after).toEqual(await generatedFrom(out));
    const oom = after.filter(({ reason }) => reason === 'ContainerLimitOom');
    expect(oom.map(({ incident_id }) => incident_id)).toHaveLength(1);
    expect(before.map(({ incident_id }) => incident_id)).toContain(oom[0]?.incident_id);
  }, 60_000);

  it('keeps a readable capture when the store fails', async () => {
    const { served, clients } = await cluster();
    const [out, store] = [newPath('out'), newPath('labels.duckdb')];
    let opened = 0;
    const failing = async () => {
      opened += 1;
      if (opened > 1) throw storeError('STORE_FULL', 'no room');
      return openStore(store);
    };
    const watching = watchClusters(requestOf(clients, out, new AbortController().signal), watchOptions(store, { store: failing }));
    await expect(watching).rejects.toMatchObject({ code: 'STORE_FULL', exitCode: 5 });
    await served.close();
    for (const client of clients) client.close();
    expect((await openManifest(out)).status).toBe('closed');
    expect(await generatedFrom(out)).toBeDefined();
  }, 60_000);
});

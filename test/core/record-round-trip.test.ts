import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCapture } from '../../src/core/capture/index.ts';
import { systemClock } from '../../src/core/cluster/clock.ts';
import { defaultConfig } from '../../src/core/config.ts';
import { generate } from '../../src/core/generate.ts';
import type { KubernetesObject } from '../../src/core/model/resource.ts';
import { type RecordRequest, recordClusters } from '../../src/core/record.ts';
import { type ServeMoment, serveCapture } from '../../src/core/replay/serve.ts';
import { builtinRules } from '../../src/core/rules/all.ts';
import { openStore } from '../../src/core/store/open.ts';
import { root } from '../source.ts';
import { clientsOf } from './small-cluster.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'round-trip-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const recording = (name: string) => `${root}/recordings/${name}/capture`;

/** Serves a recording and records what is served: until a moment after all lists, or to its end. */
async function recordAgain(name: string, moment: ServeMoment): Promise<string> {
  const served = await serveCapture(recording(name), { port: 0, moment, clock: systemClock() });
  const stop = new AbortController();
  const out = join(directory, randomUUID());
  const clients = await clientsOf({ replay: served.url });
  const request: RecordRequest = {
    clients,
    out,
    signal: stop.signal,
    resume: false,
    clock: systemClock(),
    captureId: randomUUID(),
    digestKey: randomBytes(32),
    random: Math.random,
    namespaces: [],
    resources: ['all'],
    logs: { mode: 'all', maxStreams: 50 },
    metricsIntervalMs: 15_000,
    network: false,
    configMapData: 'full',
    watchList: 'auto',
  };
  if (moment.type === 'run') served.done.then(() => setTimeout(() => stop.abort(new Error('over')), 500));
  const opened = new Set<string>();
  const listed = ({ kind, stream, ...rest }: { kind: string; stream: string; phase?: string }) => {
    if (kind === 'sync' && rest.phase === 'open') opened.add(stream);
  };
  const onStatus: RecordRequest['onStatus'] = ({ clusters }) => {
    const streams = clusters[0]?.streams ?? [];
    if (moment.type === 'at' && streams.length > 0 && streams.every(({ phase, id }) => phase === 'watching' && opened.has(id))) {
      stop.abort(new Error('listed'));
    }
  };
  try {
    await recordClusters({ ...request, onStatus, onRecords: (records) => void records.map((record) => listed(record as never)) });
  } finally {
    await served.close();
  }
  return out;
}

/** The last state of every object that there is at the end of a capture; Secrets are recorded as metadata only. */
async function lastObjects(dir: string): Promise<Map<string, KubernetesObject>> {
  const objects = new Map<string, KubernetesObject>();
  for await (const record of readCapture(dir)) {
    if (record.kind !== 'resource') continue;
    const { type, ref, object } = record.event;
    const key = `${ref.kind} ${ref.namespace}/${ref.name}`;
    if (type === 'DELETED') objects.delete(key);
    else objects.set(key, ref.kind === 'Secret' ? { metadata: { name: ref.name } } : object);
  }
  return objects;
}

async function incidentsIn(dir: string): Promise<string[]> {
  const store = await openStore(join(directory, `${randomUUID()}.duckdb`));
  try {
    const options = { config: defaultConfig, rules: builtinRules, rulesVersion: '1' };
    await generate([dir], { ...options, store, createdAt: '2026-03-02T00:00:00.000Z', type: 'troubleshooting' });
    const found: string[] = [];
    for await (const { reason, category, severity, resource } of store.select()) {
      found.push(`${reason} (${category}, ${severity}) ${resource.kind} ${resource.namespace}/${resource.name}`);
    }
    return found.sort();
  } finally {
    await store.close();
  }
}

describe('a recording of a served recording', () => {
  it.each(['cascade-pg-conf-quote-shop', 'healthy-statefulset'])(
    'at its end holds the same objects: %s',
    { timeout: 30_000 },
    async (name) => {
      const again = await lastObjects(await recordAgain(name, { type: 'at', at: 'end' }));
      const original = await lastObjects(recording(name));
      // Endpoints are made of EndpointSlices where only these were recorded.
      const kept = (objects: Map<string, KubernetesObject>) =>
        new Map([...objects].filter(([key]) => !key.startsWith('Endpoints ')).sort());
      expect([...kept(again).keys()]).toEqual([...kept(original).keys()]);
      expect(kept(again)).toEqual(kept(original));
    },
  );

  it.concurrent.each(['oomkilled-leak', 'wrong-target-port', 'fixed-perl-rules-config', 'healthy-rolling-update'])(
    'at full length has the same incidents: %s',
    { timeout: 60_000 },
    async (name) => {
      const again = await recordAgain(name, { type: 'run', speed: 150 });
      expect(await incidentsIn(again)).toEqual(await incidentsIn(recording(name)));
    },
  );
});

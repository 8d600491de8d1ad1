import { cp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openManifest, writeManifest } from '../../../src/core/capture/manifest.ts';
import { openPicker } from '../../../src/core/capture/pick.ts';
import { pruneOldest, removeSegments } from '../../../src/core/capture/prune.ts';
import { addPruned, chained } from '../../../src/core/capture/pruned.ts';
import { readCapture } from '../../../src/core/capture/read.ts';
import { repairCapture } from '../../../src/core/capture/repair.ts';
import { resumeCapture } from '../../../src/core/capture/resume.ts';
import { readResumePoint } from '../../../src/core/capture/resume-point.ts';
import { summarizeCapture } from '../../../src/core/capture/summary.ts';
import { verifyCapture } from '../../../src/core/capture/verify.ts';
import { openCapture } from '../../../src/core/capture/write.ts';
import type { CaptureManifest, CaptureRecord, RecordDraft } from '../../../src/core/model/capture.ts';
import { at, collect, eventDraft, logDraft, newPath, options } from './drafts.ts';

const base = { atSource: 'received', cluster: 'c01', stream: 'c01/pods' } as const;
const noise = (seed: number, length: number) =>
  Array.from({ length: Math.ceil(length / 6) }, (_, index) => ((seed * 997 + index * 2_654_435_761) % 4_294_967_296).toString(36)).join('');

function pod(name: string, version: number, type: 'ADDED' | 'MODIFIED' | 'DELETED' = 'MODIFIED', filler = ''): RecordDraft {
  const ref = { kind: 'Pod', namespace: 'shop', name, uid: `uid-${name}` };
  const object = { kind: 'Pod', metadata: { name, namespace: 'shop', uid: ref.uid }, status: { version, filler } };
  return { ...base, at: at(version), kind: 'resource', event: { type, ref, resourceVersion: String(version), object } };
}

const sync = (phase: 'list-begin' | 'list-end' | 'bookmark', version: number): RecordDraft => {
  const resourceVersion = phase === 'list-begin' ? {} : { resourceVersion: String(version) };
  return { ...base, at: at(version), kind: 'sync', phase, ...resourceVersion };
};

const gap = (version: number): RecordDraft => ({
  ...base,
  at: at(version),
  kind: 'gap',
  from: at(version - 1),
  to: at(version),
  reason: 'x',
});

/** Two pods that never change after the first list, one that does, one that goes; Events and logs beside them. */
function history(count: number): RecordDraft[] {
  const changes = Array.from({ length: count }, (_, index): RecordDraft[] => {
    const version = 10 + index;
    return [
      pod('busy', version, 'MODIFIED', noise(version, 300)),
      eventDraft(`event-${version}${noise(version, 60)}`, version),
      logDraft(noise(version, 200), version),
      ...(index === 1 ? [pod('goner', version, 'DELETED'), gap(version)] : []),
    ];
  });
  const list = [sync('list-begin', 1), ...['still', 'quiet', 'busy', 'goner'].map((name) => pod(name, 2, 'ADDED')), sync('list-end', 3)];
  return [...list, ...changes.flat()];
}

const recording = { ...options, source: { type: 'record' as const }, flushMilliseconds: 0, syncMilliseconds: 0 };

async function record(drafts: RecordDraft[], more: Partial<Parameters<typeof openCapture>[1]> = {}) {
  const dir = await newPath();
  const writer = await openCapture(dir, { ...recording, memberBytes: 1500, segmentBytes: 1000, rotateSeconds: 1e9, ...more });
  for (const draft of drafts) {
    await writer.write(draft);
    await writer.flush();
  }
  return { dir, manifest: await writer.close() };
}

/** The last object of each that exists at the end. */
async function finalState(dir: string): Promise<Map<string, unknown>> {
  const objects = new Map<string, unknown>();
  for await (const { event } of resources(dir)) {
    if (event.type === 'DELETED') objects.delete(event.ref.uid);
    else objects.set(event.ref.uid, event.object);
  }
  return objects;
}

async function* resources(dir: string) {
  for await (const found of readCapture(dir)) if (found.kind === 'resource' && found.event.ref.kind === 'Pod') yield found;
}

async function sizeOf(dir: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(dir, { recursive: true })) {
    const found = await stat(join(dir, name));
    if (found.isFile()) bytes += found.size;
  }
  return bytes;
}

describe('a recording with a size limit', () => {
  it('stays below it on the disk, and keeps the last state of every object', async () => {
    const maxBytes = 60_000;
    const dir = await newPath();
    const writer = await openCapture(dir, { ...recording, memberBytes: 1500, maxBytes, rotateSeconds: 1e9 });
    const drafts = history(600);
    let most = 0;
    for (const [index, draft] of drafts.entries()) {
      await writer.write(draft);
      if (index % 20 !== 0) continue;
      await writer.flush();
      most = Math.max(most, writer.bytes());
    }
    const manifest = await writer.close();
    expect(most).toBeLessThan(maxBytes);
    // The lock is gone by now; manifest and indexes are small beside segments of ordinary size, but not beside these.
    const segments = manifest.segments.reduce((sum, { bytes }) => sum + bytes, 0);
    expect(segments).toBeLessThan(maxBytes);
    expect(await sizeOf(dir)).toBeLessThan(2.5 * maxBytes);
    expect(await verifyCapture(dir)).toMatchObject({ ok: true, problems: [] });
    const whole = await record(drafts, { segmentBytes: 1e6, memberBytes: 1e6 });
    expect(await finalState(dir)).toEqual(await finalState(whole.dir));
    expect((await finalState(dir)).size).toBe(3);
    expect(manifest.pruned?.map((entry) => entry.class).sort()).toEqual(['events', 'logs', 'objects']);
    const gone = manifest.pruned?.reduce((sum, { records }) => sum + records, 0) ?? 0;
    expect(gone + (await summarizeCapture(dir)).summary.total).toBe(drafts.length);
    expect(manifest.gaps).toBe(0);
    expect(manifest.pruned?.find((entry) => entry.class === 'objects')).toMatchObject({ gaps: 1, firstAt: at(1) });
  });

  it('begins with the kept objects as the state at the end of what went, under the seq they had', async () => {
    const { dir, manifest } = await record(history(200), { maxBytes: 40_000 });
    const lastAt = manifest.pruned?.find((entry) => entry.class === 'objects')?.lastAt;
    const kept = (await collect(resources(dir))).filter(({ event }) => event.synthetic === 'snapshot');
    expect(kept.map(({ seq, event, ...record }) => [seq, event.ref.name, event.type, record.at, record.atSource])).toEqual([
      [2, 'still', 'ADDED', lastAt, 'derived'],
      [3, 'quiet', 'ADDED', lastAt, 'derived'],
      [expect.any(Number), 'busy', 'ADDED', lastAt, 'derived'],
    ]);
    const picker = await openPicker(dir);
    expect((await picker.pick([2, 3])).size).toBe(2);
    await picker.close();
  });

  it('says in its coverage that of the time before nobody can tell what did not exist', async () => {
    const dir = await newPath();
    const writer = await openCapture(dir, { ...recording, memberBytes: 1500, maxBytes: 40_000, rotateSeconds: 1e9 });
    const covers = (kind: string, resource: string) => ({ cluster: 'c01', resource, kind, namespaces: ['*'], from: at(0), to: at(900) });
    writer.setManifest({ coverage: [covers('Pod', 'pods'), covers('Event', 'events')] });
    for (const draft of history(200)) {
      await writer.write(draft);
      await writer.flush();
    }
    writer.setManifest({ coverage: [covers('Pod', 'pods'), covers('Event', 'events')] });
    const { coverage, pruned } = await writer.close();
    const lastAt = (kind: string) => pruned?.find((entry) => entry.class === kind)?.lastAt;
    expect(coverage.map(({ from }) => from)).toEqual([lastAt('objects'), lastAt('events')]);
    expect(lastAt('objects')).not.toBe(at(0));
  });

  it('goes on under its limit after a resume, with new segment numbers', async () => {
    const { dir, manifest } = await record(history(200), { maxBytes: 40_000 });
    const { writer } = await resumeCapture(dir, { memberBytes: 1500, maxBytes: 40_000, rotateSeconds: 1e9, flushMilliseconds: 0 });
    for (const draft of history(100).slice(6)) {
      await writer.write(draft);
      await writer.flush();
    }
    const after = await writer.close();
    expect((await verifyCapture(dir)).problems).toEqual([]);
    const prunedOf = ({ pruned = [] }: CaptureManifest) => pruned.reduce((sum, { segments }) => sum + segments, 0);
    expect(prunedOf(after)).toBeGreaterThan(prunedOf(manifest));
    expect(new Set((await collect(resources(dir))).map(({ event }) => event.ref.name))).toEqual(new Set(['still', 'quiet', 'busy']));
  });

  it('keeps numbering a lane of which every segment went', async () => {
    const { dir } = await record(history(3));
    const manifest = await openManifest(dir);
    const events = manifest.segments.filter((segment) => segment.class === 'events');
    manifest.pruned = addPruned(
      [],
      events.map((segment) => ({ segment, kept: 0, gaps: 0, drops: 0 })),
    );
    manifest.segments = chained(manifest.segments.filter((segment) => segment.class !== 'events'));
    await writeManifest(dir, manifest);
    for (const { file } of events) await rm(join(dir, file));
    const { writer } = await resumeCapture(dir, {});
    await writer.write(eventDraft('later', 99));
    const { segments } = await writer.close();
    expect(segments.at(-1)?.file).toBe(`c01/${String(events.length + 1).padStart(6, '0')}.events.ndjson.gz`);
    expect((await verifyCapture(dir)).problems).toEqual([]);
  });

  it('can be resumed exactly where the whole recording could, whatever was pruned', async () => {
    const names = fc.constantFrom('a', 'b', 'c', 'd');
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.tuple(names, fc.constantFrom('MODIFIED', 'ADDED', 'DELETED')) },
      { weight: 1, arbitrary: fc.constantFrom('list-begin', 'list-end', 'bookmark') },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), fc.integer({ min: 1500, max: 4000 }), async (steps, maxBytes) => {
        const drafts = steps.map((one, index) =>
          typeof one === 'string' ? sync(one as 'bookmark', index + 2) : pod(one[0], index + 2, one[1] as 'ADDED', noise(index, 60)),
        );
        const begun = [sync('list-begin', 0), pod('a', 0, 'ADDED'), sync('list-end', 1), ...drafts];
        const small = await record(begun, { memberBytes: 300, maxBytes });
        const whole = await record(begun);
        const [pruned, full] = [await readResumePoint(small.dir), await readResumePoint(whole.dir)];
        const stateOf = ({ streams }: typeof full) =>
          [...streams].map(([id, { resourceVersion, objects }]) => [
            id,
            resourceVersion,
            new Map([...objects].map((one) => [one[0], one])),
          ]);
        expect(stateOf(pruned)).toEqual(stateOf(full));
        expect(await finalState(small.dir)).toEqual(await finalState(whole.dir));
        expect((await verifyCapture(small.dir)).problems).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });
});

describe('a recorder that is killed while it prunes', () => {
  const left = async () => {
    const { dir } = await record(history(40));
    const manifest = { ...(await openManifest(dir)), status: 'open' as const };
    await writeManifest(dir, manifest);
    const state = await finalState(dir);
    const before = await collect(readCapture(dir));
    return { dir, manifest, state, before };
  };

  const copyOf = async (dir: string) => {
    const copy = await newPath();
    await cp(dir, copy, { recursive: true });
    return copy;
  };

  /** Every state of the disk that a kill can leave, in the order in which they come about. */
  async function states() {
    const { dir, manifest, state, before } = await left();
    const found: [name: string, dir: string][] = [];
    const add = async (name: string, change: (copy: string) => Promise<unknown> = async () => undefined) => {
      const copy = await copyOf(dir);
      await change(copy);
      found.push([name, copy]);
    };
    const after = await copyOf(dir);
    const pruning = await pruneOldest(after, manifest.segments, 4000);
    const [next] = pruning?.kept ?? [];
    if (pruning === undefined || next === undefined) throw new Error('nothing was pruned');
    const index = next.file.replace('.ndjson.gz', '.idx.json');
    const replacement = await readFile(join(after, next.file));
    const unfinished = (copy: string, share: number) =>
      writeFile(join(copy, `${next.file}.new.open`), replacement.subarray(0, Math.floor(replacement.length * share)));
    await add('nothing yet');
    await add('a keyframe that is half written', (copy) => unfinished(copy, 0.5));
    await add('a keyframe that is written, without the old index', async (copy) => {
      await unfinished(copy, 1);
      await rm(join(copy, index));
    });
    await cp(after, dir, { recursive: true });
    await add('the keyframe in its place, no index yet', (copy) => rm(join(copy, index)));
    await add('half an index', async (copy) => {
      await rm(join(copy, index));
      await writeFile(join(copy, `${index}.tmp`), '[\n{"offset"');
    });
    await add('the keyframe in its place, the manifest as before');
    await add('a manifest that is half written', (copy) => writeFile(join(copy, 'manifest.json.tmp'), '{"format'));
    const gone = new Set(pruning.gone.map(({ segment }) => segment.file));
    const segments = chained(manifest.segments.filter(({ file }) => !gone.has(file)).map((one) => (one.file === next.file ? next : one)));
    await writeManifest(dir, { ...manifest, segments, pruned: addPruned(undefined, pruning.gone), gaps: 0 });
    await add('the manifest says so');
    for (const [count] of pruning.gone.entries()) {
      await removeSegments(dir, pruning.gone.slice(0, count + 1));
      await add(`${count + 1} of ${pruning.gone.length} files removed`);
    }
    const since = Math.max(...pruning.gone.map(({ segment }) => segment.lastSeq));
    return { found, state, recent: before.filter(({ seq }) => seq > since) };
  }

  const recentOf = async (dir: string, recent: CaptureRecord[]) =>
    (await collect(readCapture(dir))).filter(({ seq }) => seq >= (recent[0]?.seq ?? 0));

  it('leaves a capture that can be read, resumed and repaired at every moment, with nothing lost but what was to go', async () => {
    const { found, state, recent } = await states();
    expect(recent.length).toBeGreaterThan(10);
    expect(found.length).toBeGreaterThan(8);
    for (const [name, dir] of found) {
      expect(await recentOf(dir, recent), name).toEqual(recent);
      expect(await finalState(dir), name).toEqual(state);
      const picker = await openPicker(dir);
      expect((await picker.pick(recent.map(({ seq }) => seq))).size, name).toBe(recent.length);
      await picker.close();

      const resumed = await copyOf(dir);
      const { writer, torn } = await resumeCapture(resumed, {});
      expect(torn, name).toEqual([]);
      await writer.close('stopped');
      expect((await verifyCapture(resumed)).problems, name).toEqual([]);
      expect((await recentOf(resumed, recent)).slice(0, -1), name).toEqual(recent);
      expect(await finalState(resumed), name).toEqual(state);
      const names = (await readdir(join(resumed, 'c01'))).filter((file) => !/^\d+\.\w+\.(?:ndjson\.gz|idx\.json)$/.test(file));
      expect(names, name).toEqual([]);

      const { problems, gaps } = await repairCapture(dir);
      expect([problems, gaps], name).toEqual([[], 0]);
      expect((await verifyCapture(dir)).problems, name).toEqual([]);
      expect(await recentOf(dir, recent), name).toEqual(recent);
      expect(await finalState(dir), name).toEqual(state);
      expect(dirname(dir)).toBeTruthy();
    }
  });
});

import { describe, expect, it } from 'vitest';
import type { CaptureRecord } from '../../../src/core/model/capture.ts';
import { pod, tick, time, waiting } from '../records.ts';
import { ask, captureOf, manualClock, serve, versioned } from './served.ts';

const records: CaptureRecord[] = [
  versioned(pod(0, 'cart-1'), '1'),
  versioned(pod(60, 'cart-1', { type: 'MODIFIED', state: waiting('CrashLoopBackOff') }), '2'),
  versioned(pod(120, 'cart-2'), '3'),
  tick(180),
];
const podNames = async (served: Awaited<ReturnType<typeof serve>>) =>
  (await ask(served, '/api/v1/pods'))
    .json()
    .items.map(({ metadata }: { metadata: { name: string; resourceVersion: string } }) => `${metadata.name} ${metadata.resourceVersion}`);
const header = async (served: Awaited<ReturnType<typeof serve>>) => (await ask(served, '/healthz')).headers.get('k8s-labeler-replay');

describe('a moment', () => {
  it.each([
    [time(0), ['cart-1 1']],
    [time(59.999), ['cart-1 1']],
    [time(60), ['cart-1 2']],
    [time(180), ['cart-1 2', 'cart-2 3']],
    ['end', ['cart-1 2', 'cart-2 3']],
  ])('%s is served as it was', async (at, expected) => {
    const served = await serve(await captureOf(records), { moment: { type: 'at', at } });
    expect(await podNames(served)).toEqual(expected);
    expect(served.now()).toBe(at === 'end' ? time(180) : at);
    expect(await header(served)).toBe(`at=${served.now()}; speed=0`);
  });

  it('given to the second may lie a little outside', async () => {
    const shifted = records.map((record) => ({ ...record, at: new Date(Date.parse(record.at) + 400).toISOString() }));
    const dir = await captureOf(shifted);
    expect(await podNames(await serve(dir, { moment: { type: 'at', at: time(0) } }))).toEqual(['cart-1 1']);
    expect((await serve(dir, { moment: { type: 'at', at: time(181) } })).now()).toBe(shifted[3]?.at);
  });

  it.each([time(-60), time(3600)])('%s, outside of the recording, is a usage error that names its ends', async (at) => {
    const dir = await captureOf(records);
    await expect(serve(dir, { moment: { type: 'at', at } })).rejects.toMatchObject({ code: 'REPLAY_OUTSIDE', exitCode: 2 });
  });

  it('that is no time is a usage error', async () => {
    await expect(serve(await captureOf(records), { moment: { type: 'at', at: 'noon' } })).rejects.toMatchObject({
      code: 'REPLAY_BAD_TIME',
      exitCode: 2,
    });
  });
});

describe('a running replay', () => {
  it('advances with the clock, at its speed, and stands still at the end', async () => {
    const clock = manualClock();
    const served = await serve(await captureOf(records), { clock, moment: { type: 'run', speed: 60 } });
    expect(await podNames(served)).toEqual(['cart-1 1']);
    await clock.advance(500);
    expect(await header(served)).toBe(`at=${time(30)}; speed=60`);
    await clock.advance(600);
    expect(await podNames(served)).toEqual(['cart-1 2']);
    await clock.advance(5_000);
    await served.done;
    expect(await podNames(served)).toEqual(['cart-1 2', 'cart-2 3']);
    expect(await header(served)).toBe(`at=${time(180)}; speed=0`);
  });

  it('never shows a time whose records are not there yet', async () => {
    const clock = manualClock();
    const many = Array.from({ length: 3_000 }, (_, index) =>
      versioned(pod(index, 'cart-1', { type: index === 0 ? 'ADDED' : 'MODIFIED' }), String(index + 1)),
    );
    const served = await serve(await captureOf(many), { clock, moment: { type: 'run', speed: 1e6 } });
    await clock.advance(60_000);
    const seen = (await ask(served, '/api/v1/namespaces/shop/pods/cart-1')).json();
    expect(Date.parse(served.now())).toBeGreaterThanOrEqual(Date.parse(time(Number(seen.metadata.resourceVersion) - 1)));
    await served.done;
    expect(served.now()).toBe(time(2_999));
  });

  it('rejects `done` when the capture turns out to be damaged, and keeps serving', async () => {
    const { readdir, writeFile, readFile } = await import('node:fs/promises');
    const { join } = await import('node:path');
    const dir = await captureOf(Array.from({ length: 200 }, (_, index) => versioned(pod(index, `p${index}`), String(index + 1))));
    const segment = (await readdir(join(dir, 'c01'))).find((name) => name.endsWith('.objects.ndjson.gz')) ?? '';
    const bytes = await readFile(join(dir, 'c01', segment));
    bytes.fill(0x55, bytes.length - 200, bytes.length - 100);
    await writeFile(join(dir, 'c01', segment), bytes);
    const clock = manualClock();
    const served = await serve(dir, { clock, moment: { type: 'run', speed: 1_000 } });
    const ended = expect(served.done).rejects.toMatchObject({ code: 'CAPTURE_CORRUPT' });
    await clock.advance(10_000);
    await ended;
    expect((await podNames(served)).length).toBeGreaterThan(0);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('at speed %d is a usage error', async (speed) => {
    await expect(serve(await captureOf(records), { moment: { type: 'run', speed } })).rejects.toMatchObject({ code: 'REPLAY_BAD_SPEED' });
  });
});

describe('a capture of several clusters', () => {
  const second = { ...versioned(pod(0, 'far-1'), '7'), cluster: 'c02' };

  it('serves the first, or the one that is named', async () => {
    const dir = await captureOf([...records, second]);
    expect(await podNames(await serve(dir))).toEqual(['cart-1 2', 'cart-2 3']);
    expect(await podNames(await serve(dir, { cluster: 'c02' }))).toEqual(['far-1 7']);
    expect((await serve(dir, { cluster: 'cluster-c02' })).cluster).toBe('c02');
  });

  it('refuses a cluster it does not hold', async () => {
    const error = { code: 'REPLAY_UNKNOWN_CLUSTER', exitCode: 2, suggestions: ['its clusters: c01 (cluster-c01), c02 (cluster-c02)'] };
    await expect(serve(await captureOf([...records, second]), { cluster: 'c09' })).rejects.toMatchObject(error);
  });
});

describe('serving', () => {
  it('on a port in use is a usage error', async () => {
    const dir = await captureOf(records);
    const { port } = await serve(dir);
    await expect(serve(dir, { port })).rejects.toMatchObject({ code: 'REPLAY_PORT_IN_USE', exitCode: 2 });
  });

  it('an empty capture is a capture error', async () => {
    await expect(serve(await captureOf([]))).rejects.toMatchObject({ code: 'CAPTURE_EMPTY', exitCode: 3 });
  });

  it('ends with the signal', async () => {
    const stop = new AbortController();
    const served = await serve(await captureOf(records), { signal: stop.signal, moment: { type: 'run', speed: 1 } });
    stop.abort(new Error('stopped'));
    await served.done;
    await expect
      .poll(() =>
        fetch(served.url).then(
          () => 'open',
          () => 'closed',
        ),
      )
      .toBe('closed'); // prettier-ignore
  });
});

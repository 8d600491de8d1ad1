import { describe, expect, it } from 'vitest';
import type { CaptureRecord } from '../../../src/core/model/capture.ts';
import { log, pod, running, terminated, tick, time, waiting } from '../records.ts';
import { ask, captureOf, manualClock, open, serve } from './served.ts';

const path = (query = '', name = 'cart-1') => `/api/v1/namespaces/shop/pods/${name}/log${query}`;
const line = (seconds: number, message: string, more: object = {}) => {
  const record = log(seconds, 'cart-1', message);
  return { ...record, line: { ...record.line, uid: 'Pod-cart-1', ...more } };
};

/** A container that ran from 0 to 20 and runs again since 30; lines at 5, 15, 32, 40. */
const records: CaptureRecord[] = [
  pod(0, 'cart-1'),
  line(5, 'first run begins'),
  line(15, 'first run fails'),
  pod(20, 'cart-1', { type: 'MODIFIED', state: waiting('CrashLoopBackOff'), restarts: 1, lastState: terminated(1, 0, 20) }),
  pod(30, 'cart-1', { type: 'MODIFIED', state: running(30), restarts: 1, lastState: terminated(1, 0, 20) }),
  line(32, 'second run begins'),
  { ...line(33, 'of another pod'), line: { ...line(33, 'of another pod').line, uid: 'other' } },
  { ...line(34, 'of a sidecar'), line: { ...line(34, 'of a sidecar').line, container: 'side' } },
  line(40, 'second run works ✓'),
  tick(100),
];

const text = async (query: string, of = records) => (await ask(await serve(await captureOf(of)), path(query))).text;

describe('a log', () => {
  it('holds the lines of the run that is on', async () => {
    expect(await text('')).toBe('second run begins\nsecond run works ✓\n');
  });

  it('of the previous run holds the lines before the restart', async () => {
    expect(await text('?previous=true')).toBe('first run begins\nfirst run fails\n');
  });

  it('of a container in back-off holds the run that ended', async () => {
    const dir = await captureOf(records);
    const served = await serve(dir, { moment: { type: 'at', at: time(25) } });
    expect((await ask(served, path())).text).toBe('first run begins\nfirst run fails\n');
    expect((await ask(served, path('?previous=true'))).text).toBe('first run begins\nfirst run fails\n');
  });

  it('at a moment holds nothing later', async () => {
    const served = await serve(await captureOf(records), { moment: { type: 'at', at: time(35) } });
    expect((await ask(served, path())).text).toBe('second run begins\n');
  });

  it.each([
    ['?tailLines=1', 'second run works ✓\n'],
    ['?tailLines=0', ''],
    ['?tailLines=99', 'second run begins\nsecond run works ✓\n'],
    ['?sinceSeconds=61', 'second run works ✓\n'],
    [`?sinceTime=${time(33)}`, 'second run works ✓\n'],
    ['?limitBytes=6', 'second'],
    ['?timestamps=true&tailLines=1', `${time(40)} second run works ✓\n`],
    ['?container=app&tailLines=1', 'second run works ✓\n'],
  ])('with %s', async (query, expected) => {
    expect(await text(query)).toBe(expected);
  });

  it('keeps the timestamps of the runtime to the nanosecond', async () => {
    const exact = [pod(0, 'cart-1'), line(1, 'hello', { timestamp: '2026-03-01T10:00:01.123456789Z' })];
    expect(await text('?timestamps=true', exact)).toBe('2026-03-01T10:00:01.123456789Z hello\n');
  });

  it('is empty where no line was recorded', async () => {
    expect(await text('', [pod(0, 'cart-1')])).toBe('');
  });

  it('tells lines without times apart by the flag they were read with', async () => {
    const plain = [pod(0, 'cart-1'), line(1, 'now', { timestamp: '' }), line(1, 'before', { timestamp: '', previous: true })];
    expect(await text('', plain)).toBe('now\n');
    expect(await text('?previous=true', plain)).toBe('before\n');
  });

  it('is found in a capture of many members', async () => {
    const many = [pod(0, 'cart-1'), ...Array.from({ length: 500 }, (_, index) => line(1 + index / 100, `line ${index}`))];
    expect((await text('', many)).split('\n')).toHaveLength(501);
    expect(await text('?tailLines=2', many)).toBe('line 498\nline 499\n');
  });
});

describe('the container of a log', () => {
  const containers = [{ name: 'app' }, { name: 'side' }];
  const spec = { containers, initContainers: [{ name: 'migrate' }] };
  const message = async (query: string, of: CaptureRecord[]) => {
    const reply = await ask(await serve(await captureOf(of)), path(query));
    return reply.status === 200 ? reply.text : `${reply.status} ${reply.json().message}`;
  };

  it('must be named where there are several', async () => {
    expect(await message('', [pod(0, 'cart-1', { spec })])).toBe(
      '400 a container name must be specified for pod cart-1, choose one of: [app side] or one of the init containers: [migrate]',
    );
  });

  it('may be named by the pod itself', async () => {
    const record = pod(0, 'cart-1', { spec });
    record.event.object.metadata = { ...record.event.object.metadata, annotations: { 'kubectl.kubernetes.io/default-container': 'app' } };
    expect(await message('', [record, line(1, 'hello')])).toBe('hello\n');
  });

  it('must be one of the pod', async () => {
    expect(await message('?container=nope', [pod(0, 'cart-1', { spec })])).toBe('400 container nope is not valid for pod cart-1');
    expect(await message('?container=migrate', [pod(0, 'cart-1', { spec })])).toBe('');
  });

  it.each([
    ['ContainerCreating', 'waiting to start: ContainerCreating'],
    ['ImagePullBackOff', 'waiting to start: trying and failing to pull image'],
    ['ErrImagePull', "waiting to start: image can't be pulled"],
  ])('that waits for %s has no log yet', async (reason, expected) => {
    expect(await message('', [pod(0, 'cart-1', { state: waiting(reason) })])).toBe(`400 container "app" in pod "cart-1" is ${expected}`);
  });

  it('that never ran before has no previous log', async () => {
    expect(await message('?previous=true', [pod(0, 'cart-1')])).toBe('400 previous terminated container "app" in pod "cart-1" not found');
  });

  it.each(['?tailLines=-1', '?sinceSeconds=0', '?limitBytes=x', '?sinceTime=yesterday', `?sinceSeconds=1&sinceTime=${time(0)}`])(
    'is refused with %s',
    async (query) => {
      expect(await message(query, [pod(0, 'cart-1')])).toMatch(/^400 /);
    },
  );

  it('belongs to a pod that is there', async () => {
    const reply = await ask(await serve(await captureOf(records)), path('', 'nope'));
    expect(reply.json()).toMatchObject({ code: 404, message: 'pods "nope" not found' });
  });
});

describe('following a log', () => {
  it('brings the lines at their time and ends with the run', async () => {
    const clock = manualClock();
    const served = await serve(await captureOf(records), { clock, moment: { type: 'run', speed: 10 } });
    await expect.poll(async () => (await ask(served, path())).status).toBe(200);
    const stream = open(served, path('?follow=true'));
    await stream.begun;
    await clock.advance(600);
    expect(await stream.next(1)).toEqual(['first run begins']);
    await clock.advance(1_000);
    expect(await stream.next(1)).toEqual(['first run fails']);
    await clock.advance(1_000);
    expect(await stream.rest()).toEqual([]);
    await clock.advance(500);
    const second = open(served, path('?follow=true&tailLines=0'));
    await second.begun;
    await clock.advance(2_000);
    expect(await second.next(2)).toEqual(['second run begins', 'second run works ✓']);
    await clock.advance(20_000);
    expect(await second.rest()).toEqual([]);
  });

  it('stays open where the replay stands still, as with a container that has nothing to say', async () => {
    const served = await serve(await captureOf(records));
    const stream = open(served, path('?follow=true&tailLines=1'));
    expect(await stream.next(1)).toEqual(['second run works ✓']);
    const more = stream.next(1).then(() => 'more');
    expect(await Promise.race([more, new Promise((resolve) => setTimeout(() => resolve('open'), 50))])).toBe('open');
  });

  it('begins with what is there already', async () => {
    const clock = manualClock();
    const served = await serve(await captureOf(records), { clock, moment: { type: 'run', speed: 10 } });
    await clock.advance(3_300);
    await expect.poll(() => served.now()).toBe(time(33));
    const stream = open(served, path('?follow=true'));
    expect(await stream.next(1)).toEqual(['second run begins']);
    await clock.advance(1_000);
    expect(await stream.next(1)).toEqual(['second run works ✓']);
  });
});

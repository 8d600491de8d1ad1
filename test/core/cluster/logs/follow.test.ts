import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { type LogOptions, type LogSource, openLogs } from '../../../../src/core/cluster/logs/logs.ts';
import type { PodLog, RecordDraft } from '../../../../src/core/model/capture.ts';
import { type Asked, manualClock, refuse, serve, type TestServer, until } from './kubelet.ts';
import { at, draft, ended, noon, pod, running, terminated, waiting } from './pods.ts';

type Run = Omit<TestServer, 'close'> & {
  clock: ReturnType<typeof manualClock>;
  logs: LogSource;
  drafts: RecordDraft[];
  stop: () => Promise<void>;
};

const runs: Run[] = [];

async function start(answer: (asked: Asked, count: number) => void, options: Partial<LogOptions> = {}): Promise<Run> {
  const clock = manualClock(noon);
  const { close, ...server } = await serve(clock, answer);
  const abort = new AbortController();
  const rest = { cluster: 'c01', clock, signal: abort.signal, mode: 'all' as const, maxStreams: 50, random: () => 0 };
  const logs = openLogs(server.client, { ...rest, ...options });
  const drafts: RecordDraft[] = [];
  const reading = (async () => {
    for await (const batch of logs.records()) drafts.push(...batch);
  })();
  const stop = async () => {
    abort.abort();
    await reading;
    await close();
  };
  const run = { ...server, clock, logs, drafts, stop };
  runs.push(run);
  return run;
}

afterEach(async () => {
  for (const run of runs.splice(0)) await run.stop();
});

const lines = ({ drafts }: Run): PodLog[] => drafts.flatMap((one) => (one.kind === 'log' ? [one.line] : []));
const messages = (run: Run) => lines(run).map(({ message, previous }) => (previous ? `previous: ${message}` : message));
const others = ({ drafts }: Run) => drafts.filter(({ kind }) => kind !== 'log');
const queries = ({ asked }: Run) => asked.map(({ query }) => ({ ...query }));
const line = (seconds: number, text: string) => `${at(seconds).replace('Z', '.500000000Z')} ${text}\n`;
const app = { container: 'app', timestamps: 'true' };

describe('the log of a running container', () => {
  it('arrives line by line, whatever the chunks, with carriage returns and broken bytes', async () => {
    const bytes = Buffer.concat([
      Buffer.from(`${line(0, '10%\r20%')}${line(1, 'grüße \u2028')}`),
      Buffer.from(line(2, '').slice(0, -1)),
      Buffer.from([0xff, 0x0a]),
    ]);
    const run = await start(async ({ response }) => {
      for (const byte of bytes) {
        response.write(Buffer.from([byte]));
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
    run.logs.observe(draft(pod([running('app', 'a')])));
    await until(() => lines(run).length === 3);
    expect(messages(run)).toEqual(['10%\r20%', 'grüße \u2028', '\ufffd']);
    expect(run.drafts[0]).toMatchObject({ at: '2026-01-31T12:00:00.000Z', atSource: 'received', cluster: 'c01', stream: 'c01/pods.log' });
    expect(lines(run)[0]).toEqual({
      namespace: 'shop',
      pod: 'cart-1',
      uid: 'uid-cart-1',
      container: 'app',
      message: '10%\r20%',
      timestamp: '2026-01-31T12:00:00.500000000Z',
    }); // prettier-ignore
    expect(queries(run)).toEqual([{ ...app, follow: 'true', sinceSeconds: '300' }]);
    expect(run.asked[0]?.path).toBe('/api/v1/namespaces/shop/pods/cart-1/log');
    expect(run.logs.report()).toEqual({ open: 1, followed: 1, waiting: [], skipped: { healthy: 0 } });
  });

  it('is read from its beginning if it began under our eyes', async () => {
    const run = await start(() => {});
    run.logs.observe(draft(pod([running('app', 'a', { state: { running: { startedAt: at(1) } } })])));
    await until(() => run.asked.length === 1);
    expect(queries(run)).toEqual([{ ...app, follow: 'true' }]);
  });

  it('is opened again where it ended, not sooner than after 800 ms, and no line comes twice', async () => {
    const run = await start(({ response }, count) => {
      if (count === 1) response.end(`${line(0, 'a')}${line(1, 'b')}${line(1, 'b')}${line(1, 'torn').slice(0, -3)}`);
      else if (count === 2) response.end(`${line(1, 'b')}${line(1, 'b')}${line(1, 'torn')}`);
      else response.write(`${line(1, 'b')}${line(1, 'b')}${line(1, 'torn')}${line(5, 'c')}`);
    });
    run.logs.observe(draft(pod([running('app', 'a')])));
    await until(() => run.clock.sleeping().length === 1);
    expect(run.clock.sleeping()).toEqual([800]);
    run.clock.advance(799);
    expect(run.asked).toHaveLength(1);
    run.clock.advance(1);
    await until(() => run.clock.sleeping().length === 1);
    run.clock.advance(800);
    await until(() => lines(run).length === 5);
    expect(messages(run)).toEqual(['a', 'b', 'b', 'torn', 'c']);
    expect(
      queries(run)
        .slice(1)
        .map(({ sinceTime }) => sinceTime),
    ).toEqual(['2026-01-31T12:00:00Z', '2026-01-31T12:00:00Z']);
    expect(others(run)).toEqual([]);
  });

  it('that is silent for too long is opened again at once', async () => {
    const run = await start(({ response }, count) => void response.write(count === 1 ? line(0, 'a') : `${line(0, 'a')}${line(900, 'b')}`), {
      watchdogMs: 30,
    });
    run.logs.observe(draft(pod([running('app', 'a')])));
    await until(() => run.clock.sleeping().length === 1);
    run.clock.advance(800);
    await until(() => lines(run).length === 2);
    expect(messages(run)).toEqual(['a', 'b']);
    expect(others(run)).toEqual([]);
  });

  it('that has no first line yet is waited for as long', async () => {
    const run = await start(({ response }, count) => void (count > 1 && response.write(line(900, 'a'))), { watchdogMs: 30 });
    run.logs.observe(draft(pod([running('app', 'a')])));
    await until(() => run.clock.sleeping().length === 1);
    run.clock.advance(800);
    await until(() => lines(run).length === 1);
    expect(queries(run)[1]).toEqual({ ...app, follow: 'true', sinceSeconds: '301' });
    expect(others(run)).toEqual([]);
  });

  it('that breaks off is reported once, and tried again more and more slowly', async () => {
    const run = await start(
      ({ response }, count) => {
        if (count < 4) response.destroy();
        else response.write(line(1, 'a'));
      },
      { random: () => 1 },
    );
    run.logs.observe(draft(pod([running('app', 'a')])));
    for (const ms of [800, 1600, 3200]) {
      await until(() => run.clock.sleeping().length === 1);
      expect(run.clock.sleeping()).toEqual([ms]);
      run.clock.advance(ms);
    }
    await until(() => lines(run).length === 1);
    expect(others(run)).toMatchObject([{ kind: 'sync', phase: 'error' }]);
    expect(others(run)).toHaveLength(1);
  });

  it('waits as long as the server asks', async () => {
    const run = await start(({ response }) => refuse(response, 429, 'slow down', { 'retry-after': '17' }));
    run.logs.observe(draft(pod([running('app', 'a')])));
    await until(() => run.clock.sleeping().length === 1);
    expect(run.clock.sleeping()).toEqual([17_000]);
    expect(run.logs.report().waiting).toMatchObject([{ namespace: 'shop', pod: 'cart-1', container: 'app' }]);
    run.logs.observe(draft(pod([terminated('app', 'a', 1, 1)])));
    await until(() => run.clock.sleeping()[0] === 800);
  });

  it('that was rotated away leaves a gap, once the pod has not told of a new instance', async () => {
    let response: Asked['response'] | undefined;
    const run = await start((asked, count) => {
      response = asked.response;
      if (count === 1) response.end(line(0, 'a'));
      else response.write(line(9, 'later'));
    });
    run.logs.observe(draft(pod([running('app', 'a')])));
    await until(() => run.clock.sleeping().length === 1);
    run.clock.advance(800);
    await until(() => lines(run).length === 2);
    expect(others(run)).toEqual([]);
    run.clock.advance(10_000);
    response?.write(line(20, 'more'));
    await until(() => lines(run).length === 3);
    expect(others(run)).toMatchObject([
      {
        kind: 'gap',
        atSource: 'derived',
        from: '2026-01-31T12:00:00.500000000Z',
        to: '2026-01-31T12:00:09.500000000Z',
        reason: 'log rotated: shop/cart-1 app',
      },
    ]);
  });

  it('that begins anew because the container did leaves none', async () => {
    let response: Asked['response'] | undefined;
    const run = await start((asked, count) => {
      response = asked.response;
      if (asked.query.previous) response.end(`${line(0, 'a')}${line(99, 'b')}${line(100, 'last words').slice(0, -1)}`);
      else response.write(line(count === 1 ? 0 : 109, count === 1 ? 'a' : 'new'));
    });
    run.logs.observe(draft(pod([running('app', 'a')])));
    await until(() => lines(run).length === 1);
    run.clock.advance(100_000);
    response?.end(line(99, 'b'));
    await until(() => run.clock.sleeping().length === 1);
    run.clock.advance(800);
    await until(() => lines(run).length === 3);
    run.logs.observe(draft(pod([running('app', 'b', { restartCount: 1, lastState: ended('a', 1, 101) })])));
    run.clock.advance(5_000);
    await until(() => run.asked.length === 4);
    run.clock.advance(20_000);
    response?.write(line(120, 'more'));
    await until(() => lines(run).length === 5);
    // The recorder did not know that "new" was of another instance, and yet it has every line once.
    expect(messages(run)).toEqual(['a', 'b', 'new', 'previous: last words', 'more']);
    expect(others(run)).toEqual([]);
  });

  it('goes on where an earlier run of the recorder ended', async () => {
    const run = await start(({ response }) => void response.write(`${line(5, 'a')}${line(5, 'a')}${line(5, 'b')}`), {
      resume: (uid, container) =>
        uid === 'uid-cart-1' && container === 'app' ? { timestamp: '2026-01-31T12:00:05.500000000Z', lastLines: ['a'] } : undefined,
    });
    run.logs.observe(draft(pod([running('app', 'x')])));
    await until(() => lines(run).length === 2);
    expect(messages(run)).toEqual(['a', 'b']);
    expect(queries(run)).toEqual([{ ...app, follow: 'true', sinceTime: '2026-01-31T12:00:05Z' }]);
  });

  it('keeps the beginning of a line that is too long, and says so', async () => {
    const run = await start(({ response }) => void response.write(`${line(0, 'x'.repeat(20_000))}${line(1, 'b')}`), {
      maxLineBytes: 10_000,
    });
    run.logs.observe(draft(pod([running('app', 'a')])));
    await until(() => lines(run).length === 2);
    expect(lines(run)[0]?.message).toMatch(/^x{4000,}$/);
    expect(others(run)).toMatchObject([
      { kind: 'drop', count: 1, reason: 'a log line of shop/cart-1 app had 20031 bytes; its beginning is kept' },
    ]);
  });

  it('is not read faster than the records are taken', async () => {
    const chunk = line(0, 'x'.repeat(1000)).repeat(64);
    let sent = 0;
    const clock = manualClock(noon);
    const server = await serve(clock, ({ response }) => {
      const write = () => {
        sent += 1;
        if (sent < 2000) response.write(chunk, write);
      };
      write();
    });
    const abort = new AbortController();
    const logs = openLogs(server.client, { cluster: 'c01', clock, signal: abort.signal, mode: 'all', maxStreams: 50 });
    logs.observe(draft(pod([running('app', 'a')])));
    let before = -1;
    while (sent !== before) {
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(sent).toBeLessThan(1900);
    let taken = 0;
    for await (const batch of logs.records()) {
      taken += batch.length;
      if (taken > before * 64 + 64) break;
    }
    expect(sent).toBeGreaterThan(before);
    abort.abort();
    await server.close();
  });
});

describe('a restart', () => {
  it('has the end of the instance before read once, and then the new one followed', async () => {
    const run = await start(({ query, response }, count) => {
      if (query.previous) response.end(`${line(1, 'b')}${line(2, 'panic: no newline').slice(0, -1)}`);
      else if (count === 1) response.end(`${line(0, 'a')}${line(1, 'b')}`);
      else response.write(line(20, 'started'));
    });
    run.logs.observe(draft(pod([running('app', 'a')])));
    await until(() => run.clock.sleeping().length === 1);
    const restarted = pod([running('app', 'b', { restartCount: 1, lastState: ended('a', 2, 3) })]);
    run.logs.observe(draft(restarted));
    run.clock.advance(800);
    await until(() => lines(run).length === 4);
    run.logs.observe(draft(restarted));
    expect(messages(run)).toEqual(['a', 'b', 'previous: panic: no newline', 'started']);
    expect(queries(run)).toEqual([
      { ...app, follow: 'true', sinceSeconds: '300' },
      { ...app, previous: 'true', tailLines: '2000' },
      { ...app, follow: 'true', sinceTime: '2026-01-31T12:00:02Z' },
    ]);
  });

  it.each([
    ['before the log was asked for', 0],
    ['while the log was read', 1],
  ])('that the pod tells of too late, %s, loses nothing and gives nothing twice', async (_, late) => {
    const crashed = draft(pod([terminated('app', 'a', 1, 2)]));
    const restarted = draft(pod([running('app', 'b', { restartCount: 1, lastState: ended('a', 1, 2) })]));
    const run = await start(({ query, response }, count) => {
      if (count === 1 && late === 1) run.logs.observe(restarted);
      if (query.previous) response.end(`${line(1, 'a')}${line(2, 'last words')}`);
      else if (query.follow) response.write(`${line(3, 'started')}${line(9, 'more')}`);
      else response.end(line(3, 'started'));
    });
    run.logs.observe(crashed);
    await until(() => lines(run).length === 1);
    if (late === 0) run.logs.observe(restarted);
    for (const _ of [1, 2]) run.clock.advance(800);
    await until(() => lines(run).length === 4);
    expect(messages(run)).toEqual(['started', 'previous: a', 'previous: last words', 'more']);
    expect(others(run)).toEqual([]);
  });

  it('costs no request more when the instance was read to its end', async () => {
    let closed = 0;
    const run = await start(({ response }, count) => {
      response.on('close', () => {
        closed += 1;
      });
      if (count === 3) response.write(line(20, 'started'));
      else response.end(`${line(0, 'a')}${line(1, 'last')}`);
    });
    run.logs.observe(draft(pod([running('app', 'a')])));
    await until(() => run.clock.sleeping().length === 1);
    run.logs.observe(draft(pod([terminated('app', 'a', 1, 2)])));
    run.clock.advance(800);
    // The end must have been read before the pod moves on, else asking again would be right.
    await until(() => closed === 2);
    await pause(100);
    run.logs.observe(draft(pod([waiting('app', 'CrashLoopBackOff', { lastState: ended('a', 1, 2) })])));
    run.clock.advance(60_000);
    run.logs.observe(draft(pod([running('app', 'b', { restartCount: 1, lastState: ended('a', 1, 2) })])));
    await until(() => lines(run).length === 3);
    expect(messages(run)).toEqual(['a', 'last', 'started']);
    expect(queries(run).map(({ follow, previous }) => [follow, previous])).toEqual([
      ['true', undefined],
      [undefined, undefined],
      ['true', undefined],
    ]);
  });

  it('is followed although the log of the old instance does not end', async () => {
    const run = await start(({ query, response }, count) => {
      if (count === 1) response.write(line(0, 'a'));
      else if (query.previous) response.end(line(0, 'a'));
      else response.write(line(20, 'started'));
    });
    run.logs.observe(draft(pod([running('app', 'a')])));
    await until(() => lines(run).length === 1);
    run.logs.observe(draft(pod([running('app', 'b', { restartCount: 1, lastState: ended('a', 1, 2) })])));
    run.clock.advance(5_000);
    await until(() => lines(run).length === 2);
    expect(messages(run)).toEqual(['a', 'started']);
  });

  it('has no line twice or never when the log of the instance before breaks off', async () => {
    const run = await start(
      ({ query, response }, count) => {
        const all = [line(1, 'a'), line(1, 'a'), line(2, 'b'), line(3, 'c').slice(0, -1)].join('');
        if (!query.previous) response.write(line(20, 'started'));
        else if (count > 1) response.end(all);
        else response.write(all.slice(0, -50), () => response.destroy());
      },
      { mode: 'failing' },
    );
    run.logs.observe(draft(pod([running('app', 'b', { lastState: ended('a', 1, 4) })])));
    await until(() => run.clock.sleeping()[0] === 800);
    run.clock.advance(800);
    await until(() => messages(run).at(-1) === 'started');
    expect(messages(run)).toEqual(['previous: a', 'previous: a', 'previous: b', 'previous: c', 'started']);
  });

  it('keeps the end of a long previous log', async () => {
    const run = await start(
      ({ query, response }) => {
        if (query.previous) for (let index = 0; index < 3000; index += 1) response.write(line(index / 1000, `${index} ${'x'.repeat(100)}`));
        response.end(query.previous ? line(9, 'panic') : undefined);
      },
      { mode: 'failing', previousLimitBytes: 10_000 },
    );
    run.logs.observe(draft(pod([terminated('app', 'b', 1, 10, { lastState: ended('a', 1, 9) })])));
    await until(() => run.asked.length === 2);
    await until(() => messages(run).at(-1) === 'previous: panic');
    const left = others(run).map((one) => (one.kind === 'drop' ? one.count : 0))[0] ?? 0;
    expect(lines(run).length).toBeGreaterThan(50);
    expect(left + lines(run).length).toBe(3001);
    expect(lines(run).reduce((bytes, { message }) => bytes + message.length, 0)).toBeLessThanOrEqual(10_000);
    expect(queries(run)).toEqual([
      { ...app, previous: 'true', tailLines: '2000' },
      { ...app, tailLines: '200', sinceTime: '2026-01-31T12:00:09Z' },
    ]);
  });
});

describe('a container without a log', () => {
  it('is asked for again when its pod changes, and not before', async () => {
    const run = await start(({ response }, count) => {
      if (count === 1) refuse(response, 400, 'container "app" in pod "cart-1" is waiting to start: ContainerCreating');
      else response.write(line(0, 'a'));
    });
    const object = pod([running('app', 'a')]);
    run.logs.observe(draft(object));
    await until(() => run.logs.report().waiting.length === 1);
    expect(run.logs.report().waiting[0]?.reason).toContain('ContainerCreating');
    run.clock.advance(3_600_000);
    expect(run.clock.sleeping()).toEqual([]);
    expect(run.asked).toHaveLength(1);
    run.logs.observe(draft(object));
    await until(() => lines(run).length === 1);
    expect(others(run)).toEqual([]);
  });

  it('is not asked for while it is being created', async () => {
    const run = await start(({ response }) => void response.write(line(0, 'a')));
    run.logs.observe(draft(pod([waiting('app', 'ContainerCreating')])));
    expect(run.logs.report().waiting).toEqual([{ namespace: 'shop', pod: 'cart-1', container: 'app', reason: 'ContainerCreating' }]);
    run.logs.observe(draft(pod([running('app', 'a')])));
    await until(() => lines(run).length === 1);
    expect(run.asked).toHaveLength(1);
  });

  it('of an instance before is passed over', async () => {
    const run = await start(
      ({ query, response }) => {
        if (query.previous) refuse(response, 400, 'previous terminated container "app" in pod "cart-1" not found');
        else response.write(line(0, 'a'));
      },
      { mode: 'failing' },
    );
    run.logs.observe(draft(pod([running('app', 'b', { lastState: ended('a', 1, -9) })])));
    await until(() => lines(run).length === 1);
    expect(queries(run)[1]).toEqual({ ...app, follow: 'true', tailLines: '200' });
    expect(others(run)).toEqual([]);
  });

  it('whose pod is gone is left alone', async () => {
    const run = await start(({ response }) => refuse(response, 404, 'pods "cart-1" not found'));
    run.logs.observe(draft(pod([running('app', 'a')])));
    await until(() => run.logs.report().waiting.length === 1);
    run.logs.observe(draft(pod([]), 'DELETED'));
    run.clock.advance(3_600_000);
    expect(run.asked).toHaveLength(1);
    expect(run.logs.report()).toEqual({ open: 0, followed: 0, waiting: [], skipped: { healthy: 0 } });
  });

  it('for lack of rights is reported once per namespace and asked for again after five minutes', async () => {
    const run = await start(({ response }) => refuse(response, 403, 'pods "cart-1" is forbidden: cannot get resource "pods/log"'));
    run.logs.observe(draft(pod([running('app', 'a'), running('proxy', 'b')])));
    await until(() => run.clock.sleeping().length === 2);
    expect(run.asked.length).toBeLessThanOrEqual(2);
    expect(others(run)).toMatchObject([{ kind: 'sync', phase: 'error', code: 403 }]);
    expect(run.logs.report().waiting.map(({ reason }) => reason)).toEqual(['forbidden', 'forbidden']);
    const before = run.asked.length;
    run.clock.advance(299_000);
    expect(run.asked).toHaveLength(before);
    run.clock.advance(1_000);
    await until(() => run.asked.length > before && run.clock.sleeping().length === 2);
    expect(others(run)).toHaveLength(1);
  });

  it('for wrong credentials is asked for with new ones', async () => {
    const run = await start(({ response }, count) =>
      count === 1 ? refuse(response, 401, 'Unauthorized') : void response.write(line(0, 'a')),
    );
    run.logs.observe(draft(pod([running('app', 'a')])));
    await until(() => lines(run).length === 1);
    expect(run.renewed()).toBe(1);
    expect(others(run)).toEqual([]);
  });
});

describe('init, sidecar and ephemeral containers', () => {
  it('are read like others', async () => {
    const run = await start(({ query, response }) => response.end(line(0, `of ${query.container}`)));
    run.logs.observe(
      draft(
        pod([waiting('app', 'PodInitializing')], {
          spec: { initContainers: [{ name: 'proxy', restartPolicy: 'Always' }, { name: 'migrate' }] },
          status: {
            initContainerStatuses: [running('proxy', 'a'), terminated('migrate', 'b', 0, -1)],
            ephemeralContainerStatuses: [running('debug', 'c')],
          },
        }),
      ),
    );
    await until(() => lines(run).length === 3);
    expect(messages(run).toSorted()).toEqual(['of debug', 'of migrate', 'of proxy']);
  });
});

describe('when only failing containers are wanted', () => {
  it('a healthy one is not asked for until it fails, and is left when it was healthy for five minutes', async () => {
    const run = await start(({ response }) => void response.write(line(0, 'a')), { mode: 'failing' });
    run.logs.observe(draft(pod([running('app', 'a')])));
    expect(run.logs.report()).toEqual({ open: 0, followed: 0, waiting: [], skipped: { healthy: 1 } });
    run.logs.observe(draft(pod([running('app', 'a', { ready: false })])));
    await until(() => lines(run).length === 1);
    expect(queries(run)).toEqual([{ ...app, follow: 'true', tailLines: '200' }]);
    run.logs.observe(draft(pod([running('app', 'a')])));
    run.clock.advance(300_000);
    await until(() => run.logs.report().skipped.healthy === 1);
    run.clock.advance(5_000);
    await until(() => run.logs.report().open === 0);
    expect(run.logs.report()).toEqual({ open: 0, followed: 1, waiting: [], skipped: { healthy: 1 } });
  });

  it('one that does not become ready is asked for without another change of its pod', async () => {
    const run = await start(({ response }) => void response.write(line(0, 'a')), { mode: 'failing' });
    run.logs.observe(draft(pod([running('app', 'a', { ready: false, state: { running: { startedAt: at(0) } } })])));
    expect(run.clock.sleeping()).toEqual([30_000]);
    run.clock.advance(30_000);
    await until(() => lines(run).length === 1);
  });
});

describe('with more containers than streams', () => {
  it('failing ones are preferred, and what is not followed is said once', async () => {
    const run = await start(({ path, response }) => void response.write(line(0, path.split('/')[6] ?? '')), { maxStreams: 2 });
    const one = (name: string, ready = true) => draft(pod([running('app', `of-${name}`, { ready })], { name }));
    for (const name of ['p1', 'p2', 'p3']) run.logs.observe(one(name));
    await until(() => lines(run).length === 2);
    expect(run.logs.report()).toMatchObject({
      open: 2,
      waiting: [{ namespace: 'shop', pod: 'p3', container: 'app', reason: 'limit of 2 streams' }],
    });
    run.clock.advance(10_000);
    await until(() => others(run).length === 1);
    run.logs.observe(one('p4', false));
    await until(() => lines(run).length === 3);
    expect(messages(run)).toEqual(['p1', 'p2', 'p4']);
    run.clock.advance(60_000);
    await until(() => others(run).length === 2);
    expect(others(run)).toMatchObject([
      { kind: 'note', message: 'the log of shop/p3 app is not followed: limit of 2 streams' },
      { kind: 'note', message: 'the log of shop/p1 app is not followed: limit of 2 streams' },
    ]);
    expect(run.logs.report()).toMatchObject({ open: 2, waiting: [{ pod: 'p1' }, { pod: 'p3' }] });
    run.logs.observe(draft(pod([], { name: 'p2' }), 'DELETED'));
    run.clock.advance(5_000);
    await until(() => lines(run).length === 4);
    expect(messages(run)[3]).toBe('p3');
    run.logs.observe(one('p1', false));
    await until(() => run.asked.filter(({ path }) => path.includes('/p1/')).length === 2);
    await until(() => run.clock.sleeping().length === 1);
    run.clock.advance(800);
    await until(() => run.logs.report().waiting[0]?.pod === 'p3');
    expect(run.clock.sleeping()).toEqual([]);
    expect(others(run)).toHaveLength(2);
  });

  it('one that cannot be read leaves its place to the next', async () => {
    const run = await start(
      ({ path, response }) =>
        path.includes('/p1/') ? refuse(response, 500, 'dial tcp: no route to host') : void response.write(line(0, 'a')),
      { maxStreams: 1 },
    );
    run.logs.observe(draft(pod([running('app', 'a')], { name: 'p1' })));
    run.logs.observe(draft(pod([running('app', 'b')], { name: 'p2' })));
    await until(() => lines(run).length === 1);
    const forbidden = await start(
      ({ path, response }) => (path.includes('/p1/') ? refuse(response, 403, 'forbidden') : void response.write(line(0, 'a'))),
      { maxStreams: 1 },
    );
    forbidden.logs.observe(draft(pod([running('app', 'a')], { name: 'p1' })));
    forbidden.logs.observe(draft(pod([running('app', 'b')], { name: 'p2', metadata: { namespace: 'pay' } })));
    await until(() => lines(forbidden).length === 1);
  });
});

describe('mode none', () => {
  it('asks for nothing', async () => {
    const run = await start(({ response }) => response.end(), { mode: 'none' });
    run.logs.observe(draft(pod([waiting('app', 'CrashLoopBackOff', { lastState: ended('a', 1, -5) })])));
    expect(run.logs.report()).toEqual({ open: 0, followed: 0, waiting: [], skipped: { healthy: 0 } });
    expect(run.clock.sleeping()).toEqual([]);
  });
});

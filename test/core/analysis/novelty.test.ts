import { describe, expect, it } from 'vitest';
import { hear, lineAt, newHeard } from '../../../src/core/analysis/novelty.ts';
import type { CaptureRecord } from '../../../src/core/model/capture.ts';
import { event, healthyWorkload, log, numbered, running, terminated, ticks, time, waiting, workloadPod } from '../records.ts';
import { run } from './run.ts';

const name = 'feed-7d9f8b6c5-x2x4z';
const trouble = 'java.lang.IllegalStateException: no price for item 17';

/** The same line every `every` seconds. */
const said = (from: number, to: number, every: number, message: string) =>
  Array.from({ length: Math.floor((to - from) / every) + 1 }, (_, index) => log(from + index * every, name, message));

const told = (records: CaptureRecord[]) =>
  run(numbered(records)).events.map(({ reason, confidence, rootCause, evidence }) => ({
    reason,
    confidence,
    rootCause,
    notes: evidence.map(({ note }) => note),
  }));

describe('errors that a running container logs again and again', () => {
  it('are new where the container was heard without them, and the label says for how long', () => {
    const records = [
      ...healthyWorkload('feed', { state: running(-3600), ready: true }),
      ...said(5, 900, 10, 'served request'),
      ...said(600, 900, 15, trouble),
      ...ticks(0, 905),
    ];
    expect(told(records)).toMatchObject([
      {
        reason: 'AppErrorsLogged',
        rootCause: expect.stringContaining('21 times; the recorded log of the 10 min before holds nothing like it'),
      },
    ]);
  });

  it('are old news where they are there as soon as the log is heard, of a container that had been running for long', () => {
    const records = [...healthyWorkload('feed', { state: running(-3600), ready: true }), ...said(5, 900, 15, trouble), ...ticks(0, 905)];
    expect(told(records)).toEqual([]);
  });

  it('count where the container had been silent while the recording listened', () => {
    const records = [...healthyWorkload('feed', { state: running(-3600), ready: true }), ...said(600, 900, 15, trouble), ...ticks(0, 905)];
    expect(told(records)).toMatchObject([{ reason: 'AppErrorsLogged' }]);
  });

  it('count where older lines show that there was a time without them before the recording', () => {
    const backlog = [...said(-3000, -1300, 50, 'served request'), ...said(-1200, -1, 15, trouble)].map((record) => ({
      ...record,
      at: time(2),
    }));
    const records = [
      ...healthyWorkload('feed', { state: running(-3600), ready: true }),
      ...backlog,
      ...said(5, 900, 15, trouble),
      ...ticks(0, 905),
    ];
    expect(told(records)).toMatchObject([{ reason: 'AppErrorsLogged' }]);
  });

  it('count where the container has only just started: nothing shows that it ever ran without them', () => {
    const records = [...healthyWorkload('feed', { state: running(0), ready: true }), ...said(5, 900, 15, trouble), ...ticks(0, 905)];
    expect(told(records)).toMatchObject([{ reason: 'AppErrorsLogged', confidence: 0.62 }]);
  });

  it('are told once, however often an over-long incident is continued', () => {
    const day = 86_400;
    const records = [
      ...healthyWorkload('feed', { state: running(0), ready: true }),
      ...said(5, 2 * day, 240, trouble),
      ...ticks(0, 2 * day, 60),
    ];
    expect(told(records).map(({ reason }) => reason)).toEqual(['AppErrorsLogged']);
  });
});

describe('a line that was never logged before', () => {
  const crash = (seconds: number, restarts: number) =>
    workloadPod(seconds, 'feed', { state: waiting('CrashLoopBackOff'), lastState: terminated(1, seconds - 20, seconds - 1), restarts });
  const run20 = (from: number) => [
    log(from, name, 'feed 1.4.2 starting'),
    log(from + 10, name, `ERROR ledger sequence ${from} is behind checkpoint`),
    log(from + 18, name, 'bye'),
  ];
  const healthy = [
    ...healthyWorkload('feed', { state: running(0), ready: true }),
    ...said(2, 590, 10, 'served request'),
    log(2, name, 'feed 1.4.2 starting'),
    log(590, name, 'bye'),
  ];

  it('is shown where a container crashes and no known failure is recognised', () => {
    const crashes = [600, 640, 680, 760].flatMap((at, index) => [...run20(at), crash(at + 20, index + 1)]);
    const [label] = told([...healthy, ...crashes, ...ticks(0, 1000)]);
    expect(label).toMatchObject({
      reason: 'AppStartupError',
      rootCause: expect.stringContaining('New before its end is "ERROR ledger sequence'),
    });
    expect(label?.notes).toContainEqual(
      expect.stringMatching(/^new: the recorded log of the 10 min before holds nothing like it \(template [0-9a-f]{12}\)$/),
    );
  });

  it('is not called new where the container was not heard before', () => {
    const crashes = [600, 640, 680, 760].flatMap((at, index) => [...run20(at), crash(at + 20, index + 1)]);
    const [label] = told([...healthyWorkload('feed', { state: running(0), ready: true }), ...crashes, ...ticks(0, 1000)]);
    expect(label?.rootCause).not.toContain('New before');
  });

  it('is shown where a readiness probe fails and nothing says why', () => {
    const about = { kind: 'Pod', name, uid: `Pod-${name}` };
    const unready = [
      workloadPod(600, 'feed', { state: running(0), ready: false }),
      ...[600, 610, 620, 900].map((at, index) =>
        event(at, about, 'Unhealthy', 'Readiness probe failed: HTTP probe failed with statuscode: 503', { count: index + 3, first: 600 }),
      ),
      log(598, name, 'WARN index is stale, refusing traffic'),
    ];
    const [label] = told([...healthy, ...unready, ...ticks(0, 1000)]);
    expect(label).toMatchObject({
      reason: 'ReadinessFailing',
      rootCause: expect.stringContaining('New in its log is "WARN index is stale'),
    });
  });
});

describe('what is heard', () => {
  const heardAt = (heard: ReturnType<typeof newHeard>, seconds: number, pod: string, message: string) => {
    const record = log(seconds, pod, message);
    return { seq: 0, said: { seq: 0, at: record.at, line: record.line }, template: hear(heard, record) };
  };

  it('is shared by all pods of a workload', () => {
    const heard = newHeard();
    heardAt(heard, 0, 'feed-7d9f8b6c5-x2x4z', 'up');
    heardAt(heard, 10, 'feed-7d9f8b6c5-x2x4z', 'no stock for 7');
    const line = heardAt(heard, 900, 'feed-5c4b6d8f9-k8k2v', 'no stock for 9');
    expect(lineAt(line, time(900)).fresh).toBeUndefined();
    expect(lineAt(heardAt(heard, 900, 'feed-5c4b6d8f9-k8k2v', 'ledger is gone'), time(900)).fresh).toMatchObject({
      count: 1,
      heardSeconds: 900,
    });
  });

  it('counts by the time when a line was written, not when it was read', () => {
    const heard = newHeard();
    const backlog = log(-3600, name, 'up');
    hear(heard, { ...backlog, at: time(0) });
    expect(lineAt(heardAt(heard, 1, name, 'boom'), time(1)).fresh).toMatchObject({ heardSeconds: 3601 });
  });

  it('takes lines without any time or text without a word', () => {
    const heard = newHeard();
    const record = log(0, name, 'x');
    expect(hear(heard, { ...record, at: 'never', line: { ...record.line, timestamp: '' } })).toBeUndefined();
    expect(hear(heard, { ...record, line: { ...record.line, message: '   ' } })).toBeUndefined();
    expect(hear(heard, { ...record, line: { ...record.line, message: 7 as unknown as string } })).toBeUndefined();
  });

  it('is bounded over all containers: the longest silent are forgotten', () => {
    const heard = newHeard();
    for (let pod = 0; pod < 3000; pod += 1) {
      for (const word of ['one', 'two', 'three', 'four', 'five', 'six']) heardAt(heard, pod, `app${pod}`, `${word} is what it says`);
    }
    const shapes = [...heard.books.values()].reduce((sum, book) => sum + book.shapes, 0);
    expect(heard.shapes).toBe(shapes);
    expect(shapes).toBeLessThanOrEqual(10_000);
    expect(heard.books.has('shop/app2999/app')).toBe(true);
    expect(heard.books.has('shop/app0/app')).toBe(false);
  });
});

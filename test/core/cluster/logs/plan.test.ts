import { describe, expect, it } from 'vitest';
import { type Known, type LogsMode, plan } from '../../../../src/core/cluster/logs/plan.ts';
import { viewOf } from '../../../../src/core/cluster/logs/pod-view.ts';
import type { KubernetesObject } from '../../../../src/core/model/resource.ts';
import { at, ended, noon, pod, running, terminated, waiting } from './pods.ts';

/** `previous a`, `follow b`, `read c`: what the plan says of each container. */
function says(object: KubernetesObject, mode: LogsMode = 'failing', seconds = 0, known: ReadonlyMap<string, Known> = new Map()) {
  const result = plan(viewOf(object), known, mode, noon + seconds * 1000);
  const word = (read: { previous: boolean; running: boolean }) => (read.previous ? 'previous' : read.running ? 'follow' : 'read');
  const texts = result.wishes.map(({ container, reads, waiting: why }) =>
    [
      container,
      ...reads.map((read) => `${word(read)} ${read.instance.replace('containerd://', '')}`),
      ...(why === undefined ? [] : [why]),
    ].join(', '),
  );
  return { ...result, texts, recheck: result.recheckAtMs === undefined ? undefined : (result.recheckAtMs - noon) / 1000 };
}

describe('a healthy container', () => {
  const healthy = pod([running('app', 'a')]);

  it('is followed only if all are', () => {
    expect(says(healthy).texts).toEqual([]);
    expect(says(healthy).quiet).toBe(1);
    expect(says(healthy).recheck).toBeUndefined();
    expect(says(healthy, 'all').texts).toEqual(['app, follow a']);
    expect(says(healthy, 'none').texts).toEqual([]);
  });

  it('that restarted long ago is not asked for the instance before, until it restarts again', () => {
    const old = says(pod([running('app', 'b', { restartCount: 1, lastState: ended('a', 1, -86_400) })]), 'all');
    expect(old.texts).toEqual(['app, follow b']);
    const again = pod([running('app', 'c', { restartCount: 2, lastState: ended('b', 1, 5) })]);
    expect(says(again, 'all', 6, old.known).texts).toEqual(['app, previous b, follow c']);
  });

  it('that has ended well is read once', () => {
    expect(says(pod([terminated('app', 'a', 0, -5)]), 'all').texts).toEqual(['app, read a']);
    expect(says(pod([terminated('app', 'a', 0, -5)])).texts).toEqual([]);
  });
});

describe('a failing container is one', () => {
  it.each([
    ['that waits for an image', waiting('app', 'ImagePullBackOff'), 'app, ImagePullBackOff'],
    ['that waits between two crashes', waiting('app', 'CrashLoopBackOff', { lastState: ended('a', 1, -5) }), 'app, read a'],
    ['that ended with an error', terminated('app', 'b', 1, -1, { lastState: ended('a', 1, -9000) }), 'app, previous a, read b'],
    ['that restarted within ten minutes', running('app', 'b', { lastState: ended('a', 0, -590) }), 'app, previous a, follow b'],
    [
      'that is not ready 30 s after its start',
      running('app', 'a', { ready: false, state: { running: { startedAt: at(-30) } } }),
      'app, follow a',
    ],
  ])('%s', (_, status, expected) => {
    expect(says(pod([status])).texts).toEqual([expected]);
  });

  it('of a pod that has failed', () => {
    const failed = pod([terminated('app', 'a', 0, -5)], { status: { phase: 'Failed' } });
    expect(says(failed).texts).toEqual(['app, read a']);
  });

  it.each([
    ['that is being created', waiting('app', 'ContainerCreating')],
    ['that waits for its init containers', waiting('app', 'PodInitializing')],
    ['that restarted before', running('app', 'b', { lastState: ended('a', 1, -600) })],
  ])('but not one %s', (_, status) => {
    expect(says(pod([status])).texts).toEqual([]);
  });

  it('but not one that ends because its pod is deleted', () => {
    const deleting = { metadata: { deletionTimestamp: at(0) } };
    expect(says(pod([terminated('app', 'a', 143, 1)], deleting)).texts).toEqual([]);
    expect(says(pod([running('app', 'a', { ready: false })], deleting)).texts).toEqual([]);
  });
});

describe('time alone', () => {
  it('makes a container that does not become ready a failing one', () => {
    const starting = pod([running('app', 'a', { ready: false, state: { running: { startedAt: at(0) } } })]);
    expect(says(starting, 'failing', 5)).toMatchObject({ texts: [], recheck: 30 });
    expect(says(starting, 'failing', 30)).toMatchObject({ texts: ['app, follow a'], recheck: undefined });
  });

  it('ends following after five healthy minutes', () => {
    const unready = says(pod([running('app', 'a', { ready: false })]));
    const ready = pod([running('app', 'a')]);
    const first = says(ready, 'failing', 100, unready.known);
    expect(first).toMatchObject({ texts: ['app, follow a'], recheck: 400 });
    const later = says(ready, 'failing', 399, first.known);
    expect(later).toMatchObject({ texts: ['app, follow a'], recheck: 400 });
    expect(says(ready, 'failing', 400, later.known)).toMatchObject({ texts: [], quiet: 1, recheck: undefined });
  });

  it('counts the healthy minutes anew after a relapse', () => {
    const unready = pod([running('app', 'a', { ready: false })]);
    const ready = pod([running('app', 'a')]);
    const first = says(ready, 'failing', 10, says(unready).known);
    const second = says(ready, 'failing', 300, says(unready, 'failing', 200, first.known).known);
    expect(second.recheck).toBe(600);
  });

  it('keeps a restarted container for ten minutes and five healthy ones', () => {
    const restarted = pod([running('app', 'b', { lastState: ended('a', 1, 0) })]);
    const first = says(restarted);
    expect(first.recheck).toBe(600);
    const second = says(restarted, 'failing', 600, first.known);
    expect(second).toMatchObject({ texts: ['app, previous a, follow b'], recheck: 900 });
    expect(says(restarted, 'failing', 900, second.known).texts).toEqual([]);
  });
});

describe('the kinds of containers', () => {
  it('are all read: init, sidecar, regular, ephemeral', () => {
    const object = pod([running('app', 'd')], {
      spec: { initContainers: [{ name: 'migrate' }, { name: 'proxy', restartPolicy: 'Always' }] },
      status: {
        initContainerStatuses: [terminated('migrate', 'a', 0, -60), running('proxy', 'b')],
        ephemeralContainerStatuses: [running('debug', 'c')],
      },
    });
    expect(says(object, 'all').texts).toEqual(['migrate, read a', 'proxy, follow b', 'app, follow d', 'debug, follow c']);
    expect(viewOf(object).containers.map(({ type }) => type)).toEqual(['init', 'sidecar', 'regular', 'ephemeral']);
  });

  it('have a readiness only if they are regular or sidecars', () => {
    const unready = { ready: false };
    const object = pod([running('app', 'd', unready)], {
      spec: { initContainers: [{ name: 'migrate' }, { name: 'proxy', restartPolicy: 'Always' }] },
      status: {
        initContainerStatuses: [running('migrate', 'a', unready), running('proxy', 'b', unready)],
        ephemeralContainerStatuses: [running('debug', 'c', unready)],
      },
    });
    expect(says(object).texts).toEqual(['proxy, follow b', 'app, follow d']);
  });

  it('include an init container that fails, while the others wait for it', () => {
    const object = pod([waiting('app', 'PodInitializing')], {
      status: { initContainerStatuses: [waiting('migrate', 'CrashLoopBackOff', { lastState: ended('a', 1, -5) })] },
    });
    expect(says(object).texts).toEqual(['migrate, read a']);
  });
});

describe('an instance', () => {
  it('is the same one before, in, and after its back-off, so that its log is asked for by one name', () => {
    const views = [
      pod([running('app', 'b', { lastState: ended('a', 1, -20) })]),
      pod([terminated('app', 'b', 1, -1, { lastState: ended('a', 1, -20) })]),
      pod([waiting('app', 'CrashLoopBackOff', { lastState: ended('b', 1, -1) })]),
      pod([running('app', 'c', { lastState: ended('b', 1, -1) })]),
    ].map((object) => says(object).texts[0]);
    expect(views).toEqual(['app, previous a, follow b', 'app, previous a, read b', 'app, read b', 'app, previous b, follow c']);
  });

  it('that runs but is not named yet is told by its restart count', () => {
    expect(says(pod([running('app', '', { containerID: '', restartCount: 3 })]), 'all').texts).toEqual(['app, follow restart 3']);
  });
});

import { describe, expect, it } from 'vitest';
import type { Signal } from '../../../src/core/model/event.ts';
import { findings } from '../../../src/core/rules/log-evidence.ts';
import { newClusterState } from '../../../src/core/state/state.ts';
import { incident } from '../analysis/claims.ts';
import { time } from '../records.ts';

const pod = { kind: 'Pod', namespace: 'shop', name: 'cart-1', uid: 'Pod-cart-1' };

function signal(type: Signal['type'], detail: Signal['detail'], at: number, more: Partial<Signal> = {}): Signal {
  const base = { id: type, type, ref: pod, container: 'cart', seq: 1, at: time(at), lastSeq: 1, lastAt: time(at), count: 1 };
  return { ...base, pointer: '', value: null, detail, active: true, times: [time(at)], ...more };
}

/** How a line bears on a crash of a run of a minute that ended at second 60. */
function bearing(exitCode: number, at: number, detail: Signal['detail'] = {}, more: Partial<Signal> = {}): string | undefined {
  const ended = { exitCode, reason: 'Error', startedAt: time(0), finishedAt: time(60) };
  const crash = signal('container.terminated', ended, 60);
  const line = signal('log', { signature: 'connection-refused', message: 'connection refused', ...detail }, at, more);
  const { event } = incident('cart', []);
  const signals = exitCode === 0 ? [line] : [crash, line];
  return findings({ ...event, signals }, newClusterState('c01'), ['connection-refused'], 'said')[0]?.bearing;
}

describe('a line', () => {
  it('bears on an ordinary exit from anywhere in a short run', () => {
    expect(bearing(1, 2)).toBe('exit');
  });

  it('bears on a death by an own signal only right before it', () => {
    expect([bearing(139, 57), bearing(139, 2), bearing(134, 62)]).toEqual(['exit', 'earlier', 'earlier']);
  });

  it('that only goes on counts, unless the program marks it as information', () => {
    const lasting = { count: 9, lastAt: time(300) };
    expect(bearing(0, 10, {}, lasting)).toBe('lasting');
    expect(bearing(0, 10, { quiet: true }, lasting)).not.toBe('lasting');
  });
});

import { describe, expect, it } from 'vitest';
import { defaultTiming, type Effect, type Input, type Machine, newMachine, step } from '../../../../src/core/cluster/list-watch/machine.ts';

type What = Input extends infer One ? (One extends Input ? Omit<One, 'now' | 'random'> : never) : never;

/** Runs inputs one after the other, a second apart, and yields the last state and all effects of the last input. */
function run(inputs: What[], state: Machine = newMachine(false, defaultTiming)): { state: Machine; effects: Effect[] } {
  let now = 1_000_000;
  let last = { state, effects: [] as Effect[] };
  for (const input of inputs) {
    now += 2000;
    last = step(last.state, { ...input, now, random: 0.5 } as Input, defaultTiming);
  }
  return last;
}

const listed: What[] = [{ type: 'start' }, { type: 'page', version: '100', token: '', count: 2 }, { type: 'opened' }];
const asked = (effects: Effect[]) => effects.filter((effect) => effect.do !== 'record' && effect.do !== 'compare');
const trouble = (kind: 'expired' | 'unauthorized' | 'forbidden' | 'gone'): What => ({
  type: 'trouble',
  trouble: { kind, code: 410, reason: kind },
});

describe('a list-watch', () => {
  it('lists consistently in pages, and watches from the resourceVersion of the first page', () => {
    const first = run([{ type: 'start' }]);
    expect(asked(first.effects)).toEqual([{ do: 'list', limit: 500, token: '', restart: true }]);
    const second = run([{ type: 'start' }, { type: 'page', version: '100', token: 'more', count: 500 }]);
    expect(asked(second.effects)).toEqual([{ do: 'list', limit: 500, token: 'more', restart: false }]);
    const last = run([
      { type: 'start' },
      { type: 'page', version: '100', token: 'more', count: 500 },
      { type: 'page', version: '105', token: '', count: 3 },
    ]);
    expect(asked(last.effects)).toEqual([{ do: 'watch', version: '100', initialEvents: false }]);
    expect(last.effects).toContainEqual({ do: 'record', body: { kind: 'sync', phase: 'list-end', resourceVersion: '100', count: 503 } });
  });

  it('goes on from the last resourceVersion after a clean close, without a gap', () => {
    const closed = run([...listed, { type: 'events', version: '107', count: 3 }, { type: 'closed', tornBytes: 0 }]);
    expect(asked(closed.effects)).toEqual([{ do: 'wait', ms: 0 }]);
    const next = run([{ type: 'due' }], closed.state);
    expect(asked(next.effects)).toEqual([{ do: 'watch', version: '107', initialEvents: false }]);
  });

  it('lists anew after 410 and tells the gap from its last proof of life to the new list', () => {
    const expired = run([...listed, { type: 'bookmark', version: '110', initialEventsEnd: false }, trouble('expired'), { type: 'due' }]);
    expect(asked(expired.effects)[0]?.do).toBe('list');
    const again = run([{ type: 'page', version: '900', token: '', count: 1 }], expired.state);
    const gap = again.effects.find((effect) => effect.do === 'record' && effect.body.kind === 'gap');
    expect(gap).toMatchObject({ body: { fromResourceVersion: '110', toResourceVersion: '900', reason: 'expired' } });
  });

  it('never reopens faster than every 800 ms', () => {
    let { state } = run(listed);
    const close = step(state, { type: 'closed', tornBytes: 0, now: state.startedAt + 10, random: 0 }, defaultTiming);
    ({ state } = close);
    expect(asked(close.effects)).toEqual([{ do: 'wait', ms: 790 }]);
  });

  it('reads the credentials anew after 401, and asks slowly after 403 and 404', () => {
    expect(asked(run([...listed, trouble('unauthorized')]).effects)[0]).toEqual({ do: 'renew' });
    const denied = run([...listed, trouble('forbidden')]);
    expect(denied.state.denied).toBe('forbidden');
    expect(asked(denied.effects)[0]).toEqual({ do: 'wait', ms: expect.closeTo(315_000, 0) });
    expect(asked(run([...listed, trouble('gone')]).effects)).toEqual([{ do: 'wait', ms: expect.closeTo(315_000, 0) }]);
  });
});

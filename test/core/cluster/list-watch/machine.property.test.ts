import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beginList, endList, newIdentities, noteEvent, noteListed } from '../../../../src/core/cluster/list-watch/identities.ts';
import { defaultTiming, type Effect, type Input, type Machine, newMachine, step } from '../../../../src/core/cluster/list-watch/machine.ts';

const reason = 'because';
const trouble = fc.oneof(
  fc.constantFrom('expired', 'gone', 'invalid', 'unauthorized', 'forbidden').map((kind) => ({ kind, code: 400, reason })),
  fc.record({ kind: fc.constant('retry'), reason: fc.constant(reason), retryAfterMs: fc.nat(60_000) }),
);

/** What can happen next, given what was asked for. */
function possible(asked: Effect['do']): fc.Arbitrary<object> {
  const failing = trouble.map((one) => ({ type: 'trouble', trouble: one }));
  if (asked === 'wait') return fc.constant({ type: 'due' });
  const answers: fc.Arbitrary<object>[] =
    asked === 'list'
      ? [
          fc.record({
            type: fc.constant('page'),
            version: fc.constant('50'),
            token: fc.constantFrom('', '', 'a', 'b'),
            count: fc.nat(500),
          }),
          fc.constant({ type: 'page-too-large' }),
        ]
      : [
          fc.record({ type: fc.constant('events'), version: fc.nat(1000).map(String), count: fc.nat(9) }),
          fc.record({ type: fc.constant('bookmark'), version: fc.nat(1000).map(String), initialEventsEnd: fc.boolean() }),
          fc.record({ type: fc.constant('closed'), tornBytes: fc.nat(9) }),
          fc.constantFrom({ type: 'opened' }, { type: 'slow' }, { type: 'late-mark' }),
        ];
  return fc.oneof(failing, ...answers);
}

const asking = ['list', 'watch', 'wait'];
const askedFor = (effects: Effect[]) => effects.find((effect) => asking.includes(effect.do));

/** Plays a stream for a while; `seeds` choose what happens and how long it takes. */
function play(
  watchList: boolean,
  seeds: [what: number, ms: number][],
  look: (before: Machine, after: Machine, effects: Effect[], now: number) => void,
) {
  let now = 1_000_000;
  let state = newMachine(watchList, defaultTiming);
  let asked: Effect = { do: 'wait', ms: 0 };
  for (const [what, ms] of seeds) {
    now += asked.do === 'wait' ? asked.ms : ms;
    const [happened] = fc.sample(possible(asked.do), { seed: what, numRuns: 1 });
    const { state: next, effects } = step(state, { ...happened, now, random: (what % 97) / 97 } as Input, defaultTiming);
    look(state, next, effects, now);
    asked = (askedFor(effects) ?? asked) as Effect;
    state = next;
  }
}

const seeds = fc.array(fc.tuple(fc.nat(), fc.nat(200_000)), { maxLength: 60 });

describe('a list-watch, whatever happens', () => {
  it('asks for at most one thing at a time, and never opens a stream twice within 800 ms', () => {
    fc.assert(
      fc.property(fc.boolean(), seeds, (watchList, all) => {
        let openedAt = Number.NEGATIVE_INFINITY;
        play(watchList, all, (before, _, effects, now) => {
          expect(effects.filter((effect) => asking.includes(effect.do)).length).toBeLessThanOrEqual(1);
          const opening = effects.some((effect) => (effect.do === 'list' && effect.restart) || effect.do === 'watch');
          // The first watch after the first list belongs to that opening.
          if (!opening || (before.phase === 'listing' && before.version === '')) return;
          expect(now - openedAt).toBeGreaterThanOrEqual(799);
          openedAt = now;
        });
      }),
    );
  });

  it('tells a gap only when a whole list has been compared, and tells every one', () => {
    fc.assert(
      fc.property(fc.boolean(), seeds, (watchList, all) => {
        play(watchList, all, (before, after, effects) => {
          const gap = effects.findIndex((effect) => effect.do === 'record' && effect.body.kind === 'gap');
          const compared = effects.findIndex(({ do: what }) => what === 'compare');
          if (gap >= 0) expect(compared).toBeGreaterThanOrEqual(0);
          if (gap >= 0) expect(compared).toBeLessThan(gap);
          if (compared >= 0) expect(gap >= 0).toBe(before.gap !== undefined);
          if (before.gap !== undefined && compared < 0) expect(after.gap).toEqual(before.gap);
          if (after.phase === 'watching') expect(after.gap).toBeUndefined();
        });
      }),
    );
  });

  it('watches only from a resourceVersion that a whole list or the watch itself has given', () => {
    fc.assert(
      fc.property(fc.boolean(), seeds, (watchList, all) => {
        play(watchList, all, (_, after, effects) => {
          for (const effect of effects) if (effect.do === 'watch' && !effect.initialEvents) expect(effect.version).toBe(after.version);
          for (const effect of effects) if (effect.do === 'watch' && !effect.initialEvents) expect(effect.version).not.toBe('');
          if (after.phase === 'watching') expect(after.next).toBe('watch');
        });
      }),
    );
  });
});

describe('the objects that a stream knows', () => {
  type Action = { type: 'put' | 'delete'; name: number; uid: number; version: number };
  const action = fc.record<Action>({
    type: fc.constantFrom('put', 'put', 'delete'),
    name: fc.nat(4),
    uid: fc.nat(2),
    version: fc.nat(50),
  });

  it('are after a list those of the list, told as the changes that lead there', () => {
    const objects = (actions: Action[]) => {
      const all = new Map<string, { uid: string; version: string }>();
      for (const { type, name, uid, version } of actions) {
        if (type === 'delete') all.delete(`shop/${name}`);
        else all.set(`shop/${name}`, { uid: `${name}-${uid}`, version: String(version) });
      }
      return all;
    };
    fc.assert(
      fc.property(fc.array(action, { maxLength: 20 }), fc.array(action, { maxLength: 20 }), (first, second) => {
        const before = objects(first);
        const after = objects(second);
        const identities = newIdentities();
        for (const [name, { uid, version }] of before) noteEvent(identities, 'ADDED', uid, version, name);
        // Whoever applies what is told to what was known has what is there now.
        const applied = new Map([...before].map(([name, { uid, version }]) => [uid, { name, version }]));
        beginList(identities);
        for (const [name, { uid, version }] of after) {
          const { type, replaced } = noteListed(identities, uid, version, name);
          if (replaced !== undefined) expect(applied.delete(replaced.uid)).toBe(true);
          if (type === 'ADDED') expect(applied.has(uid)).toBe(false);
          if (type === 'MODIFIED') expect(applied.get(uid)?.version).not.toBe(version);
          if (type !== undefined) applied.set(uid, { name, version });
        }
        for (const { uid, name } of endList(identities)) {
          expect(applied.get(uid)?.name).toBe(name);
          applied.delete(uid);
        }
        expect(new Map([...applied].sort())).toEqual(
          new Map([...after].map(([name, { uid, version }]) => [uid, { name, version }] as const).sort()),
        );
        beginList(identities);
        for (const [name, { uid, version }] of after) expect(noteListed(identities, uid, version, name)).toEqual({ type: undefined });
        expect(endList(identities)).toEqual([]);
      }),
    );
  });
});

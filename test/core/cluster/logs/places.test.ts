import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Guest, placesOf } from '../../../../src/core/cluster/logs/places.ts';

function guest(urgent: boolean): Guest & { urgent: boolean; wasTurnedOut: boolean } {
  const one = {
    urgent,
    wasTurnedOut: false,
    isUrgent: () => one.urgent,
    giveUp() {
      one.wasTurnedOut = true;
    },
  };
  return one;
}

describe('places', () => {
  it('are given in the order of asking, to the urgent first', async () => {
    const places = placesOf(1);
    const [first, second, urgent] = [guest(false), guest(false), guest(true)];
    const entered: string[] = [];
    await places.enter(first);
    void places.enter(second).then(() => entered.push('second'));
    void places.enter(urgent).then(() => entered.push('urgent'));
    places.leave(first);
    await turn();
    expect(entered).toEqual(['urgent']);
    places.leave(urgent);
    await turn();
    expect(entered).toEqual(['urgent', 'second']);
  });

  it('are taken from as many as urgent ones wait, and never from an urgent one', async () => {
    const places = placesOf(3);
    const [a, b, busy] = [guest(false), guest(false), guest(true)];
    for (const one of [a, b, busy]) await places.enter(one);
    void places.enter(guest(false));
    expect([a, b, busy].map(({ wasTurnedOut }) => wasTurnedOut)).toEqual([false, false, false]);
    void places.enter(guest(true));
    expect([a, b, busy].map(({ wasTurnedOut }) => wasTurnedOut)).toEqual([true, false, false]);
    void places.enter(guest(true));
    void places.enter(guest(true));
    expect([a, b, busy].map(({ wasTurnedOut }) => wasTurnedOut)).toEqual([true, true, false]);
  });

  it('are taken when one who waits becomes urgent', async () => {
    const places = placesOf(1);
    const [inside, outside] = [guest(false), guest(false)];
    await places.enter(inside);
    void places.enter(outside);
    outside.urgent = true;
    places.review();
    expect(inside.wasTurnedOut).toBe(true);
  });

  it('are none after closing', async () => {
    const places = placesOf(1);
    await places.enter(guest(false));
    const waiting = places.enter(guest(false));
    places.close();
    expect(await waiting).toBe(false);
    expect(await places.enter(guest(true))).toBe(false);
  });
});

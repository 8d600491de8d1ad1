import { describe, expect, it } from 'vitest';
import { rank } from '../../../src/core/analysis/rank.ts';
import type { Reason } from '../../../src/core/model/taxonomy.ts';
import { abstain, claim, incident } from './claims.ts';

function verdictOf(...claims: [Reason, number][]) {
  return rank(
    incident(
      'cart',
      claims.map(([reason, confidence]) => claim(reason, confidence)),
    ),
    abstain,
  );
}

describe('the best claim', () => {
  it.each<[string, [Reason, number][], Reason, boolean]>([
    [
      'is the surest',
      [
        ['ContainerLimitOom', 0.95],
        ['ImageNotFound', 0.7],
      ],
      'ContainerLimitOom',
      false,
    ],
    [
      'is the mechanism, also when its form is the surer fact',
      [
        ['AppStartupError', 0.9],
        ['ConfigFileInvalid', 0.7],
      ],
      'ConfigFileInvalid',
      false,
    ],
    [
      'is the form when the mechanism is not sure enough',
      [
        ['AppStartupError', 0.9],
        ['ConfigFileInvalid', 0.5],
      ],
      'AppStartupError',
      false,
    ],
    [
      'is the deeper cause of a dependency that fails',
      [
        ['DependencyUnreachable', 0.95],
        ['SelectorMismatch', 0.8],
      ],
      'SelectorMismatch',
      false,
    ],
    ['is undecided below the least confidence', [['ContainerLimitOom', 0.55]], 'ContainerLimitOom', true],
    [
      'is undecided when a rival that it does not explain is near',
      [
        ['ContainerLimitOom', 0.9],
        ['ImageNotFound', 0.8],
      ],
      'ContainerLimitOom',
      true,
    ],
    [
      'is decided when the near rival is only its form',
      [
        ['ConfigFileInvalid', 0.9],
        ['AppStartupError', 0.88],
      ],
      'ConfigFileInvalid',
      false,
    ],
  ])('%s', (_, claims, reason, undecided) => {
    const verdict = verdictOf(...claims);
    expect([verdict?.winner.reason, verdict?.undecided]).toEqual([reason, undecided]);
    expect(verdict?.others).toHaveLength(claims.length - 1);
  });

  it('does not depend on the order in which claims were made', () => {
    const claims = [
      claim('ContainerLimitOom', 0.8, { ruleId: 'B' }),
      claim('ImageNotFound', 0.8, { ruleId: 'A' }),
      claim('AppStartupError', 0.8, { ruleId: 'C' }),
    ];
    const orders = [claims, claims.toReversed()].map((some) => rank(incident('cart', some), abstain));
    expect(orders[0]).toEqual(orders[1]);
    expect(orders[0]?.winner.ruleId).toBe('A');
  });

  it('is none when there are only claims about size', () => {
    expect(verdictOf(['MemoryUnderprovisioned', 0.9])).toBeUndefined();
    expect(verdictOf()).toBeUndefined();
  });
});

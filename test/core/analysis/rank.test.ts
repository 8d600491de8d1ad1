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
  it.each<[string, [Reason, number][], Reason, string | undefined]>([
    [
      'is the surest',
      [
        ['ContainerLimitOom', 0.95],
        ['ImageNotFound', 0.7],
      ],
      'ContainerLimitOom',
      undefined,
    ],
    [
      'is the mechanism, also when its form is the surer fact',
      [
        ['AppStartupError', 0.9],
        ['ConfigFileInvalid', 0.7],
      ],
      'ConfigFileInvalid',
      undefined,
    ],
    [
      'is the form when the mechanism is not sure enough',
      [
        ['AppStartupError', 0.9],
        ['ConfigFileInvalid', 0.5],
      ],
      'AppStartupError',
      undefined,
    ],
    [
      'is the deeper cause of a dependency that fails',
      [
        ['DependencyUnreachable', 0.95],
        ['SelectorMismatch', 0.8],
      ],
      'SelectorMismatch',
      undefined,
    ],
    ['is undecided below the least confidence', [['ContainerLimitOom', 0.55]], 'ContainerLimitOom', 'too-weak'],
    [
      'is undecided when a rival that it does not explain is near',
      [
        ['ContainerLimitOom', 0.9],
        ['ImageNotFound', 0.8],
      ],
      'ContainerLimitOom',
      'too-close',
    ],
    [
      'is decided when the near rival is only its form',
      [
        ['ConfigFileInvalid', 0.9],
        ['AppStartupError', 0.88],
      ],
      'ConfigFileInvalid',
      undefined,
    ],
  ])('%s', (_, claims, reason, undecided) => {
    const verdict = verdictOf(...claims);
    expect([verdict?.winner.reason, verdict?.undecided]).toEqual([reason, undecided]);
    expect(verdict?.others).toHaveLength(claims.length - 1);
  });

  it.each<[string, [Reason, number][], string[]]>([
    [
      'explains its form',
      [
        ['ConfigFileInvalid', 0.9],
        ['AppStartupError', 0.65],
      ],
      ['explained'],
    ],
    [
      'is surer than the others',
      [
        ['ContainerLimitOom', 0.95],
        ['ImageNotFound', 0.7],
      ],
      ['weaker'],
    ],
    [
      'has a rival that is as likely',
      [
        ['ContainerLimitOom', 0.9],
        ['ImageNotFound', 0.8],
        ['PvcLost', 0.6],
      ],
      ['too-close', 'weaker'],
    ],
    [
      'is too unsure itself',
      [
        ['ContainerLimitOom', 0.55],
        ['ImageNotFound', 0.5],
      ],
      ['too-weak'],
    ],
  ])('says what became of the others: it %s', (_, claims, fates) => {
    expect(verdictOf(...claims)?.others.map(({ fate }) => fate)).toEqual(fates);
  });

  it('says of a claim that stood no more at the end that it faded', () => {
    const claims = [claim('ContainerLimitOom', 0.95), { ...claim('ImageNotFound', 0.6), faded: true as const }];
    expect(rank(incident('cart', claims), abstain)?.others.map(({ fate }) => fate)).toEqual(['faded']);
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

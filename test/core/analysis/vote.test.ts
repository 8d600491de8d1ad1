import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StandingClaim } from '../../../src/core/analysis/explain.ts';
import { rank } from '../../../src/core/analysis/rank.ts';
import { excludes } from '../../../src/core/analysis/relations.ts';
import { type Candidate, vote } from '../../../src/core/analysis/vote.ts';
import type { Evidence } from '../../../src/core/model/event.ts';
import type { Reason } from '../../../src/core/model/taxonomy.ts';
import { time } from '../records.ts';
import { abstain, claim, incident, ref } from './claims.ts';

function item(seq: number, pointer = '/message', about = ref('Pod', 'cart')): Evidence {
  return { id: 'e1', type: 'log', seq, pointer, value: seq, ref: about, at: time(0), note: '', role: 'supports' };
}

/** A claim by a rule that rests on these records only. */
function by(ruleId: string, reason: Reason, confidence: number, ...evidence: (number | Evidence)[]): StandingClaim {
  return { ...claim(reason, confidence, { ruleId }), evidence: evidence.map((one) => (typeof one === 'number' ? item(one) : one)) };
}

function probabilityOf(reason: Reason, claims: StandingClaim[]): number {
  return candidateOf(reason, vote(claims, excludes)).probability;
}

function candidateOf(reason: Reason, candidates: Candidate[]): Candidate {
  return candidates.find((one) => one.claim.reason === reason) as Candidate;
}

// Reasons that exclude each other.
const mechanisms = ['ContainerLimitOom', 'ImageNotFound', 'PvcLost', 'QuotaExceeded', 'NodeUnschedulable'] as const;
const confidence = fc.integer({ min: 10, max: 990 }).map((thousandths) => thousandths / 1000);
const anyClaim = fc
  .record({
    reason: fc.constantFrom<Reason>(...mechanisms, 'AppStartupError', 'DependencyUnreachable', 'ServiceNotFound'),
    ruleId: fc.constantFrom('A-1', 'B-1', 'C-1', 'D-1', 'E-1'),
    confidence,
    seqs: fc.uniqueArray(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 3 }),
    subject: fc.constantFrom('cart', 'shop'),
    past: fc.constantFrom<Partial<StandingClaim>>({}, {}, { faded: true }, { passed: true }, { experimental: true }),
  })
  .map(({ reason, ruleId, confidence: sure, seqs, subject, past }) => ({
    ...by(ruleId, reason, sure, ...seqs),
    subject: ref('Deployment', subject),
    chain: [`Deployment/shop/${subject}`],
    ...past,
  }));
/** One claim per rule, reason and subject, as an examination yields them. */
const anyClaims = fc.uniqueArray(anyClaim, {
  maxLength: 9,
  selector: ({ ruleId, reason, subject }) => `${ruleId} ${reason} ${subject.name}`,
});

describe('the vote of the rules', () => {
  it('on a claim that one rule makes and nobody disputes is what the rule says', () => {
    fc.assert(
      fc.property(confidence, fc.constantFrom(...mechanisms), (sure, reason) => {
        expect(probabilityOf(reason, [by('A-1', reason, sure, 1)])).toBe(sure);
      }),
    );
  });

  it('does not depend on the order of claims', () => {
    const shown = (claims: StandingClaim[]) => rank(incident('cart', claims), abstain);
    fc.assert(
      fc.property(
        anyClaims.chain((claims) =>
          fc.tuple(fc.constant(claims), fc.shuffledSubarray(claims, { minLength: claims.length, maxLength: claims.length })),
        ),
        ([claims, shuffled]) => {
          expect(shown(shuffled)).toEqual(shown(claims));
        },
      ),
    );
  });

  it('is not lowered by a rule that agrees on evidence of its own', () => {
    fc.assert(
      fc.property(anyClaims, fc.constantFrom(...mechanisms), confidence, confidence, (others, reason, sure, more) => {
        const claims = [...others.filter((one) => one.ruleId !== 'Z-1'), by('Z-1', reason, sure, 100)];
        const agreeing = by('Z-2', reason, more, 101);
        expect(probabilityOf(reason, [...claims, agreeing])).toBeGreaterThanOrEqual(probabilityOf(reason, claims));
      }),
    );
  });

  it('is not raised by a rival that excludes it', () => {
    fc.assert(
      fc.property(anyClaims, confidence, confidence, fc.array(fc.integer({ min: 1, max: 8 })), (others, sure, rival, seqs) => {
        const claims = [...others.filter(({ reason }) => reason !== 'ContainerLimitOom'), by('Z-1', 'ContainerLimitOom', sure, 1, 100)];
        const disputed = [...claims.filter(({ reason }) => reason !== 'RbacForbidden'), by('Z-2', 'RbacForbidden', rival, 101, ...seqs)];
        expect(probabilityOf('ContainerLimitOom', disputed)).toBeLessThanOrEqual(probabilityOf('ContainerLimitOom', claims));
      }),
    );
  });

  it('leaves room for what nobody claims: rivals together are never certain', () => {
    fc.assert(
      fc.property(fc.array(confidence, { minLength: 2, maxLength: mechanisms.length }), (sure) => {
        const claims = sure.map((one, position) => by(`R-${position}`, mechanisms[position] as Reason, one, position + 1));
        const sum = vote(claims, excludes).reduce((all, { probability }) => all + probability, 0);
        expect(sum).toBeLessThan(1.005);
      }),
    );
  });
});

describe('rules that make the same claim', () => {
  it('make it surer where they rest on different facts', () => {
    const [one] = vote([by('A-1', 'PvcLost', 0.8, 1), by('B-1', 'PvcLost', 0.9, 2)], excludes);
    // 4 : 1 and 9 : 1 are 36 : 1.
    expect(one).toMatchObject({ claim: { ruleId: 'B-1' }, agreeing: ['A-1'], alone: 0.973, probability: 0.973 });
  });

  it.each<[string, StandingClaim[]]>([
    ['the same field of a record', [by('A-1', 'PvcLost', 0.9, 1), by('B-1', 'PvcLost', 0.8, 1)]],
    ['a part of it', [by('A-1', 'PvcLost', 0.9, item(1, '/status')), by('B-1', 'PvcLost', 0.8, item(1, '/status/phase'))]],
    [
      'the same value in a later record',
      [by('A-1', 'PvcLost', 0.9, { ...item(1), value: 'x' }), by('B-1', 'PvcLost', 0.8, { ...item(2), value: 'x' })],
    ],
  ])('count once where they rest on %s', (_, claims) => {
    expect(vote(claims, excludes)).toMatchObject([{ claim: { ruleId: 'A-1' }, agreeing: ['B-1'], probability: 0.9 }]);
  });

  it('count by their largest part that rests on different facts', () => {
    const claims = [by('A-1', 'PvcLost', 0.8, 1), by('B-1', 'PvcLost', 0.85, 1, 2), by('C-1', 'PvcLost', 0.8, 2)];
    // A and C together (16 : 1) say more than B (5.7 : 1), which rests on both facts.
    expect(vote(claims, excludes)).toMatchObject([{ claim: { ruleId: 'B-1' }, agreeing: ['A-1', 'C-1'], probability: 0.941 }]);
  });

  it('do not make it surer with a vote that is against it', () => {
    expect(probabilityOf('PvcLost', [by('A-1', 'PvcLost', 0.9, 1), by('B-1', 'PvcLost', 0.3, 2)])).toBe(0.9);
  });

  it('are never quite certain', () => {
    const many = [1, 2, 3, 4].map((seq) => by(`R-${seq}`, 'PvcLost', 0.97, seq));
    expect(probabilityOf('PvcLost', many)).toBe(0.99);
  });

  it('are sure up to 0.7 when all are experimental', () => {
    const trial = (ruleId: string, seq: number) => ({ ...by(ruleId, 'PvcLost', 0.7, seq), experimental: true as const });
    expect(probabilityOf('PvcLost', [trial('A-1', 1), trial('B-1', 2)])).toBe(0.7);
    expect(probabilityOf('PvcLost', [trial('A-1', 1), by('B-1', 'PvcLost', 0.7, 2)])).toBe(0.845);
  });

  it('do not count when they let go of it and another rule did not', () => {
    const gone = { ...by('A-1', 'PvcLost', 0.9, 1), faded: true as const };
    expect(vote([gone, by('B-1', 'PvcLost', 0.7, 2)], excludes)).toMatchObject([
      { claim: { ruleId: 'B-1' }, agreeing: [], probability: 0.7 },
    ]);
    expect(vote([gone], excludes)).toMatchObject([{ claim: { ruleId: 'A-1' }, probability: 0.9 }]);
  });
});

describe('rivals', () => {
  const sure = by('A-1', 'ContainerLimitOom', 0.9, 1);

  it('share the probability by their odds', () => {
    const candidates = vote([sure, by('B-1', 'ImageNotFound', 0.8, 2)], excludes);
    // 9 : 4 : 1 for saying nothing.
    expect(candidates.map(({ alone, probability }) => [alone, probability])).toEqual([
      [0.9, 0.643],
      [0.8, 0.286],
    ]);
  });

  it('are no claims that explain each other', () => {
    const claims = [
      by('A-1', 'ServiceNotFound', 0.9, 1),
      by('B-1', 'DependencyUnreachable', 0.95, 2),
      by('C-1', 'AppStartupError', 0.9, 3),
    ];
    expect(vote(claims, excludes).map(({ probability }) => probability)).toEqual([0.9, 0.95, 0.9]);
  });

  it.each<[string, StandingClaim]>([
    ['a less sure reading of the same fact', by('B-1', 'ImageNotFound', 0.8, 1)],
    ['another claim of the same rule', by('A-1', 'ImageNotFound', 0.8, 2)],
    ['a claim that its rule has let go', { ...by('B-1', 'ImageNotFound', 0.8, 2), faded: true }],
    ['a claim about what has passed', { ...by('B-1', 'ImageNotFound', 0.8, 2), passed: true }],
  ])('take nothing from a surer claim: %s', (_, rival) => {
    expect(probabilityOf('ContainerLimitOom', [sure, rival])).toBe(0.9);
    expect(probabilityOf('ImageNotFound', [sure, rival])).toBe(0.286);
  });

  it('may be very many, however entangled (the search is bounded)', () => {
    const many = Array.from({ length: 120 }, (_, at) => ({
      ...by(`R-${at % 7}`, mechanisms[at % mechanisms.length] as Reason, 0.6 + (at % 3) / 10, at % 11, at % 13),
      subject: ref('Pod', `p-${at}`),
    }));
    expect(vote(many, excludes)).toHaveLength(120);
  });

  it('count once where they are the word of one rule, or read the same fact', () => {
    const both = [by('B-1', 'ImageNotFound', 0.8, 2), by('B-1', 'PvcLost', 0.75, 3), by('C-1', 'QuotaExceeded', 0.7, 2)];
    expect(probabilityOf('ContainerLimitOom', [sure, ...both])).toBe(
      // B's PvcLost and C's QuotaExceeded are the most that rests on different grounds: 9 : 3 + 2.33 : 1.
      0.587,
    );
  });
});

describe('what reviews say of a rule', () => {
  const claims = [by('A-1', 'PvcLost', 0.9, 1)];

  it('changes nothing without any', () => {
    expect(vote(claims, excludes, new Map([['A-1', { right: 0, wrong: 0 }]]))).toEqual(vote(claims, excludes));
  });

  it('lowers its vote when it was often wrong, and hardly raises it when it was right', () => {
    const wrong = vote(claims, excludes, new Map([['A-1', { right: 0, wrong: 10 }]]));
    const right = vote(claims, excludes, new Map([['A-1', { right: 10, wrong: 0 }]]));
    expect([wrong[0]?.probability, right[0]?.probability]).toEqual([0.75, 0.91]);
  });
});

describe('an answer by vote', () => {
  it('names the rules that agree, and does not list their claims as hypotheses', () => {
    const claims = [
      by('B-1', 'PvcLost', 0.9, 1),
      by('C-1', 'PvcLost', 0.8, 2),
      by('A-1', 'PvcLost', 0.7, 1),
      by('D-1', 'AppStartupError', 0.7, 3),
    ];
    const verdict = rank(incident('cart', claims), abstain);
    expect(verdict?.winner).toMatchObject({ ruleId: 'B-1', agreeing: ['A-1', 'C-1'], confidence: 0.973 });
    expect(verdict?.others.map(({ reason }) => reason)).toEqual(['AppStartupError']);
  });

  it('is none in a tie, however small a margin is asked for', () => {
    const claims = [by('B-1', 'PvcLost', 0.9, 1), by('A-1', 'ImageNotFound', 0.9, 2)];
    const lax = { minConfidence: 0.1, minMargin: 0 };
    expect(rank(incident('cart', claims), lax)).toMatchObject({ winner: { ruleId: 'A-1' }, undecided: 'too-close' });
  });

  it('stands against a rival that its rule has let go, however near', () => {
    const gone = { ...by('B-1', 'ImageNotFound', 0.85, 2), faded: true as const };
    expect(rank(incident('cart', [by('A-1', 'PvcLost', 0.9, 1), gone]), abstain)).toMatchObject({
      winner: { ruleId: 'A-1', confidence: 0.9 },
      others: [{ fate: 'faded' }],
      undecided: undefined,
    });
  });

  it('is the likelier of two when rules agree on it', () => {
    const claims = [by('A-1', 'PvcLost', 0.8, 1), by('B-1', 'ImageNotFound', 0.8, 2), by('C-1', 'PvcLost', 0.8, 3)];
    expect(rank(incident('cart', claims.slice(0, 2)), abstain)?.undecided).toBe('too-close');
    expect(rank(incident('cart', claims), abstain)).toMatchObject({
      winner: { reason: 'PvcLost', confidence: 0.762 },
      undecided: undefined,
    });
  });

  it('is none when many weak rivals together leave too little for it', () => {
    const claims = [
      by('A-1', 'PvcLost', 0.8, 1),
      ...mechanisms.filter((one) => one !== 'PvcLost').map((one, at) => by(`R-${at}`, one, 0.6, 10 + at)),
    ];
    expect(rank(incident('cart', claims), abstain)).toMatchObject({ undecided: 'too-close', winner: { confidence: 0.364 } });
  });
});

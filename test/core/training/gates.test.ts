import { describe, expect, it } from 'vitest';
import type { TroubleshootingLabel } from '../../../src/core/model/label.ts';
import type { Fact } from '../../../src/core/model/training.ts';
import { futureGate, groundGate, renderGate, revealGate, type Shown } from '../../../src/core/training/gates.ts';

const fact = (at: string, text = 'is Pending'): Fact => ({ at, seq: 1, ref: 'Pod a/b', text, standing: false, evidence: [] });
const shown = (more: Partial<Shown>): Shown => ({
  asked: 'Why?',
  recorded: (more.facts ?? []).map(({ text }) => text).join('\n'),
  prompt: 'Why? [1] it has 3 restarts',
  completion: 'Because.',
  facts: [],
  moment: '2026-01-01T10:00:00Z',
  ...more,
});

describe('the future', () => {
  it.each([
    ['a fact of later', { facts: [fact('2026-01-01T10:00:01Z')] }],
    ['a fact without a readable time', { facts: [fact('soon')] }],
    ['an answer that tells a later time', { completion: 'It ended at 2026-01-01T11:00:00Z.' }],
    ['a question that tells a later time', { asked: 'What ended at 2026-01-02T00:00:00+01:00?' }],
  ])('does not pass: %s', (_, more) => {
    expect(futureGate(shown(more))?.gate).toBe('future');
  });

  it('is not what a fact of the time itself says of later', () => {
    const facts = [fact('2026-01-01T09:00:00Z', 'certificate expires 2027-01-01T00:00:00Z')];
    expect(futureGate(shown({ facts, completion: 'It expires 2027-01-01T00:00:00Z.' }))).toBeUndefined();
    expect(futureGate(shown({ facts: [fact('2026-01-01T10:00:00Z')] }))).toBeUndefined();
  });
});

describe('a prompt that gives the answer away', () => {
  const label = {
    reason: 'ImageNotFound',
    root_cause: 'The registry has no such tag or repository at all.',
    resource: { kind: 'Pod', namespace: 'shop', name: 'cart', uid: '' },
    evidence: [],
  } as unknown as TroubleshootingLabel;

  it.each(['Is it ImageNotFound?', 'Was the image not found?', 'The registry has no such tag or repository. Why?'])(
    'is refused: %s',
    (asked) => {
      expect(revealGate(shown({ asked }), label)?.gate).toBe('reveals');
    },
  );

  it('is not one that only shows the symptom', () => {
    expect(revealGate(shown({ asked: 'The container does not start. Why?' }), label)).toBeUndefined();
  });
});

describe('an answer', () => {
  it.each([['It restarted 4 times.'], ['It says "no such host".'], ['Limit `64Mi` is too small.']])(
    'is refused when the prompt does not show what it says: %s',
    (said) => {
      expect(groundGate(shown({}).prompt, [said])?.gate).toBe('ungrounded');
    },
  );

  it('may say what the prompt shows, and must name what it shows', () => {
    expect(groundGate(shown({}).prompt, ['It has 3 restarts.'])).toBeUndefined();
    expect(groundGate(shown({}).prompt, [], ['cart'])?.detail).toContain('cart');
  });

  it.each(['Root cause: undefined', '{{ reason }}', '[object Object]', '   '])('is refused when it was not rendered: %j', (completion) => {
    expect(renderGate(shown({ completion }))?.gate).toBe('unrendered');
  });

  it('may quote an application that says so itself', () => {
    expect(
      renderGate(shown({ facts: [fact('2026-01-01T09:00:00Z', 'logs: x is undefined')], completion: 'x is undefined' })),
    ).toBeUndefined();
  });
});

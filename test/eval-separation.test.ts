import { describe, expect, it } from 'vitest';
import { damages, otherOf, type Sample } from '../scripts/eval/damage.ts';
import { areaUnderCurve, separationLines } from '../scripts/eval/separation.ts';
import type { CaptureRecord } from '../src/core/model/capture.ts';
import { scoreLabel } from '../src/core/quality/score.ts';
import { records, troubleshootingLabel } from './core/quality/fixture.ts';

const sample = (): Sample => ({ label: troubleshootingLabel(), records, accepted: ['ContainerLimitOom'] });

/** Another incident: an image that does not exist, in another namespace. */
function other(): Sample {
  const base = troubleshootingLabel();
  const ref = { kind: 'Pod', namespace: 'web', name: 'site-1', uid: 'u' };
  const object = { kind: 'Pod', metadata: { name: 'site-1', namespace: 'web' }, status: { reason: 'ErrImagePull' } };
  const record = { ...records.get(1)!, kind: 'resource', event: { type: 'MODIFIED', ref, resourceVersion: '1', object } } as CaptureRecord;
  const item = { ...base.evidence[0]!, pointer: '/status/reason', value: 'ErrImagePull', ref: 'Pod web/site-1' };
  const step = { ...base.resolution.steps[0]!, action: 'Set another image', command: 'kubectl -n web set image pod/site-1 a=b' };
  return {
    accepted: ['ImageNotFound'],
    records: new Map([[1, record]]),
    label: {
      ...base,
      id: 'other',
      incident_id: 'inc-2',
      category: 'image',
      reason: 'ImageNotFound',
      resource: { ...ref },
      evidence: [item],
      resolution: { observed: false, steps: [step] },
    },
  };
}

const overall = ({ label, records: known }: Sample) => scoreLabel(label, known).quality.overall_score;

describe('damaged copies of a right label', () => {
  it.each(Object.keys(damages))('score lower: %s; the label itself stays as it was, and the copy is always the same', (kind) => {
    const right = sample();
    const damaged = damages[kind]?.(right, other());
    expect(damaged).toBeDefined();
    expect(overall(damaged!)).toBeLessThan(overall(right));
    expect(right).toEqual(sample());
    expect(damages[kind]?.(sample(), other())).toEqual(damaged);
  });

  it('hold against their records where something foreign was put in: only what it says is wrong', () => {
    for (const kind of ['evidence swapped', 'irrelevant citation planted']) {
      const damaged = damages[kind]?.(sample(), other());
      expect(scoreLabel(damaged!.label, damaged!.records).problems).toEqual([]);
    }
  });

  it('take what is foreign from another incident, reason and object', () => {
    expect(otherOf(sample(), [sample(), other()], 'x')?.label.id).toBe('other');
    expect(otherOf(sample(), [sample()], 'x')).toBeUndefined();
  });
});

describe('the area under the curve', () => {
  it('is the chance that a right label scores above a wrong one, ties half', () => {
    expect(areaUnderCurve([0.9, 0.8], [0.1])).toBe(1);
    expect(areaUnderCurve([0.5], [0.5])).toBe(0.5);
    expect(areaUnderCurve([0.9, 0.1], [0.5, 0.1])).toBe((1 + 1 + 0 + 0.5) / 4);
    expect(areaUnderCurve([], [0.5])).toBeUndefined();
  });

  it('is told for wrong labels, each kind of damage, and all, with how often each band is right', () => {
    const lines = separationLines(
      [
        { score: 0.9, right: true },
        { score: 0.7, right: false },
      ],
      [sample(), other()],
    );
    expect(lines.filter((line) => line.includes('AUC'))).toHaveLength(2 + Object.keys(damages).length);
    expect(lines).toContain('  review      1 labels  right 0.00');
  });
});

import { describe, expect, it } from 'vitest';
import type { CaptureRecord } from '../../../src/core/model/capture.ts';
import type { Ablation } from '../../../src/core/model/event.ts';
import type { TroubleshootingLabel } from '../../../src/core/model/label.ts';
import { sameValue } from '../../../src/core/quality/evidence.ts';
import { secretIn } from '../../../src/core/quality/secrets.ts';
import { validateLabel } from '../../../src/core/quality/validate.ts';
import { noFaultLabel, optimizationLabel, records, troubleshootingLabel } from './fixture.ts';

const problemsOf = (change: (label: TroubleshootingLabel) => void) => {
  const label = troubleshootingLabel();
  change(label);
  return validateLabel(label, records).problems.map(({ code, pointer }) => `${code} ${pointer}`);
};

describe('a valid label', () => {
  it.each([troubleshootingLabel(), noFaultLabel(), optimizationLabel()])('has no problems ($type, $reason)', (label) => {
    expect(validateLabel(label, records).problems).toEqual([]);
  });
});

describe('content', () => {
  it.each([
    ['an empty answer', (l) => (l.answer = ' '), 'TEXT_EMPTY /answer'],
    ['an empty root cause', (l) => (l.root_cause = ''), 'TEXT_EMPTY /root_cause'],
    ['no segments', (l) => (l.segments = []), 'TEXT_EMPTY /segments'],
    ['a template left open', (l) => (l.problem = 'Pod {{name}} restarts'), 'TEXT_UNRENDERED /problem'],
    ['undefined', (l) => (l.impact = 'undefined replicas'), 'TEXT_UNRENDERED /impact'],
    ['NaN', (l) => (l.scenario = 'NaN restarts'), 'TEXT_UNRENDERED /scenario'],
    [
      'an object printed as such',
      (l) => (l.resolution.steps[0]!.command = 'kubectl get [object Object]'),
      'TEXT_UNRENDERED /resolution/steps/0/command',
    ],
    ['an unknown reason', (l) => (l.reason = 'Gremlins' as never), 'REASON_UNKNOWN /reason'],
    ['an unknown modifier', (l) => (l.modifiers = ['Gremlins' as never]), 'REASON_UNKNOWN /modifiers/0'],
    ['the category of another reason', (l) => (l.category = 'image'), 'CATEGORY_MISMATCH /category'],
    ['a confidence above 1', (l) => (l.confidence = 1.2), 'CONFIDENCE_RANGE /confidence'],
    ['a confidence that is no number', (l) => (l.confidence = Number.NaN), 'CONFIDENCE_RANGE /confidence'],
  ] as [string, (label: TroubleshootingLabel) => void, string][])('%s is a problem', (_, change, problem) => {
    expect(problemsOf(change)).toEqual([problem]);
  });

  it('may quote undefined and {{ when a cited value contains them', () => {
    const quote = (label: TroubleshootingLabel) => {
      label.segments[0]!.text = 'It logged "value is undefined {{x}}".';
    };
    expect(problemsOf(quote)).toHaveLength(1);
    expect(
      problemsOf((label) => {
        quote(label);
        label.evidence[0] = { ...label.evidence[0]!, type: 'log', seq: 2, pointer: '/message', value: 'value is undefined {{x}}' };
      }),
    ).toEqual([]);
  });
});

describe('a question', () => {
  it.each([
    ['names the reason', 'Is this ContainerLimitOom in Deployment shop/cart?'],
    ['spells the reason in words', 'Does cart suffer from a container limit OOM?'],
    ['repeats the root cause', 'So the kernel killed container cart because it reached its memory limit of 64Mi. Why?'],
    ['shares five words in a row with the root cause', 'Did cart die because it reached its memory limit?'],
  ])('that %s gives the answer away', (_, question) => {
    expect(problemsOf((label) => (label.question = question))).toEqual(['QUESTION_REVEALS /question']);
  });

  it('may share four words with the root cause', () => {
    expect(problemsOf((label) => (label.question = 'Has cart reached its memory limit?'))).toEqual([]);
  });

  it('may name objects whose names spell the reason', () => {
    const change = (label: TroubleshootingLabel) => {
      label.resource.name = 'container-limit-oom';
      label.context.workload!.name = 'container-limit-oom';
      label.question = 'Why does Deployment shop/container-limit-oom restart?';
    };
    expect(problemsOf(change)).toEqual([]);
  });
});

describe('evidence', () => {
  it.each([
    ['of a record that the capture lacks', (l) => (l.evidence[0]!.seq = 99), 'EVIDENCE_RECORD_MISSING /evidence/0'],
    ['with a pointer that leads nowhere', (l) => (l.evidence[0]!.pointer = '/status/phase'), 'EVIDENCE_POINTER_UNRESOLVED /evidence/0'],
    ['with a broken pointer', (l) => (l.evidence[0]!.pointer = 'status'), 'EVIDENCE_POINTER_UNRESOLVED /evidence/0'],
    ['that points at an inherited member', (l) => (l.evidence[0]!.pointer = '/constructor'), 'EVIDENCE_POINTER_UNRESOLVED /evidence/0'],
    ['with another value', (l) => (l.evidence[0]!.value = 'Error'), 'EVIDENCE_VALUE_DIFFERS /evidence/0'],
    ['with a number as text', (l) => (l.evidence[2]!.value = '66000000'), 'EVIDENCE_VALUE_DIFFERS /evidence/2'],
    ['later than the moment of the label', (l) => (l.evidence[2]!.observed_at = '2026-03-01T10:03:01Z'), 'EVIDENCE_LATER /evidence/2'],
    ['without a time', (l) => (l.evidence[2]!.observed_at = ''), 'EVIDENCE_LATER /evidence/2'],
    ['with an id used before', (l) => (l.evidence[2]!.id = 'e1'), 'EVIDENCE_DUPLICATE /evidence/2'],
  ] as [string, (label: TroubleshootingLabel) => void, string][])('%s is a problem', (_, change, problem) => {
    expect(problemsOf(change)).toContain(problem);
  });

  it('must exist, and be what segments and steps cite', () => {
    expect(problemsOf((label) => (label.evidence = []))).toEqual([
      'EVIDENCE_MISSING /evidence',
      'CITATION_UNKNOWN /segments/0',
      'CITATION_UNKNOWN /segments/1',
      'CITATION_UNKNOWN /segments/1',
      'CITATION_UNKNOWN /segments/2',
      'CITATION_UNKNOWN /resolution/steps/0',
    ]);
  });

  it('can be a whole object, whatever the order of its keys', () => {
    const change = (label: TroubleshootingLabel) => {
      label.evidence[0]!.pointer = '/status/containerStatuses/0/lastState/terminated';
      label.evidence[0]!.value = { exitCode: 137, reason: 'OOMKilled' };
    };
    expect(problemsOf(change)).toEqual([]);
  });

  it('can point into a record that carries no object', () => {
    const sync = { ...records.get(1)!, seq: 4, kind: 'sync', phase: 'list-end', count: 0 } as unknown as CaptureRecord;
    const label = troubleshootingLabel();
    label.evidence[0] = { ...label.evidence[0]!, type: 'absence', seq: 4, pointer: '/count', value: 0 };
    expect(validateLabel(label, new Map([...records, [4, sync]])).problems).toEqual([]);
  });

  it('compares integers exactly beyond 2^53', () => {
    expect(sameValue(9007199254740993n, 9007199254740993n)).toBe(true);
    expect(sameValue(9007199254740993n, 9007199254740992n)).toBe(false);
    expect(sameValue(9007199254740993n, 9007199254740992)).toBe(false);
    expect(sameValue(5n, 5)).toBe(true);
    expect(sameValue([1, { a: null }], [1, { a: null, b: undefined }])).toBe(true);
    expect(sameValue([], {})).toBe(false);
  });
});

describe('the subject', () => {
  const about = (resource: Partial<TroubleshootingLabel['resource']>, change: (label: TroubleshootingLabel) => void = () => {}) =>
    problemsOf((label) => {
      Object.assign(label.resource, resource);
      change(label);
    });

  it('is absent when neither the context nor a cited record knows it', () => {
    expect(about({ kind: 'Deployment', name: 'basket' })).toEqual(['SUBJECT_ABSENT /resource']);
    expect(about({ kind: 'Node', namespace: '', name: 'node-1' })).toEqual(['SUBJECT_ABSENT /resource']);
  });

  it.each([
    ['the object of a cited record', { kind: 'Pod', name: 'cart-7d9-x2' }],
    ['an owner', { kind: 'ReplicaSet', name: 'cart-7d9' }],
    ['something related', { kind: 'Service', name: 'cart-svc' }],
  ])('may be %s', (_, resource) => {
    expect(about(resource)).toEqual([]);
  });

  it('may be named by what a record says, but only as a whole word', () => {
    const log = (message: string) =>
      validateLabel(
        { ...troubleshootingLabel(), resource: { kind: 'Service', namespace: 'shop', name: 'db', uid: '' } },
        new Map([...records, [1, { ...records.get(1)!, kind: 'log', line: { message } } as unknown as CaptureRecord]]),
      ).problems.map(({ code }) => code);
    expect(log('dial tcp: lookup db: no such host')).not.toContain('SUBJECT_ABSENT');
    expect(log('lookup mydb-2 and db-1')).toContain('SUBJECT_ABSENT');
  });

  it('is not judged when a cited record is missing', () => {
    expect(about({ name: 'basket' }, (label) => (label.evidence[0]!.seq = 99))).toEqual(['EVIDENCE_RECORD_MISSING /evidence/0']);
  });
});

describe('grounding', () => {
  const tried = (...found: (Ablation | undefined)[]) =>
    problemsOf((label) => {
      for (const [index, ablation] of found.entries()) if (ablation !== undefined) label.evidence[index]!.ablation = ablation;
      label.segments = label.segments.map((segment) => ({ ...segment, evidence_ids: segment.evidence_ids.filter((id) => id !== 'e1') }));
    });

  it('is missing when no statement about the cause cites what carries it', () => {
    expect(tried('necessary', 'redundant', 'redundant')).toEqual(['GROUNDING_MISSING /segments']);
    expect(tried('necessary')).toEqual(['GROUNDING_MISSING /segments']);
  });

  it('is there when one of them cites something necessary or corroborating, and not judged without ablation', () => {
    expect(tried('necessary', 'corroborating')).toEqual([]);
    expect(tried('redundant', undefined, 'necessary')).toEqual([]);
    expect(tried()).toEqual([]);
  });

  it('is not made by the impact: only statements of the root cause count', () => {
    const problems = problemsOf((label) => {
      label.evidence[0]!.ablation = 'necessary';
      label.root_cause = 'Its limit of 64Mi is too small for what it needs.';
    });
    expect(problems).toEqual(['GROUNDING_MISSING /segments']);
  });
});

describe('credentials', () => {
  const token = `ghp_${'a1B2'.repeat(9)}`;

  it.each([
    ['a private key', '-----BEGIN RSA PRIVATE KEY-----'],
    ['an AWS access key id', 'id AKIAABCDEFGHIJKLMNOP'],
    ['a GitHub token', token],
    ['a JSON Web Token', `eyJ${'a'.repeat(20)}.eyJ${'b'.repeat(20)}.${'c'.repeat(20)}`],
    ['a bearer token', 'Authorization: Bearer abcdef0123456789abcdef'],
    ['credentials in a URL', 'postgres://app:hunter2@db:5432/shop'],
  ])('%s is found', (name, text) => {
    expect(secretIn(text)).toBe(name);
  });

  it.each(['postgres://app:***@db/shop', 'postgres://app:[MASKED]@db/shop', 'http://host:8080/a@b', 'the bearer of internationalization'])(
    '%s is none',
    (text) => {
      expect(secretIn(text)).toBeUndefined();
    },
  );

  it('are a problem wherever they stand in the label', () => {
    expect(problemsOf((label) => (label.evidence[0]!.note = token))).toEqual(['SECRET_FOUND /evidence/0/note']);
    expect(problemsOf((label) => (label.answer += ` ${token}`))).toEqual(['SECRET_FOUND /answer']);
  });
});

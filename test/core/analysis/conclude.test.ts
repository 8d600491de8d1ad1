import { describe, expect, it } from 'vitest';
import { analyze, finishAnalysis, newAnalysis } from '../../../src/core/analysis/analyze.ts';
import { conclude } from '../../../src/core/analysis/conclude.ts';
import { rank } from '../../../src/core/analysis/rank.ts';
import { defaultConfig } from '../../../src/core/config.ts';
import type { CaptureRecord, Coverage } from '../../../src/core/model/capture.ts';
import type { AnalyzedEvent, Change, ChangeAuthor } from '../../../src/core/model/event.ts';
import { payloadOf, resolvePointer } from '../../../src/core/model/pointer.ts';
import type { Reason } from '../../../src/core/model/taxonomy.ts';
import type { Rule } from '../../../src/core/rules/rule.ts';
import {
  deployment,
  healthyWorkload,
  log,
  numbered,
  object,
  resource,
  running,
  terminated,
  ticks,
  time,
  waiting,
  workloadPod,
} from '../records.ts';
import { abstain, claim, incident, ref, rule } from './claims.ts';
import { run } from './run.ts';

const failures: string[] = [];

function concluded(one: ReturnType<typeof incident>, rules: Rule[] = [rule('TEST-1', () => [])]): AnalyzedEvent | undefined {
  const known = new Map(rules.map((item) => [item.id, item]));
  const situation = { incident: one, verdict: rank(one, abstain), victims: [] };
  return conclude(situation, known, { startupGraceSeconds: 60 }, (id, error) => failures.push(`${id} ${error}`));
}

const claims = (reason: Reason, confidence = 0.9) => [claim(reason, confidence)];
const recovered = { status: 'recovered' as const, endedAt: time(240) };

function change(name: string, at: number, path: string, before: unknown, after: unknown, kind = 'Deployment'): Change {
  return { ref: ref(kind, name), type: 'modified', seq: 9, at: time(at), fields: [{ path, before, after }] };
}

describe('an incident is concluded', () => {
  it('with its cause, culprit, advice and evidence', () => {
    expect(concluded(incident('cart', claims('ImageNotFound')))).toMatchObject({
      reason: 'ImageNotFound',
      category: 'image',
      confidence: 0.9,
      subject: { name: 'cart' },
      rootCause: 'It is ImageNotFound.',
      resolution: { observed: false, steps: [{ action: 'Correct it.' }] },
      impact: 'the incident has lasted 5 min so far.',
    });
  });

  it('with a memory fault that restarts hide, but not with one that is long over', () => {
    const fault = incident('cart', claims('ContainerLimitOom'), recovered);
    expect(concluded(fault)?.reason).toBe('ContainerLimitOom');
    expect(concluded({ ...fault, now: time(240 + 7 * 3600) })?.reason).toBe('Recovered');
  });

  it('as Inconclusive, with what was considered and what is missing, when the best claim is too weak or a rival too near', () => {
    const weak = concluded(incident('cart', [claim('ImageNotFound', 0.4, { needs: ['the Events of the pod'] })]));
    expect(weak).toMatchObject({ reason: 'Inconclusive', severity: 'info', missing: ['the Events of the pod'] });
    expect(weak?.rootCause).toContain('considered: ImageNotFound (0.40); missing: the Events of the pod.');
    const rivals = concluded(incident('cart', [claim('ImageNotFound', 0.8), claim('ContainerLimitOom', 0.75)]));
    expect(rivals).toMatchObject({ reason: 'Inconclusive', hypotheses: [{ reason: 'ImageNotFound' }, { reason: 'ContainerLimitOom' }] });
  });

  it('as InProgress when it is younger than the grace of a start', () => {
    expect(concluded(incident('cart', [], { lastAt: time(30) }))).toMatchObject({ reason: 'InProgress', category: 'none' });
  });

  it('as Recovered when it ended by itself, with what it looked like', () => {
    const event = concluded(incident('cart', claims('DependencyUnreachable'), recovered));
    expect(event).toMatchObject({ reason: 'Recovered', severity: 'info', hypotheses: [{ reason: 'DependencyUnreachable' }] });
    expect(event?.rootCause).toContain('became healthy after 4 min, and no recorded change explains that.');
  });

  it('not at all when it was short and went away', () => {
    expect(concluded(incident('cart', [], { ...recovered, endedAt: time(30), lastAt: time(30) }))).toBeUndefined();
  });

  it('with its cause, although it ended, when a restart does not make the mechanism go away', () => {
    expect(concluded(incident('cart', claims('ContainerLimitOom'), recovered))).toMatchObject({ reason: 'ContainerLimitOom' });
  });

  it('as intended without modifiers', () => {
    const scaled = change('cart', -30, '/spec/replicas', 2, 0);
    expect(concluded(incident('cart', claims('IntendedState'), { changes: [scaled] }))).toMatchObject({
      reason: 'IntendedState',
      modifiers: [],
      severity: 'info',
    });
  });

  it('without an answer when the rule cannot word its claim, which is reported', () => {
    const mute = rule('TEST-1', () => [], {
      describe: () => {
        throw new Error('no words');
      },
    }); // prettier-ignore
    expect(concluded(incident('cart', claims('ImageNotFound')), [mute])).toMatchObject({ reason: 'Inconclusive' });
    expect(failures).toEqual(['TEST-1 Error: no words']);
  });
});

describe('the change that came before', () => {
  it.each<[string, Change, Reason[]]>([
    ['a scaling', change('cart', -30, '/spec/replicas', 2, 0), ['ScaleChange']],
    ['a new template', change('cart', -30, '/spec/template/spec/containers/0/image', 'a:1', 'a:2'), ['DeployRegression']],
    ['new data of a ConfigMap', change('conf', -30, '/data/a', '1', '2', 'ConfigMap'), ['ConfigRegression']],
    ['a change ten minutes and more before', change('cart', -900, '/spec/replicas', 2, 0), []],
    ['a change of something that is not involved', change('other', -30, '/spec/replicas', 2, 0), []],
    ['a change after the first sign', change('cart', 30, '/spec/replicas', 2, 0), []],
  ])('is a modifier of the cause: %s', (_, before, modifiers) => {
    const one = incident('cart', claims('ImageNotFound'), { changes: [before] });
    one.event.context.related.push({ relation: 'env', ref: ref('ConfigMap', 'conf'), exists: true });
    expect(concluded(one)?.modifiers).toEqual(modifiers);
  });

  it('is told in the root cause, with the new value as evidence', () => {
    const event = concluded(
      incident('cart', claims('ImageNotFound'), { changes: [change('cart', -30, '/spec/template/spec/containers/0/image', 'a:1', 'a:2')] }),
    );
    expect(event?.rootCause).toBe(
      'It is ImageNotFound. 30 s before the first sign, Deployment shop/cart was changed: set /spec/template/spec/containers/0/image to "a:2" (it was "a:1").',
    );
    expect(event?.evidence.at(1)).toMatchObject({ id: 'c1', seq: 9, pointer: '/spec/template/spec/containers/0/image', value: 'a:2' });
  });
});

describe('who made the change that came before', () => {
  const by = (user: string, about: ReturnType<typeof ref>, verb = 'patch'): ChangeAuthor => ({
    seq: 8,
    at: time(-30),
    user,
    verb,
    userAgent: 'kubectl/v1.36.2',
    ref: about,
    auditID: 'a',
  });
  const image = change('cart', -30, '/spec/template/spec/containers/0/image', 'a:1', 'a:2');
  const asked: Change = { ...image, at: time(-10), fields: [], by: by('carol', image.ref) };
  const told = (...changes: Change[]) => {
    const one = incident('cart', [claim('ImageNotFound', 0.9, { blames: [ref('Node', 'n1')] })], { changes });
    one.event.context.related.push({ relation: 'env', ref: ref('ConfigMap', 'conf'), exists: false });
    const event = concluded(one);
    return { cause: event?.rootCause.replace('It is ImageNotFound. 30 s before the first sign, ', ''), event };
  };

  it('is told with it, and the audit entry is cited whole', () => {
    const { seq: _, at: __, ...entry } = by('alice', image.ref);
    const { cause, event } = told({ ...image, by: by('alice', image.ref) });
    expect(cause).toBe(
      'alice patched Deployment shop/cart with kubectl: set /spec/template/spec/containers/0/image to "a:2" (it was "a:1").',
    );
    expect(event?.evidence.slice(1, 3)).toMatchObject([
      { id: 'c1', seq: 9 },
      { id: 'c2', type: 'change', seq: 8, pointer: '/audit', value: entry, at: time(-30), ref: image.ref, ablation: 'corroborating' },
    ]);
    expect(event?.segments.find(({ text }) => text.includes('alice'))?.evidenceIds).toEqual(['c1', 'c2']);
  });

  it('is told of what somebody deleted; what just went is no change that somebody made', () => {
    const gone: Change = { ref: ref('ConfigMap', 'conf'), type: 'deleted', seq: 9, at: time(-30), fields: [] };
    const { cause, event } = told({ ...gone, by: by('alice', gone.ref, 'delete') });
    expect(cause).toBe('alice deleted ConfigMap shop/conf with kubectl.');
    expect(event).toMatchObject({
      modifiers: ['ConfigRegression'],
      evidence: [{ id: 'e1' }, { id: 'c1', pointer: '/audit' }],
    });
    expect(told(gone)).toMatchObject({ cause: 'It is ImageNotFound.', event: { modifiers: [] } });
  });

  it('is told of a Node that somebody cordoned, which is no regression', () => {
    const cordon = change('n1', -30, '/spec/unschedulable', null, true, 'Node');
    expect(told({ ...cordon, by: by('alice', cordon.ref) })).toMatchObject({
      cause: 'alice patched Node shop/n1 with kubectl: set /spec/unschedulable to true.',
      event: { modifiers: [] },
    });
    expect(told(cordon).cause).toBe('It is ImageNotFound.');
  });

  it('says of a request without its answer only that it was sent, and only where no change is known', () => {
    expect(told(asked)).toMatchObject({
      cause:
        'It is ImageNotFound. 10 s before the first sign, carol patched Deployment shop/cart with kubectl: what that changed is not recorded.',
      event: { modifiers: [] },
    });
    expect(told(image, asked)).toMatchObject({
      cause: 'Deployment shop/cart was changed: set /spec/template/spec/containers/0/image to "a:2" (it was "a:1").',
      event: { modifiers: ['DeployRegression'] },
    });
  });

  it('shows no control characters of a hostile capture', () => {
    expect(told({ ...image, by: by('al\u001b[31mice', image.ref) }).cause).toContain('al\\x1b[31mice patched');
  });

  it('is no fix by itself: a request without its answer ends nothing', () => {
    const late = { ...asked, at: time(200) };
    expect(concluded(incident('cart', claims('ImageNotFound'), { ...recovered, changes: [late] }))).toMatchObject({ reason: 'Recovered' });
  });

  it('is told of the change that ended it, in what shows that it helped', () => {
    const fix = { ...image, at: time(200), by: by('bob', image.ref) };
    expect(concluded(incident('cart', claims('ImageNotFound'), { ...recovered, changes: [fix] }))?.resolution).toMatchObject({
      observed: true,
      evidenceIds: ['r1', 'r2'],
      steps: [{ verify: 'The recording shows the incident ending after this change, made by bob (patch, kubectl).' }],
    });
  });
});

describe('the change that ended it', () => {
  it('becomes the resolution, with its patch and evidence', () => {
    const fix = change('cart', 200, '/spec/template/spec/containers/0/image', "it's", 'a:2');
    expect(concluded(incident('cart', claims('ImageNotFound'), { ...recovered, changes: [fix] }))).toMatchObject({
      reason: 'ImageNotFound',
      resolution: {
        observed: true,
        evidenceIds: ['r1'],
        steps: [
          {
            action: 'Change Deployment shop/cart: set /spec/template/spec/containers/0/image to "a:2" (it was "it\'s").',
            command:
              'kubectl patch deployment/cart -n shop --type=json -p \'[{"op":"replace","path":"/spec/template/spec/containers/0/image","value":"a:2"}]\'',
          },
        ],
      },
    });
  });

  it('has no patch where its values were not kept, and does not show what stands for them', () => {
    const [before, after] = ['0011223344556677', '8899aabbccddeeff'].map((digest) => `hmac-sha256:0a1b2c3d:${digest}`);
    const fix = change('cart', 200, '/data/a', before, after);
    const resolution = concluded(incident('cart', claims('ConfigFileInvalid'), { ...recovered, changes: [fix] }))?.resolution;
    expect(resolution).toMatchObject({
      observed: true,
      steps: [{ action: expect.stringContaining('/data/a to a value that was not kept.') }],
    });
    expect(resolution?.steps[0]).not.toHaveProperty('command');
    expect(JSON.stringify(resolution)).not.toContain('hmac');
  });

  it('is the change and the restart that brought it into force', () => {
    const data = change('conf', 180, '/data/a', '1', "o'clock", 'ConfigMap');
    const restart = change('cart', 200, '/spec/template/metadata/annotations', null, { 'kubectl.kubernetes.io/restartedAt': time(200) });
    const one = incident('cart', claims('ConfigFileInvalid'), { ...recovered, changes: [data, restart] });
    one.event.context.related.push({ relation: 'volume', ref: ref('ConfigMap', 'conf'), exists: true });
    expect(concluded(one)?.resolution.steps.map(({ command }) => command)).toEqual([
      `kubectl patch configmap/conf -n shop --type=json -p '[{"op":"replace","path":"/data/a","value":"o'\\''clock"}]'`,
      'kubectl rollout restart deployment/cart -n shop',
    ]);
  });

  it('is no fix when it only came with the order of a start', () => {
    const created: Change = { ref: ref('ConfigMap', 'conf'), type: 'created', seq: 9, at: time(100), fields: [] };
    const one = incident('cart', claims('ConfigMapNotFound'), { ...recovered, changes: [created] });
    one.event.context.related.push({ relation: 'env', ref: ref('ConfigMap', 'conf'), exists: true });
    expect(concluded(one)).toMatchObject({ reason: 'Recovered' });
  });

  it('is a late creation of what had been missing', () => {
    const created: Change = { ref: ref('ConfigMap', 'conf'), type: 'created', seq: 9, at: time(400), fields: [] };
    const one = incident('cart', claims('ConfigMapNotFound'), {
      status: 'recovered',
      endedAt: time(410),
      lastAt: time(410),
      changes: [created],
    });
    one.event.context.related.push({ relation: 'env', ref: ref('ConfigMap', 'conf'), exists: true });
    expect(concluded(one)?.resolution).toMatchObject({ observed: true, steps: [{ action: 'Create ConfigMap shop/conf.' }] });
  });
});

describe('a recording of a bad image that somebody corrects', () => {
  const image = (tag: string, at: number, generation: number) =>
    deployment(at, 'cart', { type: 'MODIFIED', generation, image: `shop/cart:${tag}` });
  const failing = workloadPod(120, 'cart', {
    ready: false,
    phase: 'Pending',
    state: waiting('ImagePullBackOff', 'Back-off pulling image "shop/cart:9": not found'),
  });
  const records: CaptureRecord[] = numbered([
    ...healthyWorkload('cart'),
    image('9', 100, 2),
    failing,
    ...ticks(120, 600),
    image('1', 600, 3),
    workloadPod(620, 'cart', { state: running(620), ready: true }),
    ...ticks(620, 1000),
  ]);
  const coverage: Coverage[] = ['Pod', 'Deployment'].map((kind) => ({
    cluster: 'c01',
    resource: '',
    kind,
    namespaces: ['*'],
    from: '',
    to: '',
  }));

  it('gives the cause, what brought it in, and what ended it, all of which the records hold', () => {
    const { events } = run(records, { coverage });
    expect(events).toMatchObject([
      { reason: 'ImageNotFound', modifiers: ['DeployRegression'], event: { status: 'recovered' }, resolution: { observed: true } },
    ]);
    expect(events[0]?.evidence.length).toBeGreaterThan(2);
    for (const { seq, pointer, value } of events[0]?.evidence ?? []) {
      expect(resolvePointer(payloadOf(records[seq - 1] as CaptureRecord), pointer)).toEqual(value);
    }
  });
});

describe('several clusters in one capture', () => {
  it('stay apart, also when their objects have equal names and uids', () => {
    const crash = (at: number) =>
      workloadPod(at, 'cart', { restarts: 3, ready: false, state: waiting('CrashLoopBackOff'), lastState: terminated(1, at - 9, at - 5) });
    const one = [...healthyWorkload('cart'), crash(60), ...ticks(60, 200)];
    const both = numbered([...one, ...one.map((record) => ({ ...record, cluster: 'c02' }))]);
    const { events } = run(both);
    expect(events.map(({ event }) => [event.cluster, event.key]).sort()).toEqual([
      ['c01', 'Deployment-cart#0'],
      ['c02', 'Deployment-cart#0'],
    ]);
  });
});

describe('closed incidents', () => {
  it('do not wait for ever for one that goes on', () => {
    const { aggregator, rules: settings } = defaultConfig;
    const analysis = newAnalysis({ rules: [], settings, aggregator, abstain });
    const forever = [resource(0, object('PersistentVolumeClaim', 'disk', { status: { phase: 'Pending' } })), ...ticks(0, 40_000, 60)];
    const lines = Array.from({ length: 1200 }, (_, index) => log(100 + index * 30, `job-${index}`, 'panic: boom'));
    let told = 0;
    let waiting = 0;
    for (const record of numbered([...forever, ...lines])) {
      told += analyze(analysis, record).length;
      waiting = Math.max(waiting, analysis.clusters.get('c01')?.closed.length ?? 0);
    }
    expect(waiting).toBeLessThan(302);
    expect(told).toBeGreaterThan(900);
    expect(told + finishAnalysis(analysis).length).toBeGreaterThan(1200);
  });
});

import { describe, expect, it } from 'vitest';
import { ablate } from '../../../src/core/analysis/ablate.ts';
import { type Analysis, analyze, finishAnalysis, newAnalysis } from '../../../src/core/analysis/analyze.ts';
import { type Fact, lookAt, reduce } from '../../../src/core/analysis/without.ts';
import { defaultConfig } from '../../../src/core/config.ts';
import type { CaptureRecord, Coverage } from '../../../src/core/model/capture.ts';
import type { AggregatedEvent, Evidence } from '../../../src/core/model/event.ts';
import { resolvePointer } from '../../../src/core/model/pointer.ts';
import { builtinRules } from '../../../src/core/rules/all.ts';
import { citeField, citeSignal, logsOf, type Rule, type RuleClaim, signalsOf } from '../../../src/core/rules/rule.ts';
import { objectOf } from '../../../src/core/state/lookups.ts';
import type { ClusterState } from '../../../src/core/state/state.ts';
import {
  deployment,
  healthyWorkload,
  log,
  numbered,
  object,
  resource,
  terminated,
  ticks,
  usage,
  waiting,
  workloadPod,
} from '../records.ts';
import { rule } from './claims.ts';
import { fixtureOf, run } from './run.ts';

const podName = 'cart-7d9f8b6c5-x2x4z';

/** Everything a state knows, as text. */
function written(state: ClusterState): string {
  return JSON.stringify(state, (_, value) => (value instanceof Map ? [...value] : value instanceof Set ? [...value] : value));
}

function withoutFact<T>(
  event: AggregatedEvent,
  state: ClusterState,
  fact: Fact,
  look: (reduced: AggregatedEvent, state: ClusterState) => T,
): T {
  return lookAt(reduce(event, state, fact), look);
}

type Look = { event: AggregatedEvent; state: ClusterState };

/** Looks at the incident of the records, once, at their end, and returns what the look returns. */
function atTheEnd<T>(records: CaptureRecord[], look: (now: Look) => T, coverage: Coverage[] = []): T {
  let seen: Look | undefined;
  let result: T | undefined;
  const probe: Rule = {
    ...rule('PROBE-1', () => []),
    match(event, state) {
      seen = { event, state };
      result = look(seen);
      return [];
    },
  };
  const { aggregator, abstain, rules: settings } = defaultConfig;
  const analysis: Analysis = newAnalysis({ rules: [probe], settings, aggregator, abstain, coverage });
  for (const record of records) analyze(analysis, record);
  finishAnalysis(analysis);
  if (seen === undefined) throw new Error('no incident');
  return result as T;
}

function tested(match: (event: AggregatedEvent, state: ClusterState) => RuleClaim[], { event, state }: Look): Evidence[] {
  const [claim] = match(event, state);
  if (claim === undefined) throw new Error('no claim');
  return ablate({ match }, claim, event, state, defaultConfig.rules);
}

const oomKilled = numbered([
  ...healthyWorkload('cart'),
  workloadPod(60, 'cart', {
    restarts: 3,
    ready: false,
    resources: { limits: { memory: '64Mi' } },
    state: waiting('CrashLoopBackOff'),
    lastState: terminated(137, 40, 55, 'OOMKilled'),
  }),
  ...ticks(60, 200),
]);

const crashing = (...lines: string[]) =>
  numbered([
    ...healthyWorkload('cart'),
    ...lines.flatMap((line, position) => [50, 51, 52].map((second) => log(second + position * 3, podName, `${line} ${second}`))),
    workloadPod(70, 'cart', { restarts: 3, ready: false, state: waiting('CrashLoopBackOff'), lastState: terminated(1, 40, 65) }),
    ...ticks(70, 300),
  ]);

/** Claims the reason with these items of evidence as long as `holds`. */
function claimOf(event: AggregatedEvent, evidence: (Evidence | undefined)[], confidence = 0.9): RuleClaim[] {
  const cited = evidence.filter((item) => item !== undefined);
  return [{ reason: 'AppUncaughtException', subject: event.workload, confidence, evidence: cited, facts: {} }];
}

describe('evidence that is tested by ablation', () => {
  it('is necessary when the rule does not claim this without it, as the status of an OOM kill, or the limit that tells it from a full node', () => {
    const { events } = run(oomKilled);
    expect(events[0]?.reason).toBe('ContainerLimitOom');
    expect(events[0]?.evidence.map(({ pointer, ablation }) => [pointer, ablation])).toEqual([
      ['/status/containerStatuses/0/lastState/terminated', 'necessary'],
      ['/spec/containers/0/resources/limits/memory', 'necessary'],
    ]);
  });

  it('is strengthening when the rule is less sure without it', () => {
    const evidence = atTheEnd(oomKilled, (now) =>
      tested((event, state) => {
        const [killed] = signalsOf(event, 'container.terminated', { reason: 'OOMKilled' });
        const pod = killed && objectOf(state, killed.ref);
        const limit = pod && citeField(pod, '/spec/containers/0/resources/limits/memory', 'the limit');
        return killed === undefined ? [] : claimOf(event, [citeSignal(killed, 'killed'), limit], limit === undefined ? 0.7 : 0.9);
      }, now),
    );
    expect(evidence.map(({ ablation }) => ablation)).toEqual(['necessary', 'strengthening']);
  });

  it('is redundant when the claim stands without it and rests on the same source', () => {
    const evidence = atTheEnd(oomKilled, (now) =>
      tested((event, state) => {
        const [killed] = signalsOf(event, 'container.terminated', { reason: 'OOMKilled' });
        const pod = killed && objectOf(state, killed.ref);
        return killed === undefined
          ? []
          : claimOf(event, [citeSignal(killed, 'killed'), pod && citeField(pod, '/status/phase', 'planted')]);
      }, now),
    );
    expect(evidence.map(({ ablation }) => ablation)).toEqual(['necessary', 'redundant']);
  });

  it('corroborates when each of two log lines would do', () => {
    const evidence = atTheEnd(crashing('panic: boom', 'Traceback (most recent call last): KeyError'), (now) =>
      tested((event) => {
        const lines = event.logs.filter(({ line }) => /(?:boom|KeyError) 50/.test(line.message));
        const cited = lines.map(({ seq, at, line }): Evidence => {
          const { ref } = event.signals[0] as AggregatedEvent['mainEvent'];
          return { id: '', type: 'log', seq, pointer: '/message', value: line.message, ref, at, note: '', role: 'supports' };
        });
        return lines.length === 0 ? [] : claimOf(event, cited);
      }, now),
    );
    expect(evidence.map(({ ablation }) => ablation)).toEqual(['corroborating', 'corroborating']);
  });

  it('is necessary to a rule that cannot do without it and throws', () => {
    const careless: Rule = {
      ...rule('CARE-1', () => []),
      match(event) {
        const [killed] = signalsOf(event, 'container.terminated') as [AggregatedEvent['mainEvent']];
        return claimOf(event, [citeSignal(killed, 'killed')]);
      },
    };
    const { events, failures } = run(oomKilled, { rules: [careless] });
    expect(events[0]?.evidence[0]?.ablation).toBe('necessary');
    expect(failures).toEqual([]);
  });

  it('is not tested where it refutes, nor for claims about size', () => {
    const refuted = (event: AggregatedEvent, reason: RuleClaim['reason']) =>
      claimOf(event, [citeSignal(event.mainEvent, '', 'refutes'), citeSignal(event.mainEvent, '')]).map((claim) => ({ ...claim, reason }));
    const evidence = atTheEnd(oomKilled, (now) => tested((event) => refuted(event, 'AppAborted'), now));
    expect(evidence.map(({ ablation }) => ablation)).toEqual([undefined, 'corroborating']);
    const findings = run(fixtureOf('RESOURCE-UTILIZATION').records).findings.flatMap((one) => one.evidence);
    expect(findings.filter(({ ablation }) => ablation !== undefined)).toEqual([]);
  });

  it('corroborates where the analysis adds it to what the rule cites', () => {
    const scaled = numbered([
      ...healthyWorkload('cart'),
      deployment(50, 'cart', { type: 'MODIFIED', generation: 2, image: 'shop/app:2' }),
      ...oomKilled.slice(3),
    ]);
    const added = run(scaled).events[0]?.evidence.filter(({ id }) => !id.startsWith('e'));
    expect(added).toMatchObject([{ id: 'c1', ablation: 'corroborating' }]);
  });

  it('is not tested where no rule has an answer', () => {
    const { events } = run(oomKilled, { rules: [] });
    expect(events[0]).toMatchObject({ reason: 'Inconclusive' });
    expect(events[0]?.evidence.filter(({ ablation }) => ablation !== undefined)).toEqual([]);
  });
});

describe('an incident without one fact', () => {
  const killedAt = '/status/containerStatuses/0/lastState/terminated';

  it('lacks it in the signals and in the object, also where the run is told as the current state', () => {
    const seen = atTheEnd(oomKilled, ({ event, state }) => {
      const [killed] = signalsOf(event, 'container.terminated') as [AggregatedEvent['mainEvent']];
      const fact = { ...citeSignal(killed, ''), pointer: killedAt.replace('lastState', 'state') };
      return withoutFact(event, state, fact, (reduced, without) => ({
        types: reduced.signals.map(({ type }) => type),
        status: resolvePointer(objectOf(without, killed.ref)?.object, '/status/containerStatuses/0/lastState'),
      }));
    });
    expect(seen).toEqual({ types: ['container.waiting', 'pod.notReady'], status: {} });
  });

  it('lacks only the field where the fact is a part of what a signal tells', () => {
    const detail = atTheEnd(oomKilled, ({ event, state }) => {
      const [killed] = signalsOf(event, 'container.terminated') as [AggregatedEvent['mainEvent']];
      const fact = { ...citeSignal(killed, ''), pointer: `${killedAt}/reason`, value: 'OOMKilled' };
      return withoutFact(event, state, fact, (reduced) => signalsOf(reduced, 'container.terminated')[0]?.detail);
    });
    expect(detail).toMatchObject({ reason: '', exitCode: 137 });
  });

  it('lacks every repetition of a log line, what the state remembers of it, and nothing else', () => {
    const records = numbered([
      ...healthyWorkload('cart'),
      ...[5, 6].map((second) => log(second, podName, 'listening on port 8080')),
      ...crashing('panic: boom').slice(3),
    ]);
    const seen = atTheEnd(records, ({ event, state }) => {
      const { seq, line } = event.logs.find(({ line: { message } }) => message.includes('8080')) as AggregatedEvent['logs'][number];
      const { ref } = event.signals[0] as AggregatedEvent['mainEvent'];
      const fact = { seq, pointer: '/message', value: line.message, ref };
      const size = [event.logs.length, [...state.listening.values()].flat().length];
      return withoutFact(event, state, fact, (reduced, without) => [
        ...size,
        reduced.logs.length,
        [...without.listening.values()].flat().length,
        logsOf(reduced, ['go-panic']).length > 0,
      ]);
    });
    expect(seen).toEqual([5, 1, 3, 0, true]);
  });

  it('lacks the change that a record made, the value that it took away, and a sample', () => {
    const records = numbered([
      ...healthyWorkload('cart'),
      deployment(50, 'cart', { type: 'MODIFIED', generation: 2, env: { MODE: 'slow' } }),
      deployment(55, 'cart', { type: 'MODIFIED', generation: 3, env: { MODE: 'fast' } }),
      usage(58, podName, 5, 9),
      ...oomKilled.slice(3),
    ]);
    const seen = atTheEnd(records, ({ event, state }) => {
      const cart = objectOf(state, event.workload);
      const pointer = '/spec/template/spec/containers/0/env/0/value';
      const ref = event.workload;
      const { ref: pod } = event.signals[0] as AggregatedEvent['mainEvent'];
      const sample = event.metrics[0]?.seq ?? 0;
      return {
        now: withoutFact(event, state, { seq: cart?.seq ?? 0, pointer, value: 'fast', ref }, (_, { changes }) =>
          changes.map(({ type, fields }) => [type, ...fields.map(({ path }) => path.slice(path.indexOf('/env')))]),
        ),
        before: withoutFact(event, state, { seq: 4, pointer, value: 'slow', ref }, () =>
          cart?.versions.map((version) => resolvePointer(version.object, pointer) ?? 'none'),
        ),
        current: withoutFact(event, state, { seq: 4, pointer, value: 'slow', ref }, () => resolvePointer(cart?.object, pointer)),
        samples: withoutFact(event, state, { seq: sample, pointer: '/containers/0', value: {}, ref: pod }, (reduced) => reduced.metrics),
      };
    });
    expect(seen).toEqual({ now: [['created'], ['modified', '/env/0']], before: ['none', 'none'], current: 'fast', samples: [] });
  });

  it('lacks the whole object where the fact is that it exists', () => {
    const records = numbered([...oomKilled, resource(0, object('ConfigMap', 'settings', { data: { a: '1' } }))]);
    const seen = atTheEnd(records, ({ event, state }) => {
      const ref = { kind: 'ConfigMap', namespace: 'shop', name: 'settings', uid: 'ConfigMap-settings' };
      const before = written(state);
      const found = withoutFact(event, state, { seq: 3, pointer: '/metadata/name', value: 'settings', ref }, (_, without) => [
        objectOf(without, ref),
        without.byKind.get('ConfigMap/shop')?.size,
      ]);
      return [...found, objectOf(state, ref)?.ref.name, written(state) === before];
    });
    expect(seen).toEqual([undefined, 0, 'settings', true]);
  });

  it('is as before when the look is over, also when it threw', () => {
    atTheEnd(oomKilled, ({ event, state }) => {
      const before = [written(state), JSON.stringify(event)];
      const known = objectOf(state, event.mainEvent.ref);
      const { object: original } = known ?? {};
      const inside = withoutFact(event, state, citeSignal(event.mainEvent, ''), (reduced) => [written(state), JSON.stringify(reduced)]);
      expect(inside[0]).not.toBe(before[0]);
      expect(inside[1]).not.toBe(before[1]);
      const fails = () => {
        throw new Error('in the middle');
      };
      expect(() => withoutFact(event, state, citeSignal(event.mainEvent, ''), fails)).toThrow('in the middle');
      expect([written(state), JSON.stringify(event)]).toEqual(before);
      expect(known?.object).toBe(original);
    });
  });
});

describe('what a built-in rule cites', () => {
  it.each(builtinRules.map(({ id }) => [id] as const))('%s: something that it needs or that says so from another source', (id) => {
    const tests: string[][] = [];
    const spied = builtinRules.map((one): Rule => {
      if (one.id !== id) return one;
      return {
        ...one,
        match(event, state, settings) {
          const claims = one.match(event, state, settings);
          if (analysis.clusters.get('c01')?.aggregator.state !== state) return claims;
          const before = written(state);
          for (const claim of claims) tests.push(ablate(one, claim, event, state, settings).map(({ ablation = '' }) => ablation));
          expect(written(state)).toBe(before);
          return claims;
        },
      };
    });
    const { records, coverage } = fixtureOf(id);
    const { aggregator, abstain, rules: settings } = defaultConfig;
    const analysis: Analysis = newAnalysis({ rules: spied, settings, aggregator, abstain, coverage });
    for (const record of records) analyze(analysis, record);
    finishAnalysis(analysis);
    expect(tests.length).toBeGreaterThan(0);
    for (const items of tests) expect(items.some((item) => item === 'necessary' || item === 'corroborating')).toBe(true);
  });
});

import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Analysis,
  analyze,
  finishAnalysis,
  newAnalysis,
  peekAnalysis,
  ruleFailures,
  takeSizing,
} from '../../../src/core/analysis/analyze.ts';
import { openManifest, readCapture } from '../../../src/core/capture/index.ts';
import { bundledCaptures } from '../../../src/core/captures.ts';
import { defaultConfig } from '../../../src/core/config.ts';
import type { CaptureRecord } from '../../../src/core/model/capture.ts';
import { builtinRules } from '../../../src/core/rules/all.ts';
import { event, healthyWorkload, numbered, terminated, ticks, waiting, workloadPod } from '../records.ts';
import { fixtures, type Recorded } from './run.ts';

const crashing = numbered([
  ...healthyWorkload('cart'),
  ...[60, 90, 130, 190].flatMap((at, restarts) => [
    workloadPod(at, 'cart', {
      restarts,
      state: waiting('CrashLoopBackOff', 'back-off 5m0s restarting failed container'),
      lastState: terminated(1, at - 20, at - 5),
    }),
    event(at + 1, { kind: 'Pod', name: 'cart-7d9f8b6c5-x2x4z' }, 'BackOff', 'Back-off restarting failed container', {
      count: restarts + 1,
    }),
  ]),
  ...ticks(5, 400),
]);

const corpus: Recorded[] = [{ name: 'crashing', records: crashing, coverage: [] }, ...fixtures()];

beforeAll(async () => {
  for (const dir of await bundledCaptures()) {
    const { coverage } = await openManifest(dir);
    const records: CaptureRecord[] = [];
    for await (const record of readCapture(dir)) records.push(record);
    corpus.push({ name: dir, records, coverage });
  }
});

function analysisOf({ coverage }: Recorded): Analysis {
  const { aggregator, abstain, rules: settings } = defaultConfig;
  return newAnalysis({ rules: builtinRules, settings, aggregator, abstain, coverage });
}

/** All that a recording amounts to, with `look` called before each record of which `moments` has the position. */
function whole(recorded: Recorded, moments: ReadonlySet<number>, look: (analysis: Analysis) => void) {
  const analysis = analysisOf(recorded);
  const events = recorded.records.flatMap((record, position) => {
    if (moments.has(position)) look(analysis);
    return analyze(analysis, record);
  });
  look(analysis);
  events.push(...finishAnalysis(analysis));
  return JSON.stringify({ events, failures: ruleFailures(analysis), ...takeSizing(analysis) });
}

const share = fc.double({ min: 0, max: 1, noNaN: true });
const chosen = () => fc.constantFrom(...corpus);

describe('a peek at a running analysis', () => {
  it('changes nothing: whoever peeks at random moments gets the same events in the end', () => {
    fc.assert(
      fc.property(chosen(), fc.array(share, { maxLength: 12 }), fc.boolean(), (recorded, shares, patient) => {
        const moments = new Set(shares.map((one) => Math.floor(one * recorded.records.length)));
        const patience = patient ? { repeatSeconds: 15, idleSeconds: 300 } : undefined;
        expect(whole(recorded, moments, (analysis) => peekAnalysis(analysis, patience))).toBe(whole(recorded, new Set(), () => undefined));
      }),
      { numRuns: 60 },
    );
  });

  it('says what the end of the recording would say at that moment, whatever earlier peeks have kept', () => {
    fc.assert(
      fc.property(chosen(), share, fc.array(share, { maxLength: 4 }), (recorded, end, shares) => {
        const records = recorded.records.slice(0, Math.ceil(end * recorded.records.length));
        const moments = new Set(shares.map((one) => Math.floor(one * records.length)));
        const [peeked, ended] = [analysisOf(recorded), analysisOf(recorded)];
        const given = records.flatMap((record, position) => {
          if (moments.has(position)) peekAnalysis(peeked);
          return analyze(peeked, record);
        });
        const expected = records.flatMap((record) => analyze(ended, record));
        expected.push(...finishAnalysis(ended));
        expect(JSON.stringify([...given, ...peekAnalysis(peeked)])).toBe(JSON.stringify(expected));
      }),
      { numRuns: 60 },
    );
  });

  it('of every bundled recording tells before its end what the end confirms', () => {
    for (const recorded of corpus) {
      const analysis = analysisOf(recorded);
      for (const record of recorded.records) analyze(analysis, record);
      const peeked = peekAnalysis(analysis);
      expect(JSON.stringify(peeked), recorded.name).toBe(JSON.stringify(finishAnalysis(analysis)));
    }
  });

  it('with patience examines an incident again for its news, and else only after a while', () => {
    const analysis = analysisOf({ name: '', records: [], coverage: [] });
    const patience = { repeatSeconds: 30, idleSeconds: 60 };
    const seen: { at: number; said: object | undefined }[] = [];
    for (const record of crashing) {
      expect(analyze(analysis, record)).toEqual([]);
      const [said] = peekAnalysis(analysis, patience);
      if (said !== seen.at(-1)?.said) seen.push({ at: (Date.parse(record.at) - Date.parse(crashing[0]!.at)) / 1000, said });
    }
    const quiet = seen.filter(({ at }) => at > 195).map(({ at }) => at);
    expect(seen[0]?.at).toBeLessThan(95);
    // After the last crash nothing is new: once for the repetitions that were waiting, then every minute.
    expect(quiet.slice(1).every((at, index) => at - (quiet[index] ?? 0) >= 60)).toBe(true);
    expect(quiet.length).toBeGreaterThan(1);
    expect(peekAnalysis(analysis, patience)[0]).toBe(seen.at(-1)?.said);
  });
});

import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Analysis, analyze, finishAnalysis, newAnalysis, ruleFailures } from '../../../src/core/analysis/analyze.ts';
import { defaultConfig } from '../../../src/core/config.ts';
import type { CaptureRecord, Coverage } from '../../../src/core/model/capture.ts';
import type { AnalyzedEvent, Claim } from '../../../src/core/model/event.ts';
import { payloadOf, resolvePointer } from '../../../src/core/model/pointer.ts';
import { builtinRules } from '../../../src/core/rules/all.ts';
import type { Rule } from '../../../src/core/rules/rule.ts';

type Fixture = { records: CaptureRecord[]; coverage: Coverage[] };

/** A fixture is capture records as NDJSON; a first line {"coverage":[…]} says what was watched. */
function fixture(rule: Rule, name: string): Fixture {
  const file = new URL(`../../../src/core/rules/${rule.id.toLowerCase()}/${name}.ndjson`, import.meta.url);
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  const coverage = lines[0]?.coverage === undefined ? [] : lines.shift().coverage;
  return { records: lines, coverage };
}

function run({ records, coverage }: Fixture): { events: AnalyzedEvent[]; claims: Claim[] } {
  const claims: Claim[] = [];
  const spied = builtinRules.map((rule) => ({
    ...rule,
    match: (...input: Parameters<Rule['match']>) => {
      const made = rule.match(...input);
      // Ablation asks again, with a state that lacks something.
      if (analysis.clusters.get('c01')?.aggregator.state !== input[1]) return made;
      claims.push(...made.map((claim) => ({ modifiers: [], needs: [], ...claim, ruleId: rule.id })));
      return made;
    },
  }));
  const { aggregator, abstain, rules } = defaultConfig;
  const analysis: Analysis = newAnalysis({ rules: spied, settings: rules, aggregator, abstain, coverage });
  const events = records.flatMap((record) => analyze(analysis, record));
  events.push(...finishAnalysis(analysis));
  expect(ruleFailures(analysis)).toEqual([]);
  return { events, claims };
}

describe.each(builtinRules.map((rule) => [rule.id, rule] as const))('rule %s', (id, rule) => {
  it('claims one of its reasons on the records that show its mechanism', () => {
    const { claims } = run(fixture(rule, 'fires'));
    const own = claims.filter((claim) => claim.ruleId === id);
    expect(own.length).toBeGreaterThan(0);
    for (const claim of own) expect(rule.reasons).toContain(claim.reason);
  });

  it('stays quiet on the nearest look-alike', () => {
    const { claims } = run(fixture(rule, 'quiet'));
    expect(claims.filter((claim) => claim.ruleId === id).map(({ reason, subject }) => `${reason} ${subject.name}`)).toEqual([]);
  });

  it('cites only what the records hold', () => {
    const { records, coverage } = fixture(rule, 'fires');
    const bySeq = new Map(records.map((record) => [record.seq, record]));
    const { events, claims } = run({ records, coverage });
    const cited = [...claims.flatMap((claim) => claim.evidence), ...events.flatMap((event) => event.evidence)];
    for (const { seq, pointer, value } of cited) {
      const record = bySeq.get(seq);
      expect(record, `record ${seq}`).toBeDefined();
      expect(resolvePointer(payloadOf(record as CaptureRecord), pointer), `${seq}${pointer}`).toEqual(value);
    }
  });

  it('words its incident as the golden labels say', async () => {
    const { events } = run(fixture(rule, 'fires'));
    const labels = events.map(
      ({
        reason,
        category,
        severity,
        confidence,
        subject,
        problem,
        question,
        rootCause,
        resolution,
        modifiers,
        ruleId,
        victims,
        evidence,
      }) => ({
        rule: ruleId,
        reason,
        category,
        modifiers,
        severity,
        confidence,
        subject: `${subject.kind} ${subject.namespace}/${subject.name}`,
        victims: victims.map((victim) => `${victim.kind} ${victim.name}`),
        problem,
        question,
        rootCause,
        resolution,
        evidence: evidence.map(({ id, seq, pointer, note, ablation }) => ({ id, seq, pointer, note, ablation })),
      }),
    ); // prettier-ignore
    const file = new URL(`../../../src/core/rules/${id.toLowerCase()}/labels.json`, import.meta.url);
    await expect(`${JSON.stringify(labels, null, 2)}\n`).toMatchFileSnapshot(file.pathname);
  });
});

// What no API object lacks.
const identity = new Set(['apiVersion', 'kind', 'metadata', 'name', 'namespace', 'uid', 'involvedObject']);

/** Takes one value out of a nested structure, or empties it if it is a scalar; `pick` counts values in reading order. */
function damage(value: unknown, pick: number, by: unknown): void {
  const places: [holder: Record<string, unknown>, key: string][] = [];
  const collect = (holder: Record<string, unknown>): void => {
    for (const key of Object.keys(holder)) {
      if (!identity.has(key)) places.push([holder, key]);
      if (typeof holder[key] === 'object' && holder[key] !== null) collect(holder[key] as Record<string, unknown>);
    }
  };
  collect(value as Record<string, unknown>);
  const [holder, key] = places[pick % Math.max(1, places.length)] ?? [];
  if (holder === undefined || key === undefined) return;
  if (Array.isArray(holder)) holder.splice(Number(key), 1);
  else if (by === undefined || typeof holder[key] === 'object') delete holder[key];
  else holder[key] = by;
}

describe('the set of rules', () => {
  it('neither throws nor cites what is not there when records lack fields or hold empty ones', () => {
    const fixtures = builtinRules.map((rule) => fixture(rule, 'fires'));
    const hits = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.constantFrom(undefined, '', 0)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.constantFrom(...fixtures), hits, ({ records, coverage }, wounds) => {
        const damaged = structuredClone(records);
        const payloads = damaged.filter((record) => record.kind === 'resource').map(({ event }) => event.object);
        for (const [which, pick, by] of wounds) damage(payloads[which % Math.max(1, payloads.length)] ?? {}, pick, by);
        const bySeq = new Map(damaged.map((record) => [record.seq, record]));
        for (const { seq, pointer, value } of run({ records: damaged, coverage }).claims.flatMap((claim) => claim.evidence)) {
          expect(resolvePointer(payloadOf(bySeq.get(seq) as CaptureRecord), pointer), `${seq}${pointer}`).toEqual(value);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('has unique ids, a folder each, reasons, references and known gaps', () => {
    expect(new Set(builtinRules.map(({ id }) => id)).size).toBe(builtinRules.length);
    for (const rule of builtinRules) {
      for (const file of ['rule.ts', 'fires.ndjson', 'quiet.ndjson', 'labels.json']) {
        expect(existsSync(new URL(`../../../src/core/rules/${rule.id.toLowerCase()}/${file}`, import.meta.url)), `${rule.id}/${file}`).toBe(
          true,
        );
      }
      expect(rule.reasons.length, rule.id).toBeGreaterThan(0);
      expect(rule.references.length, rule.id).toBeGreaterThan(0);
      expect(rule.knownGaps.length, rule.id).toBeGreaterThan(0);
    }
  });
});

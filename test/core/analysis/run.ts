import { existsSync, readFileSync } from 'node:fs';
import { analyze, finishAnalysis, newAnalysis, ruleFailures, takeSizing } from '../../../src/core/analysis/analyze.ts';
import { defaultConfig } from '../../../src/core/config.ts';
import type { CaptureRecord, Coverage } from '../../../src/core/model/capture.ts';
import { builtinRules } from '../../../src/core/rules/all.ts';
import type { Rule } from '../../../src/core/rules/rule.ts';

/** What a whole analysis makes of records: all built-in rules and the default configuration unless said otherwise. */
export function run(records: CaptureRecord[], options: { rules?: readonly Rule[]; coverage?: Coverage[] } = {}) {
  const { aggregator, abstain, rules: settings } = defaultConfig;
  const analysis = newAnalysis({ rules: options.rules ?? builtinRules, settings, aggregator, abstain, coverage: options.coverage });
  const events = records.flatMap((record) => analyze(analysis, record));
  events.push(...finishAnalysis(analysis));
  return { events, failures: ruleFailures(analysis), ...takeSizing(analysis) };
}

export type Recorded = { name: string; records: CaptureRecord[]; coverage: Coverage[] };

/** The records in which a rule fires, as its folder holds them. */
export function fixtureOf(id: string): Recorded {
  const file = new URL(`../../../src/core/rules/${id.toLowerCase()}/fires.ndjson`, import.meta.url);
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  const parsed = lines.map((line) => JSON.parse(line));
  const coverage: Coverage[] = parsed[0]?.coverage === undefined ? [] : parsed.shift().coverage;
  return { name: id, records: parsed, coverage };
}

/** All of them that exist. */
export function fixtures(): Recorded[] {
  const exists = ({ id }: Rule) => existsSync(new URL(`../../../src/core/rules/${id.toLowerCase()}/fires.ndjson`, import.meta.url));
  return builtinRules.filter(exists).map(({ id }) => fixtureOf(id));
}

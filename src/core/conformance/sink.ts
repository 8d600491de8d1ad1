import type { Code, Finding, Severity } from './finding.ts';

export type CodeCount = { code: Code; severity: Severity; count: number; fix: string };

/** Findings as they come: counted exactly, the first ones kept. */
export type FindingSink = {
  add: (finding: Finding) => void;
  findings: () => Finding[];
  counts: () => CodeCount[];
};

const always = 20;

/** Keeps the first `limit` findings, and in any case the first 20 of each code and severity. */
export function findingSink(limit: number): FindingSink {
  const kept: Finding[] = [];
  const counts = new Map<string, CodeCount>();
  return {
    add: (finding) => {
      const { code, severity, fix } = finding;
      const key = `${severity} ${code}`;
      const count = counts.get(key) ?? { code, severity, count: 0, fix };
      count.count += 1;
      counts.set(key, count);
      if (kept.length < limit || count.count <= always) kept.push(finding);
    },
    findings: () => kept,
    counts: () =>
      [...counts.values()].sort((a, b) => (a.severity === b.severity ? (a.code < b.code ? -1 : 1) : a.severity === 'error' ? -1 : 1)),
  };
}

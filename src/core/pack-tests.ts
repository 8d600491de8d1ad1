import { analyze, finishAnalysis, ruleFailures } from './analysis/analyze.ts';
import { openManifest, readBatches } from './capture/index.ts';
import { analysisOf } from './labelling.ts';
import type { CaptureManifest, CaptureRecord } from './model/capture.ts';
import { parseDuration } from './model/duration.ts';
import type { Claim } from './model/event.ts';
import { text } from './model/fields.ts';
import { formatRef, type KubernetesObject } from './model/resource.ts';
import type { Pack } from './packs/load.ts';
import type { PackTest } from './packs/schema.ts';
import type { RuleSet } from './rule-set.ts';
import type { Rule } from './rules/rule.ts';

/** How a test of a pack went. `claimed` is what rules of the pack claimed: `ACME-1 DependencyReadOnly Deployment shop/cart`. */
export type PackTestResult = {
  file: string;
  line: number;
  name: string;
  passed: boolean;
  expected: string[];
  claimed: string[];
  failures: string[];
};

const begin = Date.parse('2026-01-01T00:00:00Z');

/** Runs the tests of packs with all rules; a test expects certain claims of its pack's rules, and no others of them. */
export async function runPackTests(set: RuleSet): Promise<PackTestResult[]> {
  const results: PackTestResult[] = [];
  for (const pack of set.packs) for (const test of pack.tests) results.push(await runTest(pack, test, set));
  return results;
}

async function runTest({ file, rules }: Pack, test: Pack['tests'][number], set: RuleSet): Promise<PackTestResult> {
  const own = new Set(rules.map(({ id }) => id));
  const claims: { rule: string; claim: Pick<Claim, 'reason' | 'subject'> }[] = [];
  const spied = set.rules.map(
    (rule): Rule => ({
      ...rule,
      match(...input) {
        const made = rule.match(...input);
        if (own.has(rule.id)) claims.push(...made.map((claim) => ({ rule: rule.id, claim })));
        return made;
      },
    }),
  );
  const { manifest, records } = test.capture === undefined ? madeUp(test) : await captured(test.capture);
  const analysis = analysisOf(manifest, { ...set, rules: spied });
  for await (const record of records) analyze(analysis, record);
  finishAnalysis(analysis);
  const claimed = [...new Set(claims.map(({ rule, claim }) => `${rule} ${claim.reason} ${formatRef(claim.subject)}`))].sort();
  const failures = ruleFailures(analysis).map(({ ruleId, message }) => `${ruleId}: ${message}`);
  const expected = test.expect.map(({ rule, reason, subject }) => [rule, reason, subject].filter(Boolean).join(' '));
  const met = test.expect.every((one) => claimed.some((claim) => isMet(one, claim)));
  const wanted = claimed.every((claim) => test.expect.some((one) => isMet(one, claim)));
  return { file, line: test.line, name: test.name, passed: met && wanted && failures.length === 0, expected, claimed, failures };
}

function isMet({ rule, reason, subject }: PackTest['expect'][number], claim: string): boolean {
  const [id, said, ...object] = claim.split(' ');
  return id === rule && (reason === undefined || said === reason) && (subject === undefined || object.join(' ') === subject);
}

type Input = { manifest: Pick<CaptureManifest, 'clusters' | 'coverage'>; records: AsyncIterable<CaptureRecord> | Iterable<CaptureRecord> };

async function captured(dir: string): Promise<Input> {
  const manifest = await openManifest(dir);
  async function* records() {
    for await (const batch of readBatches(dir)) yield* batch;
  }
  return { manifest, records: records() };
}

/** Records of objects and log lines as a test writes them down, in the order of their times. */
function madeUp({ objects, logs, until }: PackTest): Input {
  const seconds = (at: string) => parseDuration(at) ?? 0;
  const base = (at: string) => ({
    at: new Date(begin + seconds(at) * 1000).toISOString(),
    atSource: 'received' as const,
    cluster: 'c01',
    stream: 'test',
  });
  const seen = new Set<string>();
  const all = [
    ...objects.map(({ at, object }) => ({ at, make: () => resourceRecord(base(at), object as KubernetesObject, seen) })),
    ...logs.map(({ at, ...line }) => ({
      at,
      make: () => ({ ...base(at), kind: 'log' as const, line: { ...line, timestamp: base(at).at } }),
    })),
    { at: until, make: () => ({ ...base(until), kind: 'tick' as const }) },
  ];
  all.sort((a, b) => seconds(a.at) - seconds(b.at));
  const records = all.map(({ make }, index) => ({ ...make(), seq: index + 1 }) as CaptureRecord);
  return { manifest: { clusters: [{ alias: 'c01', name: 'test' }], coverage: [] }, records };
}

function resourceRecord(base: object, object: KubernetesObject, seen: Set<string>) {
  const { name = '', namespace = '', uid = '' } = object.metadata ?? {};
  const ref = { kind: text(object.kind), namespace, name, uid: uid === '' ? `${text(object.kind)}-${namespace}-${name}` : uid };
  const key = `${ref.kind}/${namespace}/${name}`;
  const type = seen.has(key) ? ('MODIFIED' as const) : ('ADDED' as const);
  seen.add(key);
  const whole = { ...object, metadata: { ...object.metadata, uid: ref.uid } };
  return { ...base, kind: 'resource' as const, event: { type, ref, resourceVersion: '1', object: whole } };
}

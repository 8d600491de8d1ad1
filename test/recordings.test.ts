import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { verifyCapture } from '../src/core/capture/verify.ts';
import { defaultConfig } from '../src/core/config.ts';
import { type CaptureResult, generate } from '../src/core/generate.ts';
import { stringifyJson } from '../src/core/model/json.ts';
import type { Label } from '../src/core/model/label.ts';
import { builtinRules } from '../src/core/rules/all.ts';
import { rulesVersion } from '../src/core/rules/version.ts';
import { openStore } from '../src/core/store/open.ts';

type Info = { accepted_reasons: string[]; culprit: Ref | Ref[]; healthy?: boolean };
type Ref = { kind: string; name: string };

const root = path.resolve(import.meta.dirname, '..', 'recordings');
const scenarios = (await readdir(root)).sort();
let work: string;

beforeAll(async () => {
  work = await mkdtemp(path.join(tmpdir(), 'k8s-labeler-recordings-'));
});

afterAll(async () => {
  await rm(work, { recursive: true, force: true });
});

async function replay(scenario: string): Promise<{ labels: Label[]; result: CaptureResult }> {
  const store = await openStore(path.join(work, `${scenario}.duckdb`));
  try {
    await store.init();
    const [result] = await generate([path.join(root, scenario, 'capture')], {
      store,
      config: defaultConfig,
      rules: builtinRules,
      rulesVersion: rulesVersion(builtinRules),
      createdAt: '2000-01-01T00:00:00.000Z',
    });
    const labels: Label[] = [];
    for await (const label of store.select()) labels.push(label);
    return { labels, result: result as CaptureResult };
  } finally {
    await store.close();
  }
}

/** What a golden file holds of a label: what it says, without versions that change for other reasons. */
function golden(labels: Label[]): string {
  const shown = labels.map(({ tool_version, rules_version, quality_version, context, quality, ...label }) => label);
  return `${stringifyJson(shown, 2)}\n`;
}

describe.each(scenarios)('recording %s', (scenario) => {
  it('is a sound capture', async () => {
    expect((await verifyCapture(path.join(root, scenario, 'capture'))).problems).toEqual([]);
  });

  it('gives the accepted cause and culprit, with evidence that the capture holds, as the golden labels say', async () => {
    const info = parse(await readFile(path.join(root, scenario, 'info.yaml'), 'utf8')) as Info;
    const { labels, result } = await replay(scenario);
    expect(result.rejected).toEqual([]);
    expect(result.ruleFailures).toEqual([]);
    const faults = labels.filter((label) => label.type === 'troubleshooting' && label.category !== 'none');
    if (info.healthy === true) {
      expect(faults.filter(({ resource }) => resource.kind !== 'Node').map(({ reason }) => reason)).toEqual([]);
    } else {
      const culprits = [info.culprit].flat();
      const right = labels.filter(
        (label) =>
          info.accepted_reasons.includes(label.reason) &&
          [label.resource, ...label.context.owners].some((ref) =>
            culprits.some(({ kind, name }) => ref.kind === kind && ref.name === name),
          ),
      );
      expect(right.length, labels.map(({ reason }) => reason).join()).toBeGreaterThan(0);
    }
    await expect(golden(labels)).toMatchFileSnapshot(path.join(root, scenario, 'labels.json'));
  });
});

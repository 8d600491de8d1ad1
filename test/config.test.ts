import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { configJsonSchema } from '../src/core/config/schema.ts';
import { defaultConfig, loadConfig, parseConfig } from '../src/core/config.ts';
import type { LabelerError } from '../src/core/errors.ts';

let folder: string;
const workingDirectory = process.cwd();

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'k8s-labeler-config-'));
});

afterEach(async () => {
  process.chdir(workingDirectory);
  await rm(folder, { recursive: true });
});

function problemsOf(text: string): string {
  try {
    parseConfig(text, 'k8s-labeler.yaml');
  } catch (error) {
    const { code, exitCode, message } = error as LabelerError;
    expect({ code, exitCode }).toEqual({ code: 'CONFIG_INVALID', exitCode: 2 });
    return message;
  }
  return 'valid';
}

describe('loading', () => {
  it('takes the defaults when there is no file', async () => {
    process.chdir(folder);
    expect(await loadConfig()).toEqual(defaultConfig);
  });

  it('reads ./k8s-labeler.yaml when no file is named', async () => {
    await writeFile(path.join(folder, 'k8s-labeler.yaml'), 'store: {path: labels.duckdb}\n');
    process.chdir(folder);
    expect((await loadConfig()).store.path).toBe('labels.duckdb');
  });

  it('says so when a named file does not exist or cannot be read', async () => {
    await expect(loadConfig(path.join(folder, 'no.yaml'))).rejects.toMatchObject({ code: 'CONFIG_NOT_FOUND', exitCode: 2 });
    await expect(loadConfig(folder)).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE', exitCode: 2 });
  });

  it('keeps the defaults of everything that a file leaves out', () => {
    const config = parseConfig('rules:\n  disabled: [OOM-1]\n  podCrash:\n    timeWindow: 1h30m\n', 'x.yaml');
    expect(config.rules.podCrash).toEqual({ crashThreshold: 3, timeWindowSeconds: 5400 });
    expect(config.rules.disabled).toEqual(['OOM-1']);
    expect({ ...config, rules: defaultConfig.rules }).toEqual(defaultConfig);
  });

  it.each(['', '# nothing yet\n', '---\n'])('an empty file means the defaults (%j)', (text) => {
    expect(parseConfig(text, 'x.yaml')).toEqual(defaultConfig);
  });
});

describe('a wrong file', () => {
  it('is told all its problems at once, in the order of the lines, each with field, expected and found', () => {
    const text = [
      'aggregator:',
      '  windowSecond: 3',
      '  maxSignals: many',
      'abstain: {minConfidence: 2}',
      'rule: {}',
      'rules:',
      '  podCrash: {timeWindow: 10 minutes, crashThreshold: 1.5}',
      '  disabled: [1]',
      'store: here',
      '',
    ].join('\n');
    expect(problemsOf(text)).toMatchInlineSnapshot(`
      "8 problems in the configuration
      k8s-labeler.yaml:2:3: aggregator.windowSecond: unknown field, did you mean windowSeconds?
      k8s-labeler.yaml:3:15: aggregator.maxSignals: expected number, found text "many"
      k8s-labeler.yaml:4:26: abstain.minConfidence: expected number to be <=1, found 2
      k8s-labeler.yaml:5:1: rule: unknown field, did you mean rules?
      k8s-labeler.yaml:7:26: rules.podCrash.timeWindow: expected a duration above zero such as 90s, 10m or 1h30m, found text "10 minutes"
      k8s-labeler.yaml:7:54: rules.podCrash.crashThreshold: expected a whole number, found 1.5
      k8s-labeler.yaml:8:14: rules.disabled[0]: expected text, found 1
      k8s-labeler.yaml:9:8: store: expected a mapping, found text "here""
    `);
  });

  it.each([
    ['rules: [', 'k8s-labeler.yaml:1:9: '],
    ['store: {}\nstore: {}', 'k8s-labeler.yaml:2:1: Map keys must be unique'],
    ['- 1', 'k8s-labeler.yaml:1:1: the file: expected a mapping, found a list'],
    ['rules:\n  podCrash:\n', 'k8s-labeler.yaml:2:12: rules.podCrash: expected a mapping, found null'],
    ['"\\u001b[31m": 1', 'k8s-labeler.yaml:1:1: \\x1b[31m: unknown field'],
    ['quality: {weights: {evidenceQuality: 0, consistency: 0, completeness: 0, relevance: 0}}', 'at least one weight above zero'],
    [`a: &a [1]\nb: [${'*a, '.repeat(200)}]`, 'k8s-labeler.yaml:1:1: Excessive alias count'],
  ])('%j is refused with its place', (text, message) => {
    expect(problemsOf(text)).toContain(message);
  });
});

describe('the published JSON Schema', () => {
  it('is up to date', async () => {
    await expect(`${JSON.stringify(configJsonSchema(), null, 2)}\n`).toMatchFileSnapshot('../schemas/config.schema.json');
  });

  it('accepts the documented example and refuses what the tool refuses', () => {
    const validate = new Ajv2020({ strict: false }).compile(configJsonSchema());
    expect(validate(parse('rules: {podCrash: {timeWindow: 10m}}'))).toBe(true);
    expect(validate({})).toBe(true);
    for (const wrong of [{ store: 'x' }, { nope: 1 }, { abstain: { minConfidence: 2 } }, { rules: { podCrash: { timeWindow: '10' } } }]) {
      expect(validate(wrong)).toBe(false);
      expect(() => parseConfig(JSON.stringify(wrong), 'x.json')).toThrow();
    }
  });
});

describe('docs/configuration.md', () => {
  it('shows an example that says exactly the defaults', async () => {
    const page = await readFile(new URL('../docs/configuration.md', import.meta.url), 'utf8');
    const example = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
    expect(parseConfig(example, 'docs/configuration.md')).toEqual(defaultConfig);
    const fields = (value: unknown, prefix = ''): string[] =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.entries(value).flatMap(([key, item]) => fields(item, `${prefix}.${key}`))
        : [prefix];
    expect(
      fields(parse(example))
        .map((field) => field.replace(/Seconds$/, ''))
        .sort(),
    ).toEqual(
      fields(defaultConfig)
        .map((field) => field.replace(/Seconds$/, ''))
        .sort(),
    );
  });
});

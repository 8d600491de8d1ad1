import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { impureUses, packageOf, root, type SourceFile, sourceFile, sourceFiles } from './source.ts';

/** Folder (or file) of src → what it may import: paths below src, `node:`, packages by name, `*` for any package. The first match counts. */
type Zone = { of: RegExp; mayImport: (RegExp | string)[] };

const vocabulary = [/^core\/model\//, /^core\/errors\.ts$/, /^core\/version\.ts$/];
const anyPackage = ['node:', '*'];

const zones: Zone[] = [
  // Deterministic ids are hashes; hashing is a computation, not input or output.
  { of: /^core\/model\/uuid\.ts$/, mayImport: ['node:crypto'] },
  { of: /^core\/(?:model\/|errors\.ts)/, mayImport: [/^core\/model\//, /^core\/errors\.ts$/, 'lossless-json'] },
  { of: /^core\/version\.ts/, mayImport: ['node:'] },
  { of: /^core\/config(?:\/|\.ts)/, mayImport: [...vocabulary, /^core\/config\//, 'node:', 'zod', 'yaml'] },
  { of: /^core\/rules\//, mayImport: [/^core\/rules\//, /^core\/model\//, /^core\/state\//, /^core\/analysis\/logs\/signatures\.ts$/] },
  { of: /^core\/analysis\//, mayImport: [...vocabulary, /^core\/analysis\//, /^core\/state\//, /^core\/rules\/rule\.ts$/] },
  { of: /^core\/cluster\//, mayImport: [...vocabulary, /^core\/cluster\//, /^core\/masking\//, ...anyPackage] },
  { of: /^core\/(?:server|replay)\//, mayImport: [...vocabulary, /^core\/(?:server|replay|store|export|capture|state)\//, ...anyPackage] },
  { of: /^core\/packs\//, mayImport: [...vocabulary, /^core\/packs\//, /^core\/rules\//, /^core\/state\//, ...anyPackage] },
  ...[
    'capture',
    'importers',
    'masking',
    'store',
    'export',
    'quality',
    'labels',
    'state',
    'telemetry',
    'training',
    'splits',
    'conformance',
    'diff',
  ].map((stage) => ({
    of: new RegExp(`^core/${stage}/`),
    mayImport: [...vocabulary, new RegExp(`^core/${stage}/`), ...anyPackage],
  })),
  // Main flows: core/generate.ts and its like, which join the stages; those of datasets and of the report have their parts in a folder.
  { of: /^core\/(?:(?:dataset|report)\/)?[^/]+\.ts$/, mayImport: [/^core\//, ...anyPackage] },
  { of: /^[a-z]+-flags\.ts$/, mayImport: [/^core\//, /^rule-flags\.ts$/, ...anyPackage, '@oclif/core'] },
  {
    of: /^commands\//,
    mayImport: [/^base-command\.ts$/, /^[a-z]+-flags\.ts$/, /^core\//, /^render\//, /^terminal\/output\.ts$/, ...anyPackage, '@oclif/core'],
  },
  { of: /^render\//, mayImport: [/^render\//, /^core\//, ...anyPackage] },
  { of: /^terminal\//, mayImport: [/^terminal\//, /^render\/(?:text|progress)\.ts$/, ...vocabulary, ...anyPackage, '@oclif/core'] },
  { of: /^base-command\.ts$/, mayImport: [/^terminal\//, /^render\/progress\.ts$/, /^core\//, ...anyPackage, '@oclif/core'] },
];

const files = sourceFiles('src');
const manifest = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as {
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
};

function violations(file: SourceFile): string[] {
  const name = file.path.replace(/^src\//, '');
  const zone = zones.find(({ of }) => of.test(name));
  if (zone === undefined) return [`${file.path}: belongs to no folder of the architecture`];
  return file.imports
    .filter((item) => !zone.mayImport.some((allowed) => allows(allowed, item)))
    .map((item) => `${file.path}:${item.line}: may not import ${item.specifier}`);
}

function allows(allowed: RegExp | string, { relative, target, specifier }: SourceFile['imports'][number]): boolean {
  if (relative) return allowed instanceof RegExp && target.startsWith('src/') && allowed.test(target.slice('src/'.length));
  if (specifier === '*') return false;
  const name = packageOf(specifier);
  return allowed === '*' ? name !== '@oclif/core' && name !== 'node:' : allowed === name || allowed === specifier;
}

describe('imports', () => {
  it('follow the table of who may import whom', () => {
    expect(files.flatMap(violations)).toEqual([]);
  });

  it('of packages are of runtime dependencies only, and of optional peers where they are needed', () => {
    const foreign = files.flatMap((file) =>
      file.imports
        .filter((item) => !item.relative && !item.type && packageOf(item.specifier) !== 'node:')
        .filter((item) => !(packageOf(item.specifier) in manifest.dependencies))
        .filter((item) => !(item.dynamic && packageOf(item.specifier) in manifest.peerDependencies))
        .map((item) => `${file.path}:${item.line}: ${item.specifier}`),
    );
    expect(foreign).toEqual([]);
  });

  it('carry the extension .ts, so that the sources run as they are', () => {
    const bare = files.flatMap((file) =>
      file.imports.filter((item) => item.relative && !/\.(ts|json)$/.test(item.target)).map((item) => `${file.path}:${item.line}`),
    );
    expect(bare).toEqual([]);
  });

  it('of heavy packages happen only when a command runs', () => {
    const heavy = new Set(['@duckdb/node-api', '@huggingface/jinja', 'yaml', 'zod', 'csv-parse', 'csv-stringify']);
    const byPath = new Map(files.map((file) => [file.path, file]));
    const loaded = files
      .filter((file) => /^src\/(?:commands\/|base-command)/.test(file.path))
      .flatMap((file) => chainsTo(heavy, file, byPath).map((chain) => chain.join(' → ')));
    expect(loaded).toEqual([]);
  });
});

/** Chains of static imports from a file to one of the packages. */
function chainsTo(packages: ReadonlySet<string>, start: SourceFile, byPath: ReadonlyMap<string, SourceFile>): string[][] {
  const seen = new Set<string>();
  const follow = (file: SourceFile, chain: string[]): string[][] => {
    if (seen.has(file.path)) return [];
    seen.add(file.path);
    return file.imports
      .filter((item) => !item.type && !item.dynamic)
      .flatMap((item) => {
        const next = byPath.get(item.target);
        if (next) return follow(next, [...chain, next.path]);
        return packages.has(packageOf(item.specifier)) ? [[...chain, item.specifier]] : [];
      });
  };
  return follow(start, [start.path]);
}

const clock = ['Date.now', 'new Date()', 'Date()', 'performance.now', 'process.hrtime'];
const randomness = [
  'Math.random',
  'randomUUID()',
  'randomBytes()',
  'randomInt()',
  'crypto.randomUUID',
  'crypto.randomBytes',
  'crypto.getRandomValues',
];
const terminal = ['console', 'process.argv', 'process.stdout', 'process.stderr', 'process.stdin', 'process.exit', 'process.exitCode'];

describe('core', () => {
  const core = files.filter((file) => file.path.startsWith('src/core/'));
  const uses = (among: SourceFile[], forbidden: string[]) =>
    among.flatMap((file) => impureUses(file, new Set(forbidden)).map((use) => `${file.path}:${use}`));

  it('knows the time and randomness only where records are made and where labels are inserted', () => {
    const pure = core.filter((file) => !/^src\/core\/(?:cluster|store)\//.test(file.path));
    expect(uses(pure, [...clock, ...randomness])).toEqual([]);
  });

  it('neither prints, nor reads arguments, nor ends the process', () => {
    expect(uses(core, terminal)).toEqual([]);
  });
});

describe('this test', () => {
  const wrong = (path: string, text: string) => violations(sourceFile(path, text)).length;

  it.each([
    ['src/core/rules/OOM-1/rule.ts', "import fs from 'node:fs';"],
    ['src/core/rules/OOM-1/rule.ts', "import { z } from 'zod';"],
    ['src/core/rules/OOM-1/rule.ts', "import type { A } from '../../analysis/aggregate.ts';"],
    ['src/core/quality/score.ts', "export { a } from '../store/store.ts';"],
    ['src/core/quality/score.ts', "const { a } = await import('../store/store.ts');"],
    ['src/core/quality/score.ts', "type A = import('../store/store.ts').A;"],
    ['src/core/quality/score.ts', 'const a = await import(name);'],
    ['src/core/quality/score.ts', "import { a } from '../generate.ts';"],
    ['src/core/generate.ts', "import { Command } from '@oclif/core';"],
    ['src/core/model/label.ts', "import { a } from '../state/state.ts';"],
    ['src/core/analysis/rank.ts', "import { all } from '../rules/all.ts';"],
    ['src/commands/generate.ts', "import other from './export.ts';"],
    ['src/core/somewhere/new.ts', ''],
  ])('finds %s: %s', (path, text) => {
    expect(wrong(path, text)).toBe(1);
  });

  it.each([
    [
      'src/core/rules/OOM-1/rule.ts',
      "import { a } from '../rule.ts'; import type { L } from '../../model/label.ts'; import { s } from '../../state/lookups.ts';",
    ],
    [
      'src/core/store/duckdb.ts',
      "import { a } from './store.ts'; import { b } from '../errors.ts'; const d = await import('@duckdb/node-api');",
    ],
    ['src/core/generate.ts', "import { a } from './capture/read.ts'; import { b } from './store/open.ts';"],
    [
      'src/commands/capture/info.ts',
      "import { BaseCommand } from '../../base-command.ts'; import { Args } from '@oclif/core'; import('../../core/capture/read.ts');",
    ],
  ])('accepts %s: %s', (path, text) => {
    expect(wrong(path, text)).toBe(0);
  });

  it('finds the clock and the console, but not in comments and texts', () => {
    const file = sourceFile(
      'src/core/a.ts',
      'const a = Date.now(); const b = new Date(); const c = new Date(5); console.log(a); // Date.now()\nconst d = "Math.random()";',
    );
    expect(impureUses(file, new Set([...clock, ...randomness, ...terminal]))).toEqual(['1: Date.now', '1: new Date()', '1: console']);
  });
});

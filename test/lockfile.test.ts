import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';

type Lock = { packages: Record<string, { version?: string; resolved?: string; integrity?: string; link?: boolean }> };

const read = (path: string) => readFile(new URL(`../${path}`, import.meta.url), 'utf8');
const manifest = JSON.parse(await read('package.json')) as {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
};
const lockText = await read('package-lock.json');
const lock = JSON.parse(lockText) as Lock;
const reasons = await read('docs/dependencies.md');

const platforms = [
  'darwin-arm64',
  'darwin-x64',
  'linux-arm64',
  'linux-arm64-musl',
  'linux-x64',
  'linux-x64-musl',
  'win32-arm64',
  'win32-x64',
];

describe('the lock file', () => {
  it.each(platforms)('has the DuckDB binary of %s in exactly the pinned version', (platform) => {
    expect(lock.packages[`node_modules/@duckdb/node-bindings-${platform}`]?.version).toBe(manifest.dependencies['@duckdb/node-api']);
  });

  it('pins exactly what is not published for all platforms in its newest version', () => {
    for (const name of ['@duckdb/node-api', '@biomejs/biome']) {
      expect({ ...manifest.dependencies, ...manifest.devDependencies }[name]).toMatch(/^\d+\.\d+\.\d+(-r\.\d+)?$/);
    }
  });

  it('names no host: packages come from the registry that is configured where it is installed', () => {
    expect(Object.entries(lock.packages).filter(([, { resolved = '' }]) => resolved.includes('://'))).toEqual([]);
    expect(lockText).not.toMatch(/"resolved": "(https?|git)/);
  });

  it('has a checksum for every package', () => {
    const without = Object.entries(lock.packages).filter(([path, entry]) => path !== '' && !entry.link && !entry.integrity);
    expect(without.map(([path]) => path)).toEqual([]);
  });

  it('agrees with package.json', () => {
    expect(lock.packages['']).toMatchObject({ dependencies: manifest.dependencies, devDependencies: manifest.devDependencies });
  });
});

describe('docs/dependencies.md', () => {
  const explained = [...reasons.matchAll(/^\| `([^`]+)` \| (.+) \|$/gm)]
    .filter((match) => (match[2] ?? '').trim().length > 20)
    .map((match) => match[1]);

  it('gives a reason for every runtime dependency and for no other package', () => {
    expect(explained.sort()).toEqual(Object.keys(manifest.dependencies).sort());
  });
});

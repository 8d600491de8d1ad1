import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { toolVersion } from '../src/core/version.ts';
import { root, sourceFiles } from './source.ts';

const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const manifest = JSON.parse(read('package.json')) as Record<string, never> & {
  scripts: Record<string, string>;
  files: string[];
  license: string;
};
const files = sourceFiles('src');

describe('the package', () => {
  it('carries its licence, and a changelog that knows its version', () => {
    expect(manifest.license).toBe('Apache-2.0');
    expect(read('LICENSE')).toContain('Apache License');
    expect(read('CHANGELOG.md')).toMatch(new RegExp(`^## (?:${toolVersion.replaceAll('.', '\\.')}|Unreleased)`, 'm'));
  });

  it('ships what its commands need at run time', () => {
    expect(manifest.files).toEqual(expect.arrayContaining(['bin/run.js', 'dist', 'recordings', 'schemas', 'oclif.manifest.json']));
  });

  it('runs scripts that exist', () => {
    const named = Object.values(manifest.scripts).flatMap((script) => script.match(/\b(?:scripts|bin|test)\/[\w./-]+\.(?:ts|js)\b/g) ?? []);
    expect(named.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
  });
});

describe('docs', () => {
  const pages = readdirSync(path.join(root, 'docs')).filter((name) => name.endsWith('.md') && name !== 'README.md');

  it('are all listed in docs/README.md', () => {
    const index = read('docs/README.md');
    expect(pages.filter((page) => !index.includes(`(${page})`))).toEqual([]);
  });

  it('link only to files that exist', () => {
    const all = ['CONTRIBUTING.md', 'CHANGELOG.md', 'docs/README.md', ...pages.map((page) => `docs/${page}`)];
    const broken = all.flatMap((page) =>
      [...read(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
        .map((match) => match[1] ?? '')
        .filter((target) => !existsSync(path.join(root, path.dirname(page), target)))
        .map((target) => `${page}: ${target}`),
    );
    expect(broken).toEqual([]);
  });
});

describe('the sources', () => {
  it('keep to the sizes: no file over 300 lines, no command over 90', () => {
    const long = files.filter(({ path: file, text }) => text.split('\n').length > (file.startsWith('src/commands/') ? 91 : 301));
    expect(long.map(({ path: file, text }) => `${file}: ${text.split('\n').length - 1}`)).toEqual([]);
  });

  it('leave nothing for later', () => {
    expect(files.filter(({ text }) => /\b(?:TODO|FIXME|XXX|HACK)\b/.test(text)).map((file) => file.path)).toEqual([]);
  });

  it('are named after what they are, not after their role in a program', () => {
    const banned = /(?:^|[./-])(?:utils?|helpers?|common|misc)(?:[./-]|$)/i;
    expect(files.map((file) => file.path).filter((file) => banned.test(file))).toEqual([]);
    const symbols = files.flatMap((file) => exportedNames(file.tree).map((name) => `${file.path}: ${name}`));
    expect(symbols.filter((symbol) => /(?:Utils?|Helpers?|Manager|Factory|Impl)$/.test(symbol))).toEqual([]);
  });

  it('say of every exported function what it yields', () => {
    const bare = files
      .filter((file) => file.path.startsWith('src/core/'))
      .flatMap((file) =>
        file.tree.statements.filter((item) => ts.isFunctionDeclaration(item) && isExported(item)).map((item) => ({ file, item })),
      )
      .filter(({ item }) => ts.getJSDocCommentsAndTags(item).length === 0 && !isOverload(item));
    expect(bare.map(({ file, item }) => `${file.path}: ${(item as ts.FunctionDeclaration).name?.text ?? 'default'}`)).toEqual([]);
  });
});

function isOverload(node: ts.Node): boolean {
  return ts.isFunctionDeclaration(node) && node.body === undefined;
}

function isExported(node: ts.Statement): boolean {
  return ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword);
}

function exportedNames(tree: ts.SourceFile): string[] {
  return tree.statements.filter(isExported).flatMap((item) => {
    if (ts.isVariableStatement(item)) return item.declarationList.declarations.map((declaration) => declaration.name.getText());
    return 'name' in item && item.name ? [(item.name as ts.Identifier).text] : [];
  });
}

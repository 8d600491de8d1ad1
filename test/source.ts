import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

/** One import of a source file. `target` is a path from the repository root for relative ones, else the package or `node:` module. */
export type SourceImport = { specifier: string; target: string; relative: boolean; type: boolean; dynamic: boolean; line: number };

export type SourceFile = { path: string; text: string; imports: SourceImport[]; tree: ts.SourceFile };

export const root = path.resolve(import.meta.dirname, '..');

/** All TypeScript files below a folder, parsed, by path from the repository root. */
export function sourceFiles(folder: string): SourceFile[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .map((name) =>
      sourceFile(path.posix.join(folder, name.split(path.sep).join('/')), readFileSync(path.join(root, folder, name), 'utf8')),
    );
}

/** One parsed file; `dynamic` imports of computed names get the specifier `*`. */
export function sourceFile(file: string, text: string): SourceFile {
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const imports: SourceImport[] = [];
  const add = (node: ts.Node, specifier: string, kind: { type?: boolean; dynamic?: boolean }) => {
    const relative = specifier.startsWith('.');
    const target = relative ? path.posix.join(path.posix.dirname(file), specifier) : specifier;
    const line = tree.getLineAndCharacterOfPosition(node.getStart()).line + 1;
    imports.push({ specifier, target, relative, type: false, dynamic: false, ...kind, line });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      add(node, node.moduleSpecifier.text, { type: node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword });
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
      add(node, node.moduleSpecifier.text, { type: node.isTypeOnly });
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) && ts.isStringLiteral(node.argument.literal)) {
      add(node, node.argument.literal.text, { type: true });
    } else if (
      ts.isCallExpression(node) &&
      (node.expression.kind === ts.SyntaxKind.ImportKeyword || node.expression.getText() === 'require')
    ) {
      const [name] = node.arguments;
      add(node, name && ts.isStringLiteralLike(name) ? name.text : '*', { dynamic: true });
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return { path: file, text, imports, tree };
}

/** The package of an import: `@a/b` of `@a/b/c`, `node:` for Node.js modules. */
export function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return 'node:';
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Uses of the clock, randomness, the console and the process's own streams, as `line: what`. */
export function impureUses(file: SourceFile, forbidden: ReadonlySet<string>): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const what = useOf(node);
    if (what !== undefined && forbidden.has(what))
      found.push(`${file.tree.getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${what}`);
    ts.forEachChild(node, visit);
  };
  visit(file.tree);
  return found;
}

function useOf(node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node)) {
    const text = node.getText();
    return /^console\./.test(text) ? 'console' : text;
  }
  if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && !node.arguments?.length) return 'new Date()';
  if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) return `${node.expression.text}()`;
  return undefined;
}

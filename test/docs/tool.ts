import { existsSync, readdirSync, statSync } from 'node:fs';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { root } from '../source.ts';

const sources = () => readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));

/** The script that runs the sources as they are: bin/run.js where its build is newer than all of them, else that of a build below `base`. */
export async function builtTool(base: string): Promise<string> {
  const changed = Math.max(...sources().map((name) => statSync(join(root, 'src', name)).mtimeMs));
  const built = ['dist/base-command.js', 'oclif.manifest.json'].map((file) => join(root, file));
  if (built.every((file) => existsSync(file) && statSync(file).mtimeMs > changed)) return join(root, 'bin/run.js');
  return transpiled(join(base, 'tool'));
}

/** Does what `npm run build` does, but checks no types. */
async function transpiled(directory: string): Promise<string> {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson({ ...config.compilerOptions, noEmit: false }, root);
  // One file at a time, the compiler does not see package.json, which says that these are ES modules.
  const compilerOptions = { ...options, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler };
  await mkdir(directory);
  for (const name of ['node_modules', 'recordings', 'schemas', 'templates']) await symlink(join(root, name), join(directory, name));
  for (const name of ['package.json', 'bin']) await cp(join(root, name), join(directory, name), { recursive: true });
  for (const name of sources()) {
    const text = await readFile(join(root, 'src', name), 'utf8');
    const to = join(directory, 'dist', name.replace(/\.ts$/, '.js'));
    await mkdir(dirname(to), { recursive: true });
    await writeFile(to, ts.transpileModule(text, { compilerOptions }).outputText);
  }
  return join(directory, 'bin/run.js');
}

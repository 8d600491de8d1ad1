import { accessSync, constants } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { openCapture, openManifest, readCapture } from '../../src/core/capture/index.ts';
import { systemClock } from '../../src/core/cluster/clock.ts';
import type { RecordDraft } from '../../src/core/model/capture.ts';
import { parseJson, stringifyJson } from '../../src/core/model/json.ts';
import { serveCapture } from '../../src/core/replay/serve.ts';
import { root } from '../source.ts';
import { builtTool } from './tool.ts';

/** Programs that the documentation names and that its tests do not run, and why. */
export const notRun: Record<string, string> = {
  npm: 'installs and builds; CI does both before it tests',
  pip: 'Python is outside of this repository',
  python: 'Python is outside of this repository',
  hf: 'uploads to the Hugging Face Hub',
  git: 'a reader has this repository already',
  './deploy.sh': 'the script of a reader',
  './e2e.sh': 'the script of a reader',
  kubectl: 'where it would write to the cluster, and all of it on machines that have none',
  review: 'only on machines without script(1), which gives it a terminal',
};

/** Programs of the machine that a reader's shell is expected to have. */
const programs =
  'awk basename bash cat cp cut date dirname env find grep gzip head ls mkdir mktemp mv node rm sed seq sh sleep sort tail tar timeout uniq wc zcat';

/** A place where documentation is followed: `fresh` is an empty folder, `prepared` one that has what the pages name. */
export type Workspace = {
  fresh: () => Promise<string>;
  prepared: () => Promise<string>;
  env: NodeJS.ProcessEnv;
  close: () => Promise<void>;
};

/** Sets up shims, a served cluster with a crashing workload in namespace `shop`, and the template of prepared folders. */
export async function openWorkspace(prepare: (directory: string, env: NodeJS.ProcessEnv) => Promise<void>): Promise<Workspace> {
  const base = await mkdtemp(join(tmpdir(), 'k8s-labeler-docs-'));
  const path = await shimPath(base);
  const captures = join(base, 'captures');
  await moveRecording('oomkilled-leak', 'inventory', join(captures, 'shop'));
  await moveRecording('image-bad-tag', 'checkout', join(captures, 'prod'));
  const servers = await Promise.all(
    ['shop', 'prod'].map((name) =>
      serveCapture(join(captures, name), { port: 0, moment: { type: 'at', at: 'end' }, clock: systemClock() }),
    ),
  );
  const kubeconfig = join(base, 'kubeconfig');
  await writeFile(kubeconfig, kubeconfigOf(servers.map(({ url }) => url)));
  const env = { ...environment(base, path, kubeconfig), DOCS_TOOL: await builtTool(base) };
  const template = join(base, 'template');
  await mkdir(template);
  await cp(captures, join(template, 'captures'), { recursive: true });
  const close = async () => {
    await Promise.all(servers.map((server) => server.close()));
    await rm(base, { recursive: true, force: true });
  };
  await prepare(template, env).catch(async (error) => {
    await close();
    throw error;
  });
  let folders = 0;
  const folder = async (from?: string) => {
    const directory = join(base, `work-${++folders}`);
    if (from === undefined) await mkdir(directory);
    else await cp(from, directory, { recursive: true });
    await Promise.all(['examples', 'recordings', 'schemas'].map((name) => symlink(join(root, name), join(directory, name))));
    for (const name of ['deploy.sh', 'e2e.sh']) await cp(join(base, 'bin', 'not-run'), join(directory, name));
    return directory;
  };
  return {
    fresh: () => folder(),
    prepared: () => folder(template),
    env,
    close,
  };
}

/** A folder that alone is the PATH of readers: the tool, stand-ins, and the few programs that are expected. */
async function shimPath(base: string): Promise<string> {
  const bin = join(base, 'bin');
  await cp(join(import.meta.dirname, 'shims'), bin, { recursive: true });
  for (const name of [...programs.split(' '), 'jq']) {
    const file = programFile(name);
    if (file !== undefined) await symlink(file, join(bin, name));
    else if (name === 'jq') await writeFile(join(bin, name), '#!/bin/sh\nexec cat\n').then(() => chmod(join(bin, name), 0o755));
  }
  for (const name of Object.keys(notRun)) await cp(join(bin, 'not-run'), join(bin, name), { force: false });
  return bin;
}

/** The path of a program on this machine, or undefined. */
function programFile(name: string): string | undefined {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((directory) => join(directory, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

function environment(base: string, path: string, kubeconfig: string): NodeJS.ProcessEnv {
  const home = join(base, 'home');
  return {
    PATH: path,
    HOME: home,
    XDG_STATE_HOME: join(home, 'state'),
    XDG_CACHE_HOME: join(home, 'cache'),
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_DATA_HOME: join(home, 'data'),
    TMPDIR: tmpdir(),
    USER: 'ada',
    LANG: 'C.UTF-8',
    TERM: 'xterm',
    KUBECONFIG: kubeconfig,
    GITHUB_RUN_ID: '1',
    DOCS_SUPPORT: import.meta.dirname,
    DOCS_KUBECTL: programFile('kubectl') ?? '',
    DOCS_SCRIPT: programFile('script') ?? '',
    DOCS_NOT_RUN: join(base, 'not-run.log'),
    DOCS_ANSWERS: 'aq',
  };
}

/** A bundled recording as one of a shop: its namespace becomes `shop`, its workload `cart`. */
async function moveRecording(name: string, workload: string, to: string): Promise<void> {
  const from = join(root, 'recordings', name, 'capture');
  const moved = <T>(value: T) =>
    parseJson(
      stringifyJson(value)
        .replaceAll(/case-\d+/g, 'shop')
        .replaceAll(workload, 'cart'),
    ) as T;
  const { source, clusters, createdAt, coverage, streams, strippedFields } = await openManifest(from);
  const writer = await openCapture(to, { source, clusters, createdAt, tool: 'test' });
  for await (const { seq: _, ...record } of readCapture(from)) await writer.write(moved(record) as RecordDraft);
  writer.setManifest(moved({ coverage, streams, strippedFields }));
  await writer.close();
}

function kubeconfigOf(urls: string[]): string {
  const contexts = { 'prod-eu': 0, 'prod-us': 1 };
  const entries = Object.entries(contexts);
  return `apiVersion: v1
kind: Config
clusters:
${entries.map(([name, index]) => `  - { name: ${name}, cluster: { server: "${urls[index]}" } }`).join('\n')}
users: [{ name: reader, user: {} }]
contexts:
${entries.map(([name]) => `  - { name: ${name}, context: { cluster: ${name}, user: reader } }`).join('\n')}
current-context: prod-eu
`;
}

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readDump } from './dump.ts';
import type { DumpLayout } from './dump-layout.ts';
import type { Importer } from './importer.ts';
import { ownerOf } from './logs.ts';

/** Logs of `oc adm inspect`: …/namespaces/<namespace>/pods/<pod>/<container>/<container>/logs/{current,previous}[.insecure].log */
const layout: DumpLayout = {
  logOwner: (parts) => {
    const [file = '', logs, inner, container = '', pod = '', pods, namespace = '', namespaces] = parts.toReversed();
    const name = /^(current|previous)(?:\.insecure)?\.log$/.exec(file)?.[1];
    if (name === undefined || logs !== 'logs' || inner !== container || pods !== 'pods' || namespaces !== 'namespaces') return undefined;
    return ownerOf({ namespace, pod, container, previous: name === 'previous' });
  },
};

/** A folder of `oc adm must-gather` or `oc adm inspect`, or one that holds such folders: one per image that gathered. */
export const mustGather: Importer = {
  title: 'must-gather folders of oc adm must-gather or oc adm inspect, with their pod logs',
  detect: async (path) => isGathered(path) || foldersOf(path).some((folder) => isGathered(folder)),
  read: (paths, options, report) => readDump(paths, options, report, layout),
};

function isGathered(path: string): boolean {
  const names = foldersOf(path);
  if (names.includes(join(path, 'cluster-scoped-resources'))) return true;
  if (!names.includes(join(path, 'namespaces'))) return false;
  return foldersOf(join(path, 'namespaces')).some((namespace) => foldersOf(namespace).some((folder) => /[/\\](?:core|pods)$/.test(folder)));
}

/** The folders right inside a folder, sorted; none for a file. */
function foldersOf(path: string): string[] {
  if (!statSync(path).isDirectory()) return [];
  const folders = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.map(({ name }) => join(path, name)).sort();
}

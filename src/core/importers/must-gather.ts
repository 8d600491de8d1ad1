import { join } from 'node:path';
import { readDump } from './dump.ts';
import type { DumpLayout } from './dump-layout.ts';
import { foldersIn } from './files.ts';
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
  ignored: (parts) => (parts.includes('audit_logs') ? 'file of audit_logs (name it as a path of its own to read it)' : undefined),
};

/** A folder of `oc adm must-gather` or `oc adm inspect`, or one that holds such folders: one per image that gathered. */
export const mustGather: Importer = {
  title: 'must-gather folders of oc adm must-gather or oc adm inspect, with their pod logs',
  detect: async (path) => isGathered(path) || foldersIn(path).some((folder) => isGathered(join(path, folder))),
  read: (paths, options, report) => readDump(paths, options, report, layout),
};

function isGathered(path: string): boolean {
  const names = foldersIn(path);
  if (names.includes('cluster-scoped-resources')) return true;
  if (!names.includes('namespaces')) return false;
  const namespaces = join(path, 'namespaces');
  return foldersIn(namespaces).some((namespace) =>
    foldersIn(join(namespaces, namespace)).some((folder) => ['core', 'pods'].includes(folder)),
  );
}

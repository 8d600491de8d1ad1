import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatOf } from '../../../src/core/importers/formats.ts';
import { fixtures, folder, of, pod, read, timeline } from './folder.ts';

const logLines = (records: Awaited<ReturnType<typeof read>>['records']) =>
  of(records, 'log').map(({ at, line }) => {
    const { namespace, pod: name, container, previous, message } = line;
    return `${at.slice(11, 19)} ${namespace}/${name}/${container}${previous === true ? ' (previous)' : ''}: ${message}`;
  });

describe('a must-gather folder', () => {
  const path = join(fixtures, 'must-gather');

  it('is known by its folders, from above, from inside, and as oc adm inspect makes it', async () => {
    const inspect = folder({ 'namespaces/shop/core/pods.yaml': '' });
    const inside = join(path, readdirSync(path)[0] as string);
    expect(await Promise.all([path, inside, inspect].map((one) => formatOf(one)))).toEqual(Array(3).fill('must-gather'));
    expect(await formatOf(folder({ 'namespaces/shop.yaml': '' }))).toBe('dump');
  });

  it('gives Lists and single objects once, and logs with their container, the previous one first', async () => {
    const { records, report } = await read('must-gather', path);
    expect(timeline(records)).toEqual([
      'ADDED Event/cart-1.18a 10:04:40',
      'ADDED Node/node-1 10:06:00',
      'ADDED Pod/cart-1 10:06:00',
      'ADDED Secret/cart-db 10:06:00',
    ]);
    expect(logLines(records)).toEqual([
      '10:04:29 shop/cart-1/app (previous): fatal: cannot reach db:5432',
      '10:05:00 shop/cart-1/app: started',
      '10:06:00 shop/cart-1/app: serving',
    ]);
    expect(report.skipped).toEqual([]);
    expect(report.ignored).toEqual({ 'object found before': 1, 'file that is neither JSON, YAML nor a pod log': 3 });
    expect(report.coverage.map(({ kind, namespaces }) => [kind, namespaces])).toEqual([
      ['Event', ['shop']],
      ['Pod', ['shop']],
      ['Secret', ['shop']],
    ]);
  });

  it('reads logs of pods that were not gathered', async () => {
    const root = folder({ 'namespaces/shop/pods/gone/app/app/logs/current.insecure.log': '2026-03-01T10:00:00Z bye\n' });
    const { records } = await read('must-gather', root);
    expect(logLines(records)).toEqual(['10:00:00 shop/gone/app: bye']);
  });

  it('counts its audit logs apart: they are read as paths of their own', async () => {
    const files = { 'namespaces/shop/core/pods.yaml': '', 'audit_logs/kube-apiserver/m-0-audit.log': '{}', 'audit_logs/x/m-0.log.gz': 'x' };
    const { report } = await read('must-gather', folder(files));
    expect(report.ignored).toEqual({ 'file of audit_logs (name it as a path of its own to read it)': 2 });
  });

  it('names a torn file and reads the rest', async () => {
    const root = folder({
      'namespaces/shop/core/pods.yaml': 'kind: PodList\nitems:\n- metadata: {name: [\n',
      'cluster-scoped-resources/core/nodes/n.yaml':
        'apiVersion: v1\nkind: Node\nmetadata: {name: n, creationTimestamp: 2026-03-01T10:00:00Z}\n',
    });
    const { records, report } = await read('must-gather', root);
    expect(timeline(records)).toEqual(['ADDED Node/n 10:00:00']);
    expect(report.skipped).toEqual([
      expect.objectContaining({ file: 'namespaces/shop/core/pods.yaml', expected: expect.stringContaining('YAML') }),
    ]);
  });
});

describe('a support bundle', () => {
  const path = join(fixtures, 'support-bundle');

  it('is known by its folder cluster-resources, from above too', async () => {
    const above = folder({ 'support-bundle-1/cluster-resources/nodes.json': '[]' });
    expect([await formatOf(path), await formatOf(above)]).toEqual(['support-bundle', 'support-bundle']);
  });

  it('gives Lists, and the bare arrays of older versions by the folder they lie in', async () => {
    const { records, report } = await read('support-bundle', path);
    expect(timeline(records)).toEqual(['ADDED Event/cart-1.18b 10:04:31', 'ADDED Deployment/cart 10:06:00', 'ADDED Pod/cart-1 10:06:00']);
    expect(of(records, 'resource').map(({ event }) => event.object.apiVersion)).toEqual(['v1', 'apps/v1', 'v1']);
    expect(report.skipped).toEqual([]);
    expect(report.ignored).toEqual({
      'analysis of a support bundle': 1,
      'document without apiVersion, kind and name': 2,
      'error report of a collector': 2,
      'file of a host collector': 1,
    });
  });

  it('gives the logs of cluster-resources, and those of a logs collector, which name no container', async () => {
    expect(logLines((await read('support-bundle', path)).records)).toEqual([
      '10:04:30 shop/cart-1/app (previous): Killed',
      '10:06:00 shop/web-0/nginx (previous): stopping',
      '10:06:00 shop/cart-1/app: serving',
      '10:06:00 shop/web-0/nginx: ready',
    ]);
  });

  it('of an unknown version is refused', async () => {
    const root = folder({
      'version.yaml': 'apiVersion: troubleshoot.sh/v2\nkind: SupportBundle\n',
      'cluster-resources/pods/shop.json': JSON.stringify([pod('cart', 1, '2026-03-01T10:00:00Z')]),
    });
    await expect(read('support-bundle', root)).rejects.toMatchObject({
      code: 'IMPORT_VERSION',
      exitCode: 3,
      message: 'version.yaml: found troubleshoot.sh/v2, expected troubleshoot.sh/v1beta2',
    });
  });
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { ApiClient } from '../../src/core/cluster/api.ts';
import { openClusters } from '../../src/core/cluster/connect.ts';
import type { KubernetesObject } from '../../src/core/model/resource.ts';

/** An API server of a few core resources that sends every object whole, whatever it is asked for. */
export type SmallCluster = {
  url: string;
  /** A kubeconfig for it, as text. */
  kubeconfig: string;
  /** Puts an object there, or changes it, and tells the watches. */
  put(object: KubernetesObject): void;
  /** Forgets every version it has given: open watches end, and resuming them is answered with 410. */
  expire(): void;
  /** Clients of it; they are closed after the tests. */
  clients(): Promise<ApiClient[]>;
};

const kinds = new Map([
  ['pods', 'Pod'],
  ['events', 'Event'],
  ['secrets', 'Secret'],
  ['configmaps', 'ConfigMap'],
  ['namespaces', 'Namespace'],
]);
const closing: (() => void)[] = [];

afterAll(() => {
  for (const close of closing.splice(0)) close();
});

type State = {
  version: number;
  forgotten: number;
  objects: Map<string, KubernetesObject>;
  changes: KubernetesObject[];
  watches: Set<{ resource: string; response: ServerResponse }>;
  logs: string;
};

/** Starts a server on a free port; `logs` is what every container says. */
export async function smallCluster(objects: KubernetesObject[] = [], logs = ''): Promise<SmallCluster> {
  const state: State = { version: 100, forgotten: 0, objects: new Map(), changes: [], watches: new Set(), logs };
  const server = createServer((request, response) => answer(state, new URL(request.url ?? '/', 'http://x'), response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const kubeconfig = kubeconfigOf({ small: url });
  closing.push(() => server.close().closeAllConnections());
  for (const object of objects) put(state, object);
  return {
    url,
    kubeconfig,
    put: (object) => put(state, object),
    expire() {
      state.version += 1;
      state.forgotten = state.version;
      for (const { response } of state.watches) response.end();
    },
    clients: () => clientsOf({ small: url }),
  };
}

/** A kubeconfig whose contexts are named servers; the first is the current one. */
export function kubeconfigOf(servers: { [name: string]: string }): string {
  const names = Object.keys(servers);
  const named = <T>(make: (name: string) => T) => names.map((name) => ({ name, ...make(name) }));
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: named((name) => ({ cluster: { server: servers[name], 'insecure-skip-tls-verify': true } })),
    users: named(() => ({ user: {} })),
    contexts: named((name) => ({ context: { cluster: name, user: name } })),
    'current-context': names[0],
  });
}

/** Clients of named servers, in their order. */
export async function clientsOf(servers: { [name: string]: string }): Promise<ApiClient[]> {
  const dir = await mkdtemp(join(tmpdir(), 'small-cluster-'));
  await writeFile(join(dir, 'config'), kubeconfigOf(servers));
  const clients = await openClusters({ kubeconfig: join(dir, 'config'), contexts: Object.keys(servers) });
  await rm(dir, { recursive: true });
  closing.push(() => {
    for (const client of clients) client.close();
  });
  return clients;
}

function resourceOf({ kind }: KubernetesObject): string {
  return [...kinds].find(([, name]) => name === kind)?.[0] ?? '';
}

function put(state: State, object: KubernetesObject): void {
  state.version += 1;
  const metadata = { uid: `uid-${object.metadata?.name}`, ...object.metadata, resourceVersion: String(state.version) };
  const key = `${object.kind} ${metadata.namespace} ${metadata.name}`;
  const type = state.objects.has(key) ? 'MODIFIED' : 'ADDED';
  const stored = { apiVersion: 'v1', ...object, metadata };
  state.objects.set(key, stored);
  state.changes.push({ type, object: stored });
  for (const { resource, response } of state.watches) if (resource === resourceOf(object)) send(response, { type, object: stored });
}

function send(response: ServerResponse, value: unknown): void {
  response.write(`${JSON.stringify(value)}\n`);
}

function answer(state: State, { pathname, searchParams }: URL, response: ServerResponse): void {
  const [, , , resource = ''] = pathname.split('/');
  response.setHeader('content-type', 'application/json');
  if (pathname.endsWith('/log')) response.setHeader('content-type', 'text/plain').end(state.logs);
  else if (pathname === '/version') send(response, { major: '1', minor: '33', gitVersion: 'v1.33.1' });
  else if (pathname === '/api') send(response, { kind: 'APIVersions', versions: ['v1'] });
  else if (pathname === '/apis') send(response, { kind: 'APIGroupList', groups: [] });
  else if (pathname === '/api/v1') {
    const resources = [...kinds].map(([name, kind]) => ({ name, kind, namespaced: kind !== 'Namespace', verbs: ['get', 'list', 'watch'] }));
    send(response, { kind: 'APIResourceList', groupVersion: 'v1', resources });
  } else if (!kinds.has(resource) || pathname.split('/').length > 4) {
    response.statusCode = 404;
    send(response, { kind: 'Status', code: 404, reason: 'NotFound', message: 'no such thing' });
  } else if (searchParams.get('watch') !== 'true' && searchParams.get('watch') !== '1') {
    const items = [...state.objects.values()].filter((object) => resourceOf(object) === resource);
    send(response, { kind: `${kinds.get(resource)}List`, apiVersion: 'v1', metadata: { resourceVersion: String(state.version) }, items });
  } else {
    watch(state, resource, Number(searchParams.get('resourceVersion')), response);
    return;
  }
  response.end();
}

function watch(state: State, resource: string, since: number, response: ServerResponse): void {
  if (since < state.forgotten) {
    response.statusCode = 410;
    response.end(JSON.stringify({ kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' }));
    return;
  }
  response.flushHeaders();
  for (const change of state.changes) {
    const { object } = change;
    if (resourceOf(object) === resource && Number(object.metadata.resourceVersion) > since) send(response, change);
  }
  const entry = { resource, response };
  state.watches.add(entry);
  response.on('close', () => state.watches.delete(entry));
}

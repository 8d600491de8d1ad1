import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { ApiClient } from '../../src/core/cluster/api.ts';
import { openClusters } from '../../src/core/cluster/connect.ts';

type Attributes = { group: string; resource: string; subresource?: string; verb: string; namespace?: string; name?: string };

/** What the server is like. `allows` decides each SelfSubjectAccessReview; `reviews` is the HTTP status of those answers. */
export type RightsServerOptions = {
  allows?: (asked: Attributes) => boolean;
  reviews?: number;
  user?: string;
  version?: string;
  metrics?: boolean;
  date?: string;
  /** How long a review takes, so that those asked at once overlap. */
  holdMs?: number;
  namespaced?: [group: string, resource: string, kind: string][];
};

/** A running server. `asked` are the reviewed attributes in order, `most` how many reviews were under way at once. */
export type RightsServer = { kubeconfig: string; client: ApiClient; asked: Attributes[]; most(): number; paths: string[]; close(): void };

const verbs = ['get', 'list', 'watch', 'create', 'delete'];
const defaultTypes: NonNullable<RightsServerOptions['namespaced']> = [
  ['', 'pods', 'Pod'],
  ['', 'events', 'Event'],
  ['', 'secrets', 'Secret'],
  ['apps', 'deployments', 'Deployment'],
  ['apps', 'statefulsets', 'StatefulSet'],
];

/** An API server on a real socket that answers discovery and reviews, and nothing else. */
export async function startRightsServer(options: RightsServerOptions = {}): Promise<RightsServer> {
  const asked: Attributes[] = [];
  const paths: string[] = [];
  const open = { now: 0, most: 0 };
  const server = http.createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const path = request.url ?? '';
    paths.push(`${request.method} ${path}`);
    const review = path.endsWith('/selfsubjectaccessreviews');
    if (review) open.most = Math.max(open.most, ++open.now);
    const [status, body] = review ? await reviewed(options, JSON.parse(Buffer.concat(chunks).toString()), asked) : answer(options, path);
    if (review) open.now -= 1;
    response.writeHead(status, { 'Content-Type': 'application/json', ...(options.date === undefined ? {} : { Date: options.date }) });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const kubeconfig = await writeKubeconfig(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const [client] = (await openClusters({ kubeconfig, contexts: [] })) as [ApiClient];
  const close = () => {
    client.close();
    server.closeAllConnections();
    server.close();
  };
  return { kubeconfig, client, asked, most: () => open.most, paths, close };
}

/** A kubeconfig that is there until the running test ends, whose context `shop` points at a server. */
export async function writeKubeconfig(server: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  const file = join(dir, 'config');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'shop',
    clusters: [{ name: 'c', cluster: { server } }],
    users: [{ name: 'u', user: { token: 't' } }],
    contexts: [{ name: 'shop', context: { cluster: 'c', user: 'u' } }],
  };
  await writeFile(file, JSON.stringify(config));
  return file;
}

const failure = (code: number, reason: string): [number, object] => [code, { kind: 'Status', code, reason, message: `${reason} it is` }];

async function reviewed(
  { allows = () => true, reviews = 201, holdMs = 0 }: RightsServerOptions,
  body: { spec: { resourceAttributes: Attributes } },
  asked: Attributes[],
) {
  await new Promise((resolve) => setTimeout(resolve, holdMs));
  asked.push(body.spec.resourceAttributes);
  if (reviews !== 201) return failure(reviews, 'Forbidden');
  return [201, { status: { allowed: allows(body.spec.resourceAttributes) } }] as [number, object];
}

function answer(options: RightsServerOptions, path: string): [number, object] {
  if (path === '/version') return [200, { gitVersion: options.version ?? 'v1.36.2', platform: 'linux/amd64' }];
  if (path === '/api' || path === '/apis') return [200, discovery(options, path === '/api')];
  const user = options.user ?? '';
  if (path.endsWith('/selfsubjectreviews') && user !== '') return [201, { status: { userInfo: { username: user } } }];
  return failure(404, 'NotFound');
}

function discovery({ namespaced = defaultTypes, metrics = true }: RightsServerOptions, core: boolean): object {
  const types = [...namespaced, ...(metrics ? [['metrics.k8s.io', 'pods', 'PodMetrics']] : [])].map(([group = '', resource, kind]) => ({
    group,
    entry: { resource, responseKind: { kind }, scope: 'Namespaced', verbs: group === 'metrics.k8s.io' ? ['get', 'list'] : verbs },
  }));
  const node = { group: '', entry: { resource: 'nodes', responseKind: { kind: 'Node' }, scope: 'Cluster', verbs } };
  const all = [...types, node].filter(({ group }) => (group === '') === core);
  const items = [...new Set(all.map(({ group }) => group))].map((group) => ({
    metadata: { name: group },
    versions: [{ version: 'v1', resources: all.filter((type) => type.group === group).map(({ entry }) => entry) }],
  }));
  return { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', items };
}

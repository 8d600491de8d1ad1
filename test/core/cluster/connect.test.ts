import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openClusters } from '../../../src/core/cluster/connect.ts';
import { discover } from '../../../src/core/cluster/discovery.ts';
import { probe } from '../../../src/core/cluster/probe.ts';
import { type ApiServer, byPath, type Handler, json, recorded, reset, startApiServer } from '../../fakes/apiserver.ts';

const run = promisify(execFile);
const signal = new AbortController().signal;
let dir = '';
const servers: ApiServer[] = [];
const path = (name: string) => join(dir, name);

/** A CA, a certificate for 127.0.0.1, one that has expired, and one for another name, made by openssl. */
async function makeCertificates(): Promise<void> {
  const openssl = (...args: string[]) => run('openssl', args, { cwd: dir });
  await openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
    '-days',
    '30',
    '-subj',
    '/CN=test-ca',
  );
  const leaf = async (name: string, alternative: string, days: string[]) => {
    await writeFile(path(`${name}.ext`), `subjectAltName=${alternative}\n`);
    await openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    const by = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', `${name}.ext`];
    await openssl('x509', '-req', '-in', `${name}.csr`, ...by, '-out', `${name}.crt`, ...days);
  };
  await leaf('server', 'IP:127.0.0.1', ['-days', '30']);
  await leaf('other', 'DNS:elsewhere.example.com', ['-days', '30']);
  await leaf('expired', 'IP:127.0.0.1', ['-days', '-1']);
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'k8s-labeler-'));
  await makeCertificates();
}, 30_000);
afterAll(async () => {
  for (const server of servers) await server.close();
  await rm(dir, { recursive: true });
});

async function serve(handler: Handler, certificate?: string): Promise<ApiServer> {
  const tls =
    certificate === undefined
      ? {}
      : { tls: { key: await readFile(path(`${certificate}.key`)), cert: await readFile(path(`${certificate}.crt`)) } };
  const server = await startApiServer(handler, tls);
  servers.push(server);
  return server;
}

async function kubeconfig(server: string, cluster: object = {}, user: object = {}): Promise<string> {
  const file = path(`${Math.random().toString(36).slice(2)}.json`);
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'staging',
    clusters: [{ name: 'staging', cluster: { server, ...cluster } }],
    users: [{ name: 'jane', user }],
    contexts: [
      { name: 'staging', context: { cluster: 'staging', user: 'jane' } },
      { name: 'broken', context: { cluster: 'nowhere', user: 'jane' } },
    ],
  };
  await writeFile(file, JSON.stringify(config));
  return file;
}

const version = { '/version': [json({ gitVersion: 'v1.36.2', platform: 'linux/amd64' })] };

async function probeOf(file: string) {
  const [client] = await openClusters({ kubeconfig: file, contexts: [] });
  if (client === undefined) throw new Error('no client');
  return probe(client, signal).finally(() => client.close());
}

describe('connecting to a cluster', () => {
  it('trusts the CA of the kubeconfig, and says who asks', async () => {
    const server = await serve(byPath(version), 'server');
    const file = await kubeconfig(server.url, { 'certificate-authority': path('ca.crt') }, { token: 'secret-token' });
    expect(await probeOf(file)).toMatchObject({ version: 'v1.36.2', platform: 'linux/amd64' });
    expect(server.asked[0]?.headers).toMatchObject({
      authorization: 'Bearer secret-token',
      'user-agent': expect.stringMatching(/^k8s-labeler\/\d+\.\d+\.\d+ \(linux\/\w+\)$/),
    });
  });

  it.each([
    ['signed by nobody that is trusted', 'server', {}],
    ['for another name', 'other', { ca: true }],
    ['has expired', 'expired', { ca: true }],
  ])('refuses a certificate that is %s', async (words, certificate, { ca }: { ca?: boolean }) => {
    const server = await serve(byPath(version), certificate);
    const file = await kubeconfig(server.url, ca === true ? { 'certificate-authority': path('ca.crt') } : {});
    await expect(probeOf(file)).rejects.toMatchObject({ code: 'CLUSTER_TLS', exitCode: 4, message: expect.stringContaining(words) });
  });

  it('reads a token file again when the token is refused', async () => {
    const tokenFile = path('token');
    await writeFile(tokenFile, 'old\n');
    const server = await serve(async ({ headers }) => {
      if (headers.authorization === 'Bearer new') return version['/version'][0] as (typeof version)['/version'][0];
      await writeFile(tokenFile, 'new\n');
      return recorded('unauth');
    });
    expect(await probeOf(await kubeconfig(server.url, {}, { tokenFile }))).toMatchObject({ version: 'v1.36.2' });
    expect(server.asked.map(({ headers }) => headers.authorization)).toEqual(['Bearer old', 'Bearer new']);
  });

  it.each<[string, Handler, string]>([
    ['does not accept the credentials', () => recorded('unauth'), 'CLUSTER_UNAUTHORIZED'],
    [
      'is the login page of a proxy',
      () => ({ status: 200, headers: { 'content-type': 'text/html' }, writes: ['<html>log in</html>'] }),
      'CLUSTER_FOREIGN',
    ],
    [
      'answers with the error page of a proxy',
      () => ({ status: 502, headers: {}, writes: ['<html>bad gateway</html>'] }),
      'CLUSTER_FOREIGN',
    ],
    ['breaks off', () => ({ writes: [reset] }), 'CLUSTER_UNREACHABLE'],
  ])('says so when the server %s', async (_, handler, code) => {
    const server = await serve(handler);
    const failure = await probeOf(await kubeconfig(server.url)).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code, exitCode: 4 });
    expect((failure as { suggestions: string[] }).suggestions.length).toBeGreaterThan(0);
  });

  it('says so when nobody answers', async () => {
    await expect(probeOf(await kubeconfig('http://127.0.0.1:1'))).rejects.toMatchObject({ code: 'CLUSTER_UNREACHABLE', exitCode: 4 });
  });

  it.each([
    [['nowhere'], 'CONTEXT_UNKNOWN', /staging/],
    [['broken'], 'CONTEXT_INCOMPLETE', /cluster nowhere/],
  ])('names what is wrong with context %j', async (contexts, code, words) => {
    const file = await kubeconfig('http://127.0.0.1:1');
    const failure = await openClusters({ kubeconfig: file, contexts }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code, exitCode: 2 });
    expect(JSON.stringify([(failure as Error).message, (failure as { suggestions: string[] }).suggestions])).toMatch(words);
  });

  it.each([
    ['no file', path('absent'), 'KUBECONFIG_NOT_FOUND'],
    ['no kubeconfig', path('nonsense'), 'KUBECONFIG_INVALID'],
  ])('refuses %s', async (_, __, code) => {
    const file = path(code);
    if (code === 'KUBECONFIG_INVALID') await writeFile(file, '{{{');
    await expect(openClusters({ kubeconfig: file, contexts: [] })).rejects.toMatchObject({ code, exitCode: 2 });
  });
});

describe('discovery', () => {
  const pods = { resource: 'pods', responseKind: { kind: 'Pod' }, scope: 'Namespaced', verbs: ['list', 'watch'] };
  const jobs = { resource: 'jobs', responseKind: { kind: 'Job' }, scope: 'Namespaced', verbs: ['list', 'watch'] };
  const group = (name: string, version: string, resource: object, more: object = {}) => ({
    metadata: { name },
    versions: [{ version, resources: [resource], freshness: 'Current', ...more }],
  });
  const names = (found: Awaited<ReturnType<typeof discover>>) =>
    found.resources.map(({ group: name, version: v, resource }) => `${name}/${v}/${resource}`);

  it('takes two requests where the server aggregates it', async () => {
    const list = (items: object[]) => [json({ kind: 'APIGroupDiscoveryList', items })];
    const server = await serve(byPath({ '/api': list([group('', 'v1', pods)]), '/apis': list([group('batch', 'v1', jobs)]) }));
    const found = await discover(server.client, signal);
    expect(names(found)).toEqual(['/v1/pods', 'batch/v1/jobs']);
    expect(server.asked).toHaveLength(2);
  });

  it('asks older servers version by version, and goes on where an aggregated API does not answer', async () => {
    const resources = (kind: string, name: string) => [
      json({
        kind: 'APIResourceList',
        resources: [
          { name, kind, namespaced: true, verbs: ['list', 'watch'] },
          { name: `${name}/status`, kind },
        ],
      }),
    ];
    const groups = [
      { name: 'batch', versions: [{ version: 'v1' }], preferredVersion: { version: 'v1' } },
      { name: 'metrics.k8s.io', versions: [{ version: 'v1beta1' }], preferredVersion: { version: 'v1beta1' } },
    ];
    const server = await serve(
      byPath({
        '/api': [json({ kind: 'APIVersions', versions: ['v1'] })],
        '/api/v1': resources('Pod', 'pods'),
        '/apis': [json({ kind: 'APIGroupList', groups })],
        '/apis/batch/v1': resources('Job', 'jobs'),
        '/apis/metrics.k8s.io/v1beta1': [{ status: 503, headers: {}, writes: ['unavailable'] }],
      }),
    );
    const found = await discover(server.client, signal);
    expect(names(found)).toEqual(['/v1/pods', 'batch/v1/jobs']);
    expect(found.problems).toEqual([expect.stringContaining('/apis/metrics.k8s.io/v1beta1')]);
  });
});

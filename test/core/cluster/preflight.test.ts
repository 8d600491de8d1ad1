import { afterEach, describe, expect, it } from 'vitest';
import { clockCheck, rightChecks, versionCheck } from '../../../src/core/cluster/checks.ts';
import { checkRights, currentUser } from '../../../src/core/cluster/preflight.ts';
import { streamsOf } from '../../../src/core/cluster/resources.ts';
import { needText } from '../../../src/core/cluster/rights.ts';
import { type RightsServer, type RightsServerOptions, startRightsServer } from '../../fakes/rights-server.ts';

let server: RightsServer | undefined;
afterEach(() => server?.close());

const resources = ['pods', 'events', 'services', 'configmaps', 'secrets'];
const types = resources.map((resource) => ({
  group: '',
  version: 'v1',
  resource,
  kind: resource,
  namespaced: true,
  verbs: ['list', 'watch'],
}));
const wishes = { logs: true, metrics: true, network: false };

async function rightsOn(options: RightsServerOptions, namespaces: string[] = [], signal = new AbortController().signal) {
  server = await startRightsServer(options);
  return checkRights(server.client, streamsOf(types, { cluster: 'c01', namespaces }), wishes, signal);
}

describe('rights', () => {
  it('are asked verb by verb, and only what is refused is missing', async () => {
    const rights = await rightsOn({
      allows: ({ resource, verb }) => !(resource === 'events' && verb === 'watch') && resource !== 'secrets',
    });
    const missing = rights.filter((right) => right.missing.length > 0).map((right) => [needText(right), ...right.missing]);
    expect(missing).toEqual([
      ['events', 'watch'],
      ['secrets', 'list', 'watch'],
    ]);
    expect(server?.asked).toContainEqual({ group: '', resource: 'pods', subresource: 'log', verb: 'get' });
    expect(server?.asked).toContainEqual({ group: 'metrics.k8s.io', resource: 'nodes', verb: 'list' });
    expect(server?.asked).toContainEqual({ group: '', resource: 'namespaces', verb: 'get', name: 'kube-system' });
  });

  it('are asked four at a time, and nothing else is asked of the server', async () => {
    await rightsOn({ holdMs: 40 });
    expect(server?.most()).toBe(4);
    expect(new Set(server?.paths)).toEqual(new Set(['POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews']));
  });

  it('are not asked per namespace of someone who has them everywhere', async () => {
    const many = Array.from({ length: 30 }, (_, index) => `team-${index}`);
    const rights = await rightsOn({}, many);
    expect(rights.every(({ missing }) => missing.length === 0)).toBe(true);
    expect(server?.asked.length).toBeLessThan(20);
  });

  it('in one namespace are enough where only that one is recorded', async () => {
    const rights = await rightsOn({ allows: ({ namespace }) => namespace === 'shop' }, ['shop', 'pay']);
    const missing = rights.filter((right) => right.missing.length > 0).map(needText);
    expect(missing).toContain('pods in pay');
    expect(missing).not.toContain('pods in shop');
    expect(rightChecks(rights).map(({ found }) => found)).toContain('may not list and watch secrets (pay)');
  });

  it.each([403, 404, 500])('that the server will not tell (HTTP %i) are unknown, not missing', async (reviews) => {
    const rights = await rightsOn({ reviews });
    expect(rights.every(({ missing, unknown }) => missing.length === 0 && unknown.length > 0)).toBe(true);
    expect(rights[0]?.reason).toContain(`Forbidden it is (HTTP ${reviews})`);
    expect(rightChecks(rights)).toMatchObject([{ status: 'warning', found: expect.stringContaining('not known for pods') }]);
  });

  it('of a server that is gone are unknown too', async () => {
    server = await startRightsServer();
    server.close();
    const rights = await checkRights(
      server.client,
      streamsOf(types, { cluster: 'c01', namespaces: [] }),
      wishes,
      new AbortController().signal,
    );
    expect(rights.every(({ unknown }) => unknown.length > 0)).toBe(true);
  });

  it('are no longer asked for when somebody pressed Ctrl-C', async () => {
    await expect(rightsOn({}, [], AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
  });

  it('that are missing and cost the same are one line', async () => {
    const checks = rightChecks(await rightsOn({ allows: () => false }));
    const found = checks.map((check) => check.found);
    expect(checks.every(({ status, cost }) => status === 'failed' && cost !== '')).toBe(true);
    expect(found).toContain('may not list and watch events');
    expect(found).toHaveLength(9);
  });
});

it('a user is who the cluster says, or nobody', async () => {
  const signal = new AbortController().signal;
  server = await startRightsServer({ user: 'jane' });
  expect(await currentUser(server.client, signal)).toBe('jane');
  server.close();
  server = await startRightsServer();
  expect(await currentUser(server.client, signal)).toBeUndefined();
});

describe('a version', () => {
  it.each([
    ['v1.36.2', 'ok', /can stream initial lists \(--watch-list on\)$/],
    ['v1.30.1+k3s1', 'ok', /feature gate/],
    ['v1.24.0', 'ok', /cannot stream/],
    ['v1.20.4-gke.1', 'warning', /older than 1\.21/],
    ['v1.40.0', 'ok', /tested up to 1\.36/],
    ['v2.0.0', 'warning', /no version of Kubernetes 1/],
    ['', 'warning', /does not tell/],
  ])('%s is %s', (version, status, found) => {
    expect(versionCheck({ version })).toMatchObject({ status, found: expect.stringMatching(found) });
  });

  it('of a served recording says that it is one', () => {
    const { found } = versionCheck({ version: 'v1.36.2', replay: { at: '2026-01-31T12:00:00Z', speed: 0 } });
    expect(found).toContain('a recording as of 2026-01-31T12:00:00Z');
  });
});

describe('the clock', () => {
  const date = 'Sat, 31 Jan 2026 12:00:00 GMT';
  const now = Date.UTC(2026, 0, 31, 12);

  it.each([
    [0, 'ok', /same/],
    [999, 'ok', /same/],
    [4_000, 'ok', /3\.5 s ahead/],
    [60_500, 'warning', /60 s ahead/],
    [-6_000, 'warning', /6\.5 s behind/],
  ])('%i ms away is %s', (offset, status, found) => {
    expect(clockCheck(date, now + offset)).toMatchObject({ status, found: expect.stringMatching(found) });
  });

  it('is not judged by a date that is none', () => {
    expect(clockCheck('yesterday', now)).toBeUndefined();
  });
});

import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/cluster/clock.ts';
import { type ServedCapture, serveCapture } from '../../../src/core/replay/serve.ts';

const recording = 'recordings/wrong-target-port/capture';
const found = kubectlVersion();
const run = promisify(execFile);

function kubectlVersion(): string | undefined {
  try {
    return execFileSync('kubectl', ['version', '--client'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return undefined;
  }
}

/** Serves a recording and runs kubectl against it, with a home of its own so that nothing is cached across tests. */
function kubectlFor(served: ServedCapture, home: string) {
  const file = join(home, `${served.port}.yaml`);
  writeFileSync(file, served.kubeconfig());
  const env = { PATH: process.env.PATH, HOME: join(home, String(served.port)), KUBECONFIG: file };
  return {
    async ok(...args: string[]): Promise<string> {
      return (await run('kubectl', args, { env, maxBuffer: 1e8 })).stdout;
    },
    async refused(...args: string[]): Promise<string> {
      return run('kubectl', args, { env }).then(
        ({ stdout }) => expect.fail(`kubectl ${args.join(' ')} succeeded: ${stdout}`),
        (error: { stderr: string }) => error.stderr,
      );
    },
    start: (...args: string[]) => spawn('kubectl', args, { env, stdio: ['ignore', 'pipe', 'ignore'] }),
  };
}

describe.skipIf(found === undefined)(`kubectl${found === undefined ? ' (not run: there is no kubectl on the PATH)' : ''}`, () => {
  const home = mkdtempSync(join(tmpdir(), 'kubectl-'));
  let served: ServedCapture;
  let kubectl: ReturnType<typeof kubectlFor>;

  beforeAll(async () => {
    served = await serveCapture(recording, { port: 0, moment: { type: 'at', at: 'end' }, clock: systemClock() });
    kubectl = kubectlFor(served, home);
  });

  afterAll(async () => {
    await served.close();
    rmSync(home, { recursive: true, force: true });
  });

  it('gets the common kinds as tables', async () => {
    const tables = await kubectl.ok(
      'get',
      'pods,deployments,replicasets,services,endpoints,endpointslices,nodes,events,configmaps',
      '-A',
      '-o',
      'wide',
    );
    for (const heading of [
      /READY +STATUS +RESTARTS +AGE +IP/,
      /READY +UP-TO-DATE +AVAILABLE/,
      /CLUSTER-IP +EXTERNAL-IP +PORT\(S\)/,
      /LAST SEEN +TYPE +REASON/,
    ]) {
      expect(tables).toMatch(heading);
    }
    expect(tables).toMatch(/pod\/\S+ +1\/1 +Running +0 +\d+m/);
    expect(tables).toMatch(/endpoints\/\S+ +10\.\S+:/);
    expect(tables).toMatch(/node\/node-1 +Ready +<none> +14m +v1\.36\.2/);
  });

  it('gets objects as JSON, YAML, by selector and by name', async () => {
    const list = JSON.parse(await kubectl.ok('get', 'pods', '-o', 'json'));
    expect(list).toMatchObject({
      kind: 'List',
      items: expect.arrayContaining([expect.objectContaining({ kind: 'Pod', apiVersion: 'v1' })]),
    });
    const [{ metadata }] = list.items;
    expect(await kubectl.ok('get', 'pod', metadata.name, '-o', 'yaml')).toContain(`uid: ${metadata.uid}`);
    expect(await kubectl.ok('get', 'pods', '-l', `app=${metadata.labels.app}`, '-o', 'name')).toContain(metadata.name);
    expect(await kubectl.ok('get', 'pods', '--field-selector', `metadata.name!=${metadata.name}`, '-o', 'name')).not.toContain(
      metadata.name,
    );
    expect(await kubectl.ok('get', 'events', '--sort-by=.lastTimestamp')).toContain('LAST SEEN');
    expect(await kubectl.ok('get', 'pods', '-A', '--chunk-size=1', '-o', 'name')).toBe(await kubectl.ok('get', 'pods', '-A', '-o', 'name'));
  });

  it('describes pods, deployments, services and nodes', async () => {
    const described = await Promise.all(['pods', 'deployments', 'services', 'nodes'].map((kind) => kubectl.ok('describe', kind)));
    const [pods, deployments, services, nodes] = described;
    expect(pods).toMatch(/^Status: +Running$/m);
    expect(pods).toMatch(/Events:\n +Type +Reason/);
    expect(deployments).toMatch(/^NewReplicaSet: +\S+ \(\d+\/\d+ replicas created\)$/m);
    expect(services).toMatch(/^Endpoints: +10\./m);
    expect(nodes).toMatch(/Kubelet Version: +v1\.36\.2/);
  });

  it('reads logs and usage', async () => {
    const pod = (await kubectl.ok('get', 'pods', '-o', 'name')).split('\n')[0] ?? '';
    const whole = await kubectl.ok('logs', pod);
    expect(whole.split('\n').length).toBeGreaterThan(2);
    expect(await kubectl.ok('logs', pod, '--tail=1')).toBe(`${whole.trimEnd().split('\n').at(-1)}\n`);
    expect(await kubectl.ok('logs', '--timestamps', '--since=24h', pod)).toMatch(/^\d{4}-\d\d-\d\dT\S+Z /);
    expect(await kubectl.refused('logs', '--previous', pod)).toContain('previous terminated container');
    expect(await kubectl.ok('top', 'pods')).toMatch(/NAME +CPU\(cores\) +MEMORY\(bytes\) *\n\S+ +\d+m +\d+Mi/);
    expect(await kubectl.ok('top', 'nodes')).toMatch(/node-1 +\d+m +\d+% +\d+Mi/);
  });

  it('asks what there is and what it may do', async () => {
    expect(await kubectl.ok('api-resources')).toMatch(/^deployments +deploy +(?:apps\/v1 +)?/m);
    expect(await kubectl.ok('version')).toContain('v1.36.2');
    expect(await kubectl.ok('auth', 'can-i', 'list', 'pods')).toBe('yes\n');
    expect(await kubectl.refused('delete', 'pods', '--all')).toContain('recording');
    expect(await kubectl.refused('get', 'pod', 'nope')).toContain('pods "nope" not found');
  });

  it('waits for conditions and looks at rollouts', async () => {
    const deployment = (await kubectl.ok('get', 'deployments', '-o', 'name')).split('\n')[0] ?? '';
    expect(await kubectl.ok('rollout', 'status', deployment, '--timeout=30s')).toContain('successfully rolled out');
    expect(await kubectl.ok('rollout', 'history', deployment)).toContain('REVISION');
    expect(await kubectl.ok('wait', '--for=condition=Ready', 'pods', '--all', '--timeout=30s')).toContain('condition met');
  });

  it('watches a running replay', async () => {
    const running = await serveCapture(recording, { port: 0, moment: { type: 'run', speed: 600 }, clock: systemClock() });
    try {
      const watching = kubectlFor(running, home).start('get', 'events', '-A', '-w');
      let seen = '';
      for await (const chunk of watching.stdout) {
        seen += chunk;
        if (/Started +pod/.test(seen)) break;
      }
      watching.kill();
      expect(seen).toMatch(/^NAMESPACE +LAST SEEN +TYPE +REASON +OBJECT +MESSAGE/);
    } finally {
      await running.close();
    }
  });
});

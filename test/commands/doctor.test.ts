import { readFile } from 'node:fs/promises';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import Doctor from '../../src/commands/doctor.ts';
import type { DoctorReport } from '../../src/core/doctor.ts';
import { examine } from '../../src/core/doctor.ts';
import { type RightsServer, type RightsServerOptions, startRightsServer, writeKubeconfig } from '../fakes/rights-server.ts';
import { root } from '../source.ts';
import { runCommand } from './cli.ts';

let server: RightsServer | undefined;
afterEach(() => server?.close());

const plain = (text: string) => text.replace(/\p{Cc}\[\d+m/gu, '');

async function doctorOf(options: RightsServerOptions, ...args: string[]) {
  server = await startRightsServer(options);
  const run = await runCommand(Doctor, '--kubeconfig', server.kubeconfig, ...args);
  return { ...run, stdout: plain(run.stdout), stderr: plain(run.stderr) };
}

const mayNot =
  (...names: string[]) =>
  ({ resource, subresource }: { resource: string; subresource?: string }) =>
    !names.includes(subresource === undefined ? resource : `${resource}/${subresource}`);

describe('doctor', () => {
  it('says of a cluster that can be recorded that it can, with exit code 0', async () => {
    const { stdout, exitCode } = await doctorOf({ user: 'jane' });
    expect(stdout).toMatch(/✔ connection +answers as to jane/);
    expect(stdout).toMatch(/✔ version +Kubernetes v1\.36\.2 \(linux\/amd64\)/);
    expect(stdout).toMatch(/✔ clock /);
    expect(stdout).toMatch(/✔ metrics /);
    expect(stdout).toMatch(/✔ rights +(\d+) of \1 granted/);
    expect(stdout).toMatch(/everything can be recorded/);
    expect(stdout).not.toMatch(/✖|ClusterRole/);
    expect(exitCode).toBe(0);
  });

  it('says what each missing right costs, and prints the role and the line that grant it, with exit code 6', async () => {
    const { stdout, exitCode } = await doctorOf({ user: 'jane', allows: mayNot('events', 'pods/log') });
    expect(stdout).toMatch(/✖ rights +may not list and watch events\n +costs: failed scheduling/);
    expect(stdout).toMatch(/✖ rights +may not get pods\/log\n +costs: crashes are diagnosed by exit code/);
    expect(stdout).toMatch(/\nkubectl apply -f - <<'EOF'\napiVersion: v1\n[\s\S]*kind: ClusterRole\n[\s\S]*\nEOF\n/);
    expect(stdout).toContain('\nkubectl create clusterrolebinding k8s-labeler-user --clusterrole=k8s-labeler --user=jane\n');
    expect(stdout.trimEnd()).toMatch(/2 failed$/);
    expect(exitCode).toBe(6);
  });

  it('warns of what is no obstacle: no metrics, an old server, a clock that is wrong', async () => {
    const { stdout, exitCode } = await doctorOf({ metrics: false, version: 'v1.19.3', date: 'Sat, 31 Jan 2026 12:00:00 GMT' });
    expect(stdout).toMatch(/⚠ metrics +metrics\.k8s\.io is not served\n +costs: memory and CPU/);
    expect(stdout).toMatch(/⚠ version .*older than 1\.21/);
    expect(stdout).toMatch(/⚠ clock +this machine is \d+ s ahead of the server/);
    expect(stdout).toMatch(/everything can be recorded, 3 to look at/);
    expect(exitCode).toBe(0);
  });

  it('names a resource that is not served, and what was meant, with exit code 2', async () => {
    const { stdout, exitCode } = await doctorOf({}, '--resource', 'pods,deploymnets');
    expect(stdout).toMatch(/✖ resource +nothing is served that is called "deploymnets"[^→]*→ did you mean deployments\?/);
    expect(exitCode).toBe(2);
  });

  it('prints the role alone with --print-rbac, granted or not', async () => {
    const { stdout, exitCode } = await doctorOf({ allows: mayNot('pods') }, '-n', 'shop', '--print-rbac');
    const kinds = parseAllDocuments(stdout).map((document) => document.toJS().kind);
    expect(kinds).toEqual(['ServiceAccount', 'ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding']);
    expect(exitCode).toBe(0);
  });

  it('prints nothing that could be applied when there is no cluster to make it for', async () => {
    const run = await runCommand(Doctor, '--kubeconfig', await writeKubeconfig('http://127.0.0.1:9'), '--print-rbac');
    expect(run.stdout).toBe('');
    expect(plain(run.stderr)).toMatch(/✖ connection +nobody answers/);
    expect(run.exitCode).toBe(4);
  });

  it('asks for nodes/proxy only with --network', async () => {
    await doctorOf({});
    expect(server?.asked.map(({ subresource }) => subresource)).not.toContain('proxy');
    server?.close();
    await doctorOf({}, '--network');
    expect(server?.asked.map(({ subresource }) => subresource)).toContain('proxy');
  });

  it('answers with JSON: every check, every right, the role', async () => {
    const { stdout, exitCode } = await doctorOf({ user: 'jane', allows: mayNot('secrets') }, '--json');
    const report = JSON.parse(stdout) as DoctorReport;
    expect(report).toMatchObject({ passed: false, exitCode: 6, machine: expect.any(Array) });
    const [cluster] = report.clusters;
    expect(cluster?.user).toBe('jane');
    expect(cluster?.rights?.filter(({ missing }) => missing.length > 0)).toMatchObject([
      { resource: 'secrets', missing: ['list', 'watch'] },
    ]);
    expect(cluster?.grant?.manifests).toContain('kind: ClusterRole');
    expect(exitCode).toBe(6);
  });

  it('shows what a server says without obeying it', async () => {
    const { stdout } = await doctorOf({ user: 'jane\u001b[2J\u009b31m', version: 'v1.36.2\u001b]0;x\u0007', allows: mayNot('pods') });
    expect(stdout).not.toMatch(/[^\P{Cc}\n]/u);
    expect(stdout).toContain('jane\\x1b[2J');
  });

  it.each([40, 80, 200])('keeps its lines in %i columns', async (width) => {
    server = await startRightsServer({ allows: mayNot('events', 'secrets'), metrics: false });
    const { doctorPage } = await import('../../src/render/doctor.ts');
    const report = await examine({ ...request, kubeconfig: server.kubeconfig });
    const [checks = ''] = plain(doctorPage(report, width)).split('kubectl apply');
    expect(checks.split('\n').filter((line) => [...line].length > width)).toEqual([]);
  });
});

let request: Parameters<typeof examine>[0];
beforeAll(async () => {
  const { systemClock } = await import('../../src/core/cluster/clock.ts');
  request = {
    contexts: [],
    namespaces: [],
    resources: [],
    network: false,
    capturesDir: './captures/there/is/none',
    nodeVersion: process.version,
    clock: systemClock(),
    signal: new AbortController().signal,
  };
});

describe('what goes wrong before a cluster can be asked', () => {
  it.each([
    ['a kubeconfig that is not there', async () => ({ kubeconfig: '/nowhere/config' }), 2, /cannot read the kubeconfig/],
    ['a context that is not in it', async () => ({ kubeconfig: await writeKubeconfig('http://127.0.0.1:9'), contexts: ['shp'] }), 2, /shp/],
    ['a server that is not there', async () => ({ kubeconfig: await writeKubeconfig('http://127.0.0.1:9') }), 4, /nobody answers/],
  ])('is told as a check: %s', async (_, wrong, exitCode, found) => {
    const report = await examine({ ...request, ...(await wrong()) });
    const failed = [...report.machine, ...report.clusters.flatMap(({ checks }) => checks)].filter(({ status }) => status === 'failed');
    expect(failed).toMatchObject([{ found: expect.stringMatching(found), cost: 'nothing can be recorded' }]);
    expect(report).toMatchObject({ exitCode, passed: false });
  });

  it('is the Node.js that package.json does not allow', async () => {
    const { engines } = JSON.parse(await readFile(`${root}/package.json`, 'utf8')) as { engines: { node: string } };
    const least = engines.node.replace('>=', '');
    const statusOn = async (nodeVersion: string) =>
      (await examine({ ...request, kubeconfig: '/nowhere', nodeVersion })).machine.find(({ name }) => name === 'node')?.status;
    const [major = 0, minor = 0] = least.split('.').map(Number);
    expect(await statusOn(`v${major}.${minor}.0`)).toBe('ok');
    expect(await statusOn(`v${major + 2}.0.0`)).toBe('ok');
    expect(await statusOn(`v${major}.${minor - 1}.0`)).toBe('warning');
    expect(await statusOn(`v${major - 2}.99.0`)).toBe('warning');
  });

  it('is stopped by Ctrl-C like anything else', async () => {
    server = await startRightsServer();
    const signal = AbortSignal.abort(new Error('stopped'));
    await expect(examine({ ...request, kubeconfig: server.kubeconfig, signal })).rejects.toThrow('stopped');
  });
});

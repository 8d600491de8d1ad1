import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { ApiClient } from './cluster/api.ts';
import {
  type Check,
  clockCheck,
  discoveryChecks,
  metricsCheck,
  resourceChecks,
  rightChecks,
  servesMetrics,
  versionCheck,
} from './cluster/checks.ts';
import { openClusters } from './cluster/connect.ts';
import { discover } from './cluster/discovery.ts';
import { checkRights, currentUser, type Right } from './cluster/preflight.ts';
import { type Probe, probe } from './cluster/probe.ts';
import { selectResources, streamsOf } from './cluster/resources.ts';
import { needsOf } from './cluster/rights.ts';
import { bindingCommands, roleManifests } from './cluster/roles.ts';
import { LabelerError } from './errors.ts';
import type { Clock } from './model/clock.ts';

/** Which clusters, and what would be recorded of them. `capturesDir` need not exist. */
export type DoctorRequest = {
  kubeconfig?: string;
  contexts: string[];
  namespaces: string[];
  resources: string[];
  network: boolean;
  capturesDir: string;
  nodeVersion: string;
  clock: Clock;
  signal: AbortSignal;
};

/** What grants the rights: manifests for `kubectl apply -f -`, and the lines that give them to the present user, where known. */
export type Grant = { manifests: string; commands: string[] };

/** `rights` and `grant` are there once the cluster has said what it serves. */
export type ClusterReport = { name: string; server: string; checks: Check[]; user?: string; rights?: Right[]; grant?: Grant };

/** `exitCode`: 0 if everything can be recorded, 6 if rights are missing, 4 if a cluster does not answer, 2 for a wrong name or kubeconfig. */
export type DoctorReport = { passed: boolean; exitCode: number; machine: Check[]; clusters: ClusterReport[] };

/** Looks at everything a recording needs and changes nothing. What is wrong is in the report; only an aborted signal throws. */
export async function examine(request: DoctorRequest): Promise<DoctorReport> {
  const { kubeconfig, contexts, nodeVersion, capturesDir, signal } = request;
  const machine = [nodeCheck(nodeVersion), ...(await diskChecks(capturesDir))];
  const opened = await openClusters({ kubeconfig, contexts }).catch(failureOf('kubeconfig', signal));
  if (!Array.isArray(opened)) return reportOf([...machine, opened], []);
  const names = opened.map(({ name }) => name).join(', ');
  machine.push({ name: 'kubeconfig', status: 'ok', found: `${opened.length === 1 ? 'context' : 'contexts'} ${names}` });
  try {
    const clusters = await Promise.all(opened.map((client) => examineCluster(client, request)));
    signal.throwIfAborted();
    return reportOf(machine, clusters);
  } finally {
    for (const client of opened) client.close();
  }
}

function reportOf(machine: Check[], clusters: ClusterReport[]): DoctorReport {
  const codes = [...machine, ...clusters.flatMap(({ checks }) => checks)].flatMap(({ exitCode }) => exitCode ?? []);
  const exitCode = codes.length === 0 ? 0 : Math.min(...codes);
  return { passed: exitCode === 0, exitCode, machine, clusters };
}

async function examineCluster(client: ApiClient, request: DoctorRequest): Promise<ClusterReport> {
  const { namespaces, resources, network, clock, signal } = request;
  const { name, server } = client;
  const askedAt = clock.now();
  const about = await probe(client, signal).catch(failureOf('connection', signal));
  if ('status' in about) return { name, server, checks: [about] };
  const answeredAt = clock.now();
  const { resources: served, problems } = await discover(client, signal);
  const selected = selectResources(served, resources);
  const streams = streamsOf(selected.types, { cluster: name, namespaces });
  const wishes = { logs: true, metrics: servesMetrics(served), network };
  const rights = streams.length === 0 ? [] : await checkRights(client, streams, wishes, signal);
  const user = await currentUser(client, signal);
  const needs = needsOf(streams, { ...wishes, metrics: true });
  const commands = user === undefined ? [] : bindingCommands(needs, user);
  const checks = [
    ...contactChecks(about, user, (askedAt + answeredAt) / 2),
    ...discoveryChecks(served, problems),
    ...resourceChecks(selected),
    metricsCheck(served),
    ...rightChecks(rights),
  ];
  const granting = streams.length === 0 ? {} : { rights, grant: { manifests: roleManifests(needs), commands } };
  return { name, server, checks, ...(user === undefined ? {} : { user }), ...granting };
}

function contactChecks(about: Probe, user: string | undefined, nowMs: number): Check[] {
  const clock = about.date === undefined ? undefined : clockCheck(about.date, nowMs);
  return [
    { name: 'connection', status: 'ok', found: `answers${user === undefined ? '' : ` as to ${user}`}` },
    versionCheck(about),
    ...(clock === undefined ? [] : [clock]),
  ];
}

/** What is expected to go wrong becomes a check; a bug, and the reason of an aborted signal, stay errors. */
function failureOf(name: string, signal: AbortSignal): (error: unknown) => Check {
  return (error) => {
    signal.throwIfAborted();
    if (!(error instanceof LabelerError)) throw error;
    const { message, code, suggestions, exitCode } = error;
    return { name, status: 'failed', found: `${message} [${code}]`, cost: 'nothing can be recorded', fix: suggestions, exitCode };
  };
}

/** The `engines` of package.json. */
const [leastMajor, leastMinor] = [20, 19];

function nodeCheck(version: string): Check {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor))
    return { name: 'node', status: 'ok', found: `Node.js ${version}` };
  const found = `Node.js ${version} is older than ${leastMajor}.${leastMinor}`;
  return { name: 'node', status: 'warning', found, cost: 'this tool was never tested with it', fix: ['install a current Node.js'] };
}

const lowDiskBytes = 2 * 1024 ** 3;

async function diskChecks(dir: string): Promise<Check[]> {
  const bytes = await freeBytes(resolve(dir));
  if (bytes === undefined) return [];
  const found = `${(bytes / 1024 ** 3).toFixed(1)} GiB free for ${dir}`;
  if (bytes >= lowDiskBytes) return [{ name: 'disk', status: 'ok', found }];
  const cost = 'a busy cluster (1,000 changes a second) fills 2 GiB in about an hour; a recording ends when the disk is full';
  return [{ name: 'disk', status: 'warning', found, cost, fix: ['record --out on another disk'] }];
}

/** Of the file system that a directory would be created on. */
async function freeBytes(dir: string): Promise<number | undefined> {
  for (let place = dir; ; place = dirname(place)) {
    const stats = await statfs(place).catch(() => undefined);
    if (stats !== undefined) return stats.bavail * stats.bsize;
    if (dirname(place) === place) return undefined;
  }
}

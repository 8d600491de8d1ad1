import type { ResourceType } from './api.ts';
import { costOf } from './costs.ts';
import type { Right } from './preflight.ts';
import type { Probe } from './probe.ts';
import type { Selected } from './resources.ts';
import { needText } from './rights.ts';

/** One thing that was looked at. `cost` is what is lost, as a clause; `fix` what to do; `exitCode` what a command ends with because of it. */
export type Check = { name: string; status: 'ok' | 'warning' | 'failed'; found: string; cost?: string; fix?: string[]; exitCode?: number };

/** Before 1.21, CronJobs, EndpointSlices and PodDisruptionBudgets are beta; the newest that was recorded from. Minors of Kubernetes 1. */
const oldestMinor = 21;
const testedMinor = 36;

/** The version of the server, and whether it can stream initial lists (KEP-3157: alpha in 1.27, beta in 1.32). */
export function versionCheck({ version, platform, replay }: Pick<Probe, 'version' | 'platform' | 'replay'>): Check {
  const name = 'version';
  const minor = Number(/^v?1\.(\d+)/.exec(version)?.[1] ?? Number.NaN);
  if (Number.isNaN(minor)) {
    const found = version === '' ? 'the server does not tell this user its version' : `${version} is no version of Kubernetes 1`;
    return { name, status: 'warning', found, cost: 'whether this server can be recorded is not known' };
  }
  const found = `Kubernetes ${version}${platform ? ` (${platform})` : ''}${replay === undefined ? '' : playedText(replay)}`;
  if (minor < oldestMinor) {
    const cost = 'CronJobs, EndpointSlices and PodDisruptionBudgets are served as beta versions, which the rules do not know';
    return {
      name,
      status: 'warning',
      found: `${found}, older than 1.${oldestMinor}`,
      cost,
      fix: ['upgrade the cluster, or record it with care'],
    };
  }
  const newer = minor > testedMinor ? `; tested up to 1.${testedMinor}` : '';
  const lists =
    minor < 27
      ? 'cannot stream initial lists'
      : `can stream initial lists (--watch-list on${minor < 32 ? ', if its feature gate WatchList is' : ''})`;
  return { name, status: 'ok', found: `${found}${newer}; ${lists}` };
}

function playedText({ at, speed }: NonNullable<Probe['replay']>): string {
  return speed === 0 ? `, a recording as of ${at}` : `, a recording at ${at}, replayed at speed ${speed}`;
}

const allowedSkewMs = 5_000;

/** How far this machine's clock (`nowMs`, at the middle of the request) is from the server's Date header, which has whole seconds. */
export function clockCheck(date: string, nowMs: number): Check | undefined {
  const server = Date.parse(date);
  if (Number.isNaN(server)) return undefined;
  const ahead = nowMs - (server + 500);
  const seconds = Math.abs(ahead) / 1000;
  const shown = seconds < 1 ? 'less than 1' : seconds.toFixed(seconds < 10 ? 1 : 0);
  const found = `${shown} s ${ahead < 0 ? 'behind' : 'ahead of'} the server`;
  if (Math.abs(ahead) <= allowedSkewMs) return { name: 'clock', status: 'ok', found: seconds < 1 ? 'the same as the server' : found };
  const cost = 'records carry the time of this machine, and what they tell carries that of the cluster: what came first is judged wrongly';
  return { name: 'clock', status: 'warning', found: `this machine is ${found}`, cost, fix: ['synchronise it: timedatectl set-ntp true'] };
}

/** What is served, and every part of discovery that failed. */
export function discoveryChecks(served: ResourceType[], problems: string[]): Check[] {
  const groups = new Set(served.map(({ group }) => group)).size;
  const all: Check = { name: 'discovery', status: 'ok', found: `${served.length} resources in ${groups} API groups` };
  const failed = problems.map((problem): Check => {
    const fix = ['kubectl get apiservices shows which aggregated API is down'];
    return { name: 'discovery', status: 'warning', found: problem, cost: 'what is served there is not recorded', fix };
  });
  return served.length === 0 ? failed : [all, ...failed];
}

/** Whether usage is served (metrics.k8s.io). */
export function metricsCheck(served: ResourceType[]): Check {
  const there = servesMetrics(served);
  if (there) return { name: 'metrics', status: 'ok', found: 'metrics.k8s.io is served' };
  return {
    name: 'metrics',
    status: 'warning',
    found: 'metrics.k8s.io is not served',
    cost: costOf('pods.metrics.k8s.io'),
    fix: ['install metrics-server: https://github.com/kubernetes-sigs/metrics-server'],
  };
}

/** Whether the cluster serves metrics.k8s.io for pods. */
export function servesMetrics(served: ResourceType[]): boolean {
  return served.some(({ group, resource }) => group === 'metrics.k8s.io' && resource === 'pods');
}

/** Names of resources that fit nothing the cluster serves, and a cluster that serves nothing of the default set. */
export function resourceChecks({ types, unknown }: Selected): Check[] {
  const wrong = unknown.map(({ name, suggestion }): Check => {
    const fix = [...(suggestion === undefined ? [] : [`did you mean ${suggestion}?`]), 'kubectl api-resources lists all'];
    return { name: 'resource', status: 'failed', found: `nothing is served that is called "${name}" and can be watched`, fix, exitCode: 2 };
  });
  if (types.length > 0 || wrong.length > 0) return wrong;
  const cost = 'there is nothing to record';
  return [{ name: 'resource', status: 'failed', found: 'the cluster serves none of the resources that are recorded', cost, exitCode: 4 }];
}

/** One line that counts what is granted, one per missing right (those with the same cost together), one for what the cluster would not tell. */
export function rightChecks(rights: readonly Right[]): Check[] {
  const granted = rights.filter(({ missing, unknown }) => missing.length + unknown.length === 0);
  const unclear = rights.filter(({ missing, unknown }) => missing.length === 0 && unknown.length > 0);
  const denied = new Map<string, Right[]>();
  for (const right of rights.filter(({ missing }) => missing.length > 0)) {
    const key = JSON.stringify([right.missing, right.cost]);
    denied.set(key, [...(denied.get(key) ?? []), right]);
  }
  const [first] = unclear;
  return [
    ...(granted.length === 0 ? [] : [{ name: 'rights', status: 'ok' as const, found: `${granted.length} of ${rights.length} granted` }]),
    ...[...denied.values()].map(missingCheck),
    ...(first === undefined
      ? []
      : [{ name: 'rights', status: 'warning' as const, found: `not known for ${namesOf(unclear)}: ${first.reason}` }]),
  ];
}

function missingCheck(rights: Right[]): Check {
  const [{ missing, cost }] = rights as [Right];
  const fix = ['grant it with the role below'];
  return { name: 'rights', status: 'failed', found: `may not ${missing.join(' and ')} ${namesOf(rights)}`, cost, fix, exitCode: 6 };
}

/** `pods, configmaps (shop, pay)`: namespaces of one resource together. */
function namesOf(rights: readonly Right[]): string {
  const places = new Map<string, string[]>();
  for (const right of rights) {
    const { namespace, ...everywhere } = right;
    const name = needText(everywhere);
    places.set(name, [...(places.get(name) ?? []), ...(namespace === undefined ? [] : [namespace])]);
  }
  return [...places].map(([name, where]) => (where.length === 0 ? name : `${name} (${where.join(', ')})`)).join(', ');
}

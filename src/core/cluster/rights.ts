import type { StreamSpec } from './api.ts';
import { costOf } from './costs.ts';
import { fullName } from './resources.ts';

/** What is recorded besides the streams. `network` needs `get nodes/proxy`, which is more than a right to read. */
export type Wishes = { logs: boolean; metrics: boolean; network: boolean };

/**
 * A right that a recording needs. `resource` is a plural, with its subresource if that is meant (`pods/log`); no `namespace` means the whole
 * cluster; `objectName` narrows it to one object. `cost` says what diagnosis loses without it, as a clause.
 */
export type Need = { group: string; resource: string; verbs: string[]; namespace?: string; objectName?: string; cost: string };

/** Everything a recording of these streams needs, least privilege: list and watch of each, and what logs and metrics take. */
export function needsOf(streams: readonly StreamSpec[], { logs, metrics, network }: Wishes): Need[] {
  const watched = streams.map(({ type, namespace }) =>
    needOf(type.group, type.resource, ['list', 'watch'], { ...(namespace === undefined ? {} : { namespace }) }),
  );
  const places = streams
    .filter(({ type }) => fullName(type) === 'pods')
    .map(({ namespace }) => (namespace === undefined ? {} : { namespace }));
  return [
    ...watched,
    ...(logs ? places.map((place) => needOf('', 'pods/log', ['get'], place)) : []),
    ...(metrics ? places.map((place) => needOf('metrics.k8s.io', 'pods', ['list'], place)) : []),
    ...(metrics ? [needOf('metrics.k8s.io', 'nodes', ['list'])] : []),
    ...(network ? [needOf('', 'nodes/proxy', ['get'])] : []),
    {
      ...needOf('', 'namespaces', ['get'], { objectName: 'kube-system' }),
      cost: 'the recording does not know the identity of its cluster, and --resume goes by its name alone',
    },
  ];
}

function needOf(group: string, resource: string, verbs: string[], place: Pick<Need, 'namespace' | 'objectName'> = {}): Need {
  return { group, resource, verbs, ...place, cost: costOf(fullName({ group, resource })) };
}

/** `pods`, `deployments.apps in shop`, `namespace kube-system`: for people. */
export function needText({ group, resource, namespace, objectName }: Need): string {
  const name = fullName({ group, resource });
  return `${name}${objectName === undefined ? '' : ` ${objectName}`}${namespace === undefined ? '' : ` in ${namespace}`}`;
}

import { type Answer, type Asked, json, type Served } from './answer.ts';
import type { Collection } from './collection.ts';
import { groupAnswer, groupsAnswer, resourcesAnswer } from './discovery.ts';
import { listAnswer, objectAnswer } from './list.ts';
import { logAnswer } from './logs.ts';
import { metricsAnswer } from './metrics.ts';
import { qualifiedName, servesVersion } from './resource-types.ts';
import { isReview, reviewAnswer } from './reviews.ts';
import { type Route, routeOf, type Target } from './route.ts';
import { readOnly, unknownResource } from './status.ts';
import { watchAnswer } from './watch.ts';

/** The answer to any request. Throws StatusError for what cannot be answered. */
export function handle(served: Served, asked: Asked): Answer {
  if (asked.method === 'POST' && isReview(asked.path)) return reviewAnswer(served, asked);
  if (asked.method !== 'GET' && asked.method !== 'HEAD') throw readOnly();
  return answerTo(served, asked, routeOf(asked.path));
}

function answerTo(served: Served, asked: Asked, route: Route): Answer {
  switch (route.to) {
    case 'health':
      return { status: 200, type: 'text/plain; charset=utf-8', body: 'ok' };
    case 'version':
      return json(versionObject(served.version()));
    case 'core':
    case 'groups':
      return groupsAnswer(served, asked, route.to);
    case 'group':
      return groupAnswer(served, route.group);
    case 'resources':
      return resourcesAnswer(served, route);
    case 'collection':
    case 'object':
      return route.group === 'metrics.k8s.io' ? metricsOf(served, asked, route) : resourceAnswer(served, asked, route);
    default:
      throw unknownResource();
  }
}

function metricsOf(served: Served, asked: Asked, route: Target & { name?: string; subresource?: string }): Answer {
  if (route.subresource !== undefined || isWatch(asked)) throw readOnly();
  return metricsAnswer(served, asked, route);
}

function resourceAnswer(served: Served, asked: Asked, route: Route & { to: 'collection' | 'object' }): Answer {
  const collection = collectionOf(served, route);
  const { namespaced } = collection.type;
  if (route.to === 'collection') {
    if (!namespaced && route.namespace !== undefined) throw unknownResource();
    return isWatch(asked) ? watchAnswer(served, asked, collection, route) : listAnswer(served, asked, collection, route);
  }
  if (namespaced !== (route.namespace !== undefined)) throw unknownResource();
  const { name, namespace = '', subresource } = route;
  if (subresource === 'log' && collection.type.resource === 'pods') return logAnswer(served, asked, { namespace, name });
  if (subresource !== undefined && subresource !== 'status') {
    // kubectl exec, attach, port-forward and cp begin with a GET that asks for a tunnel.
    throw ['exec', 'attach', 'portforward', 'proxy'].includes(subresource) ? readOnly() : unknownResource();
  }
  return isWatch(asked) ? watchAnswer(served, asked, collection, route) : objectAnswer(served, asked, collection, route);
}

function collectionOf({ state }: Served, target: Target): Collection {
  const collection = state.collections.get(qualifiedName(target));
  if (collection === undefined || !servesVersion(collection.type, target.version)) throw unknownResource();
  return collection;
}

function isWatch({ query }: Asked): boolean {
  return ['true', '1', ''].includes(query.get('watch') ?? 'false');
}

function versionObject(gitVersion: string): object {
  const [, major = '', minor = ''] = /^v(\d+)\.(\d+)/.exec(gitVersion) ?? [];
  const unknown = { gitCommit: '', gitTreeState: '', buildDate: '', goVersion: '', compiler: '', platform: '' };
  return { major, minor, gitVersion, ...unknown };
}

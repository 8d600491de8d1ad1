import type { ApiRequest, StreamSpec } from '../api.ts';

const metadataOnly = (kind: string) => `application/json;as=${kind};g=meta.k8s.io;v=v1,application/json`;

/** `/api/v1/namespaces/shop/pods`, `/apis/apps/v1/deployments`. */
export function pathOf({ type, namespace }: Pick<StreamSpec, 'type' | 'namespace'>): string {
  const { group, version, resource } = type;
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  return `${root}/${namespace === undefined ? '' : `namespaces/${encodeURIComponent(namespace)}/`}${resource}`;
}

/** One page of a list. The first has no resourceVersion, which makes it consistent; the others say no more than their token. */
export function listRequest(spec: StreamSpec, { limit, token }: { limit: number | undefined; token: string }): ApiRequest {
  return {
    path: pathOf(spec),
    accept: spec.metadataOnly ? metadataOnly('PartialObjectMetadataList') : 'application/json',
    query: { labelSelector: spec.labelSelector, limit, ...(token === '' ? {} : { continue: token }) },
  };
}

/** A watch from a resourceVersion, or one that begins with the objects that exist (KEP-3157). */
export function watchRequest(
  spec: StreamSpec,
  timeoutSeconds: number,
  { version, initialEvents }: { version: string; initialEvents: boolean },
): ApiRequest {
  const initial = { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' };
  return {
    path: pathOf(spec),
    accept: spec.metadataOnly ? metadataOnly('PartialObjectMetadata') : 'application/json',
    query: {
      labelSelector: spec.labelSelector,
      watch: true,
      allowWatchBookmarks: true,
      timeoutSeconds,
      ...(initialEvents ? initial : { resourceVersion: version }),
    },
  };
}

/** A Kubernetes object as the API serves it: plain JSON. Integers beyond 2^53 are bigint. */
export type KubernetesObject = {
  apiVersion?: string;
  kind?: string;
  metadata?: ObjectMeta;
  // biome-ignore lint/suspicious/noExplicitAny: Kubernetes objects are open-ended JSON
  [field: string]: any;
};

export type ObjectMeta = {
  name?: string;
  generateName?: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  // biome-ignore lint/suspicious/noExplicitAny: see KubernetesObject
  [field: string]: any;
};

export type OwnerReference = { apiVersion?: string; kind: string; name: string; uid: string; controller?: boolean };

/** Names one object. `namespace` is '' for cluster-scoped kinds, `uid` is '' when only a name is known. */
export type ObjectRef = { kind: string; namespace: string; name: string; uid: string; apiVersion?: string };

/** `Pod shop/cart-1`, `Node node-1`: for people. */
export function formatRef(ref: Pick<ObjectRef, 'kind' | 'namespace' | 'name'>): string {
  return ref.namespace === '' ? `${ref.kind} ${ref.name}` : `${ref.kind} ${ref.namespace}/${ref.name}`;
}

/** The ref of an object; fields that are absent become ''. */
export function refOf(object: KubernetesObject): ObjectRef {
  const { metadata = {} } = object;
  return {
    kind: object.kind ?? '',
    namespace: metadata.namespace ?? '',
    name: metadata.name ?? '',
    uid: metadata.uid ?? '',
    ...(object.apiVersion === undefined ? {} : { apiVersion: object.apiVersion }),
  };
}

/** Same object: by uid where both know it, else by kind, namespace and name. */
export function sameRef(a: ObjectRef, b: ObjectRef): boolean {
  if (a.uid !== '' && b.uid !== '') return a.uid === b.uid;
  return a.kind === b.kind && a.namespace === b.namespace && a.name === b.name;
}

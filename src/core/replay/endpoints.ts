import { fieldsOf, itemsOf, textsOf } from '../model/fields.ts';
import type { KubernetesObject } from '../model/resource.ts';
import { labelerNamespace, uuid5 } from '../model/uuid.ts';

/** The Endpoints that a Service's EndpointSlices amount to (`subsets[]` by equal ports), for clients that still read them. */
export function endpointsOf(service: string, namespace: string, slices: KubernetesObject[]): KubernetesObject {
  const family = slices.some(({ addressType }) => addressType === 'IPv4') ? 'IPv4' : 'IPv6';
  const subsets = new Map<string, KubernetesObject>();
  for (const slice of slices.filter(({ addressType }) => addressType === family)) {
    const ports = itemsOf(slice.ports).map(({ name, port, protocol }) => ({ ...(name ? { name } : {}), port, protocol }));
    const key = JSON.stringify(ports);
    const subset = subsets.get(key) ?? { addresses: [], notReadyAddresses: [], ports };
    subsets.set(key, subset);
    for (const endpoint of itemsOf(slice.endpoints)) {
      const place = fieldsOf(endpoint.conditions).ready === false ? subset.notReadyAddresses : subset.addresses;
      for (const ip of textsOf(endpoint.addresses)) place.push(addressOf(ip, endpoint));
    }
  }
  const created = slices.map(({ metadata }) => metadata?.creationTimestamp ?? '').sort()[0];
  const metadata = {
    name: service,
    namespace,
    uid: uuid5(`Endpoints/${namespace}/${service}`, labelerNamespace),
    ...(created ? { creationTimestamp: created } : {}),
    annotations: { 'k8s-labeler.io/derived-from': slices.map(({ metadata }) => metadata?.name ?? '').join(',') },
  };
  const filled = [...subsets.values()].map(filledLists).filter(({ addresses, notReadyAddresses }) => addresses ?? notReadyAddresses);
  return { apiVersion: 'v1', kind: 'Endpoints', metadata, ...(filled.length === 0 ? {} : { subsets: filled }) };
}

function addressOf(ip: string, { nodeName, targetRef, hostname }: KubernetesObject): KubernetesObject {
  return { ip, ...(hostname ? { hostname } : {}), ...(nodeName ? { nodeName } : {}), ...(targetRef ? { targetRef } : {}) };
}

/** The API leaves empty lists out. */
function filledLists(subset: KubernetesObject): KubernetesObject {
  return Object.fromEntries(Object.entries(subset).filter(([, list]) => list.length > 0));
}

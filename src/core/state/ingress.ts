import { fieldsOf, itemsOf, text } from '../model/fields.ts';
import { pointerOf } from '../model/pointer.ts';
import type { KubernetesObject } from '../model/resource.ts';
import { covered, findObject } from './lookups.ts';
import type { ClusterState } from './state.ts';

/** Something that an Ingress refers to and that is not there: `name` of the Service, Secret or class; `port` of a port that it lacks. */
export type BrokenReference = { kind: 'service' | 'port' | 'secret' | 'class'; name: string; port: string; pointer: string };

type Backend = { name: string; port: string | number | undefined; pointer: string };

/** Every Service backend of an Ingress (networking.k8s.io/v1, or v1beta1 with serviceName), with the pointer to it. */
export function ingressBackends(ingress: KubernetesObject): Backend[] {
  const spec = fieldsOf(ingress.spec);
  const found: Backend[] = [];
  const add = (backend: unknown, ...path: (string | number)[]) => {
    const { service, serviceName, servicePort } = fieldsOf(backend);
    const name = text(fieldsOf(service).name) || text(serviceName);
    const port = fieldsOf(fieldsOf(service).port);
    if (name !== '') found.push({ name, port: port.name ?? port.number ?? servicePort, pointer: pointerOf('spec', ...path) });
  };
  if (spec.defaultBackend !== undefined) add(spec.defaultBackend, 'defaultBackend');
  if (spec.backend !== undefined) add(spec.backend, 'backend');
  itemsOf(spec.rules).forEach((rule, position) => {
    itemsOf(fieldsOf(rule.http).paths).forEach((path, index) => {
      add(path.backend, 'rules', position, 'http', 'paths', index, 'backend');
    });
  });
  return found;
}

/** What an Ingress refers to and that does not exist, as far as all objects of that kind were recorded. */
export function brokenReferences(state: ClusterState, ingress: KubernetesObject): BrokenReference[] {
  const namespace = text(ingress.metadata?.namespace);
  return [...brokenBackends(state, namespace, ingress), ...missingClass(state, ingress), ...missingSecrets(state, namespace, ingress)];
}

function brokenBackends(state: ClusterState, namespace: string, ingress: KubernetesObject): BrokenReference[] {
  if (!covered(state, 'Service', namespace)) return [];
  return ingressBackends(ingress).flatMap(({ name, port, pointer }): BrokenReference[] => {
    const service = findObject(state, 'Service', namespace, name);
    if (service === undefined) return [{ kind: 'service', name, port: '', pointer }];
    const { ports, type } = fieldsOf(service.object.spec);
    const known = itemsOf(ports).some((one) => one.port === port || (one.name !== undefined && one.name === port));
    // `use-annotation` is how the AWS controller refers to actions; an ExternalName needs no ports.
    if (known || port === undefined || port === 'use-annotation' || type === 'ExternalName') return [];
    return [{ kind: 'port', name, port: String(port), pointer }];
  });
}

/** Classes of controllers that need no IngressClass object (GKE). */
const builtinClasses = new Set(['gce', 'gce-internal']);

function missingClass(state: ClusterState, ingress: KubernetesObject): BrokenReference[] {
  const name = text(ingress.spec?.ingressClassName);
  if (name === '' || builtinClasses.has(name) || !covered(state, 'IngressClass', '')) return [];
  return findObject(state, 'IngressClass', '', name) === undefined
    ? [{ kind: 'class', name, port: '', pointer: '/spec/ingressClassName' }]
    : [];
}

function missingSecrets(state: ClusterState, namespace: string, ingress: KubernetesObject): BrokenReference[] {
  // Certificates that a controller orders come when it is done.
  const ordered = Object.keys(fieldsOf(ingress.metadata?.annotations)).some((key) => /cert-manager\.|tls-acme|certmanager\./.test(key));
  if (ordered || !covered(state, 'Secret', namespace)) return [];
  return itemsOf(ingress.spec?.tls).flatMap(({ secretName }, position): BrokenReference[] => {
    const name = text(secretName);
    if (name === '' || findObject(state, 'Secret', namespace, name) !== undefined) return [];
    return [{ kind: 'secret', name, port: '', pointer: pointerOf('spec', 'tls', position, 'secretName') }];
  });
}

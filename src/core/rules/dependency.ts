import type { Evidence } from '../model/event.ts';
import { fieldsOf, itemsOf } from '../model/fields.ts';
import type { ObjectRef } from '../model/resource.ts';
import { endpointsOf } from '../state/lookups.ts';
import type { ClusterState } from '../state/state.ts';
import type { Address } from './address.ts';
import { citeField, present } from './rule.ts';

/**
 * What the state says about a dependency that a client cannot reach. `situation` is `empty` (a Service without ready endpoints), `unseen`
 * (its endpoints were not recorded), `slow` (ready, but connections time out), `pod`, `external`, `local` or `unknown`;
 * `port` (a Service that does not offer that port);
 * `exit` is the confidence that the dependency is the cause when its client exits over it.
 */
export type Judgement = { situation: string; exit: number; evidence?: Evidence[]; dependsOn?: ObjectRef; needs?: string[] };

/** Judges the address that a line of this signature names. Undefined when the dependency is up and refuses: then its ports are wrong (SVC-4). */
export function judgeDependency(state: ClusterState, signature: string, address: Address | undefined): Judgement | undefined {
  if (address?.type === 'service') return judgeService(state, signature, address);
  if (address?.type === 'pod') {
    const ready = itemsOf(address.pod.object.status?.conditions).some((one) => one.type === 'Ready' && one.status === 'True');
    if (ready && address.pod.deleted === undefined) return undefined;
    return {
      situation: 'pod',
      exit: 0.8,
      evidence: present(citeField(address.pod, '/status/podIP', 'the pod at that address')),
      dependsOn: address.pod.ref,
    };
  }
  if (address?.type === 'external') return { situation: 'external', exit: 0.82 };
  if (address?.type === 'local') return { situation: 'local', exit: 0.66 };
  if (address?.type === 'absent') return { situation: 'unknown', exit: 0.76 };
  const vague = address === undefined && (signature === 'connection-timeout' || signature === 'connection-reset');
  return { situation: 'unknown', exit: vague ? 0.7 : 0.8, needs: ['the Service or host behind the address'] };
}

function judgeService(state: ClusterState, signature: string, address: Address & { type: 'service' }): Judgement | undefined {
  const { service, inferred } = address;
  const spec = fieldsOf(service.object.spec);
  const shown = present(citeField(service, spec.selector === undefined ? '/spec' : '/spec/selector', 'the Service that it connects to'));
  if (spec.type === 'ExternalName' || spec.selector === undefined) return { situation: 'external', exit: 0.8, evidence: shown };
  const ports = itemsOf(spec.ports).map(({ port }) => Number(port));
  // A headless Service only names its pods: whatever port they open can be asked.
  if (spec.clusterIP !== 'None' && signature !== 'connection-timeout' && isOther(ports, address.port)) {
    return { situation: 'port', exit: 0.9, evidence: present(citeField(service, '/spec/ports', 'the ports that the Service offers')) };
  }
  const endpoints = endpointsOf(state, service.ref);
  if (endpoints === undefined)
    return { situation: 'unseen', exit: 0.78, evidence: shown, dependsOn: service.ref, needs: ['the EndpointSlices of the Service'] };
  const list = citeField(
    endpoints.source,
    endpoints.source.object.kind === 'Endpoints' ? '/metadata/name' : '/endpoints',
    'its endpoints, none of them ready',
  );
  if (endpoints.ready === 0)
    return {
      situation: 'empty',
      exit: inferred === undefined ? 0.92 : 0.86,
      evidence: [...shown, ...present(list)],
      dependsOn: service.ref,
    };
  if (signature !== 'connection-timeout' && signature !== 'no-route') return undefined;
  return {
    situation: 'slow',
    exit: 0.7,
    evidence: shown,
    dependsOn: service.ref,
    needs: ['NetworkPolicies and metrics of the dependency'],
  };
}

/** Whether a client asks for a port that is none of these. */
function isOther(ports: number[], asked: string): boolean {
  return asked !== '' && ports.length > 0 && !ports.includes(Number(asked));
}

/** The dependency in words: `Service shop/orders-db:5432`, `db.example.com:5432`. */
export function nameOf(address: Address | undefined): string {
  if (address === undefined) return '(not named in the line)';
  const port = address.port === '' ? '' : `:${address.port}`;
  if (address.type === 'service') return `Service ${address.service.ref.namespace}/${address.service.ref.name}${port}`;
  if (address.type === 'pod') return `Pod ${address.pod.ref.namespace}/${address.pod.ref.name}${port}`;
  return `${address.host}${port}`;
}

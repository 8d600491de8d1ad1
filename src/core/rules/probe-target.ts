import type { Signal } from '../model/event.ts';
import { itemsOf } from '../model/fields.ts';
import type { KubernetesObject } from '../model/resource.ts';
import type { ClusterState } from '../state/state.ts';
import { containerOf } from './subject.ts';

/** Which port a probe asks (0: an exec probe, or a name that no port has), and how it is written in the spec. */
export type ProbeTarget = { pointer: string; port: number; portPointer: string; path: string; declared: number[]; probe: KubernetesObject };

/** The target of a container's probe, from the recorded pod (core/v1 Probe). Undefined without such a probe. */
export function probeTarget(
  state: ClusterState,
  signal: Pick<Signal, 'ref' | 'container' | 'init'>,
  field: 'livenessProbe' | 'startupProbe' | 'readinessProbe',
): ProbeTarget | undefined {
  const container = containerOf(state, signal);
  const probe = container?.spec[field] as KubernetesObject | undefined;
  if (container === undefined || probe === undefined || probe === null) return undefined;
  const ports = itemsOf(container.spec.ports);
  const kind = ['httpGet', 'tcpSocket', 'grpc'].find((one) => typeof probe[one] === 'object' && probe[one] !== null);
  const written = kind === undefined ? 0 : probe[kind].port;
  const port =
    typeof written === 'string' && !/^\d+$/.test(written)
      ? (ports.find(({ name }) => name === written)?.containerPort ?? 0)
      : Number(written);
  const pointer = `${container.pointer}/${field}`;
  return {
    pointer,
    port,
    portPointer: kind === undefined ? pointer : `${pointer}/${kind}/port`,
    path: String(probe.httpGet?.path ?? ''),
    declared: ports.map(({ containerPort }) => Number(containerPort)),
    probe,
  };
}

/** How long a container may run before the probe kills it, in seconds, when no attempt succeeds (grace and jitter come on top). */
export function patience(probe: KubernetesObject): number {
  const period = Number(probe.periodSeconds ?? 10);
  return Number(probe.initialDelaySeconds ?? 0) + period * Number(probe.failureThreshold ?? 3) + Number(probe.timeoutSeconds ?? 1);
}

import type { AggregatedEvent, Evidence, Signal } from '../model/event.ts';
import type { ClusterState } from '../state/state.ts';
import { citeLine, listeningPorts } from './container-log.ts';
import type { ProbeFailure } from './probe-message.ts';
import type { ProbeTarget } from './probe-target.ts';

/** What is wrong with a probe itself, how surely, and the evidence beside the probe's own failure. */
export type ProbeFault = { why: string; confidence: number; evidence: Evidence[] };

/** Judges a probe from what it met and what the container says it listens on. Undefined when the program may as well be at fault. */
export function probeFault(
  state: ClusterState,
  incident: AggregatedEvent,
  container: Pick<Signal, 'ref' | 'container'>,
  failure: ProbeFailure,
  probe: ProbeTarget,
): ProbeFault | undefined {
  const told = (why: string, confidence: number): ProbeFault => ({ why, confidence, evidence: [] });
  if (failure.form === 'scheme') return told('it speaks HTTP where the server speaks HTTPS, or the reverse', 0.93);
  if (failure.form === 'unimplemented') return told('it asks for a gRPC health service that the server does not have', 0.93);
  if (failure.form === 'no-command') return told('its command is not in the image', 0.93);
  if (failure.form === 'status' && failure.status === 404) return told(`its path ${probe.path} does not exist (404)`, 0.86);
  if (failure.form === 'status' && (failure.status === 401 || failure.status === 403))
    return told(`its path ${probe.path} needs a login (${failure.status})`, 0.82);
  if (failure.form !== 'refused' || probe.port === 0) return undefined;
  const listening = listeningPorts(state, incident, container);
  if (listening.some(({ port }) => port === probe.port)) return undefined;
  const [other] = listening;
  if (other !== undefined) {
    return {
      why: `it asks port ${probe.port}, but the program listens on ${other.port}`,
      confidence: 0.94,
      evidence: [citeLine(container, other.line, 'where the program listens')],
    };
  }
  const undeclared = probe.declared.length > 0 && !probe.declared.includes(probe.port);
  return undeclared
    ? told(`it asks port ${probe.port}, which the container does not declare (${probe.declared.join(', ')})`, 0.8)
    : undefined;
}

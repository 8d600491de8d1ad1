import type { AggregatedEvent, Signal } from '../model/event.ts';
import type { ObjectRef } from '../model/resource.ts';
import { podsOf } from '../state/lookups.ts';
import { type ClusterState, nameKey } from '../state/state.ts';
import type { Aggregator } from './aggregate.ts';
import { contextOf, historyOf } from './context.ts';
import type { OpenIncident } from './incident.ts';
import { earlierIncidents, nextOrdinal } from './ledger.ts';
import { lineAt } from './novelty.ts';
import { tailOf } from './tails.ts';

const silentPods = 5;

/** An incident with its signals, logs, samples and surroundings as of now; it shares nothing that changes later. */
export function snapshot(aggregator: Aggregator, incident: OpenIncident, status: AggregatedEvent['status']): AggregatedEvent {
  const { state, config, tails, ledger } = aggregator;
  const live = [...incident.signals.values()];
  const signals = live.map(
    ({ observation, since, confirmed, snapshot: _, times, ...signal }): Signal => ({ ...signal, times: [...times] }),
  );
  const pods = podsOfIncident(state, incident);
  const onset = onsetOf(incident);
  const main = live.findIndex(({ confirmed }) => confirmed);
  return {
    key: `${incident.key}#${nextOrdinal(ledger, incident.key)}`,
    workload: incident.workload,
    cluster: state.cluster,
    ...(aggregator.look.single && live.some((signal) => signal.snapshot) ? { singleLook: true as const } : {}),
    openedAt: incident.openedAt,
    lastAt: status === 'ongoing' && incident.standing.size > 0 ? state.now : incident.lastAt,
    status,
    ...(status === 'recovered' ? { endedAt: incident.healthySince || incident.lastAt } : {}),
    mainEvent: signals[Math.max(0, main)] as Signal,
    signals,
    logs: tailOf(tails.logs, pods, config.maxLogLines).map((line) => lineAt(line, onset)),
    metrics: tailOf(tails.metrics, pods, config.maxMetricSamples),
    context: {
      ...contextOf(state, incident.workload, incident.openedAt, signals[Math.max(0, main)]?.ref),
      history: { ...historyOf(state, incident.workload), ...earlierIncidents(ledger, incident.key) },
    },
  };
}

/** When something but log lines first showed: a line that has been there for longer did not cause it. */
function onsetOf({ openedAt, signals }: OpenIncident): string {
  const others = [...signals.values()].filter(({ type, observation }) => type !== 'log' && observation.confirm !== 'never');
  return others.reduce((first, { since }) => (first === '' || since < first ? since : first), '') || openedAt;
}

/** The pods that show something abnormal; else the newest of the workload: an init container that only waits still has a log. */
function podsOfIncident(state: ClusterState, incident: OpenIncident): ObjectRef[] {
  const pods = new Map<string, ObjectRef>();
  for (const { ref } of incident.signals.values()) if (ref.kind === 'Pod') pods.set(nameKey(ref), ref);
  if (pods.size > 0) return [...pods.values()];
  return podsOf(state, incident.workload)
    .slice(-silentPods)
    .map(({ ref }) => ref);
}

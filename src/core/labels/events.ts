import type { AnalyzedEvent, Signal } from '../model/event.ts';
import type { EventCorrelation, StoredEvent } from '../model/label.ts';
import { type Provenance, stableId } from './provenance.ts';

/** The facts that a person reads of an incident; the capture holds all. */
const maxEvents = 24;

/** The seed's event rows of an incident: its abnormal facts, each correlated with the main event. */
export function storedEvents(
  { event, evidence }: AnalyzedEvent,
  provenance: Provenance,
): { events: StoredEvent[]; correlations: EventCorrelation[] } {
  const cluster = provenance.clusterNames.get(event.cluster) ?? event.cluster;
  const idOf = (signal: Signal) => stableId(provenance.captureId, 'event', `${event.key}/${signal.id}`);
  const cited = new Set(evidence.map(({ seq, pointer }) => `${seq}${pointer}`));
  const main = event.mainEvent;
  const signals = [main, ...event.signals.filter((signal) => signal.id !== main.id)].slice(0, maxEvents);
  const correlations = signals.slice(1).map((signal) => ({
    id: stableId(provenance.captureId, 'correlation', `${event.key}/${signal.id}`),
    source_event_id: idOf(main),
    related_event_id: idOf(signal),
    correlation_type: cited.has(`${signal.seq}${signal.pointer}`) ? 'evidence' : 'same_incident',
    confidence: cited.has(`${signal.seq}${signal.pointer}`) ? 0.9 : 0.5,
  }));
  return { events: signals.map((signal) => storedEvent(signal, idOf(signal), cluster, event.key)), correlations };
}

function storedEvent(signal: Signal, id: string, cluster: string, incident: string): StoredEvent {
  return {
    id,
    type: signal.type,
    resource_type: signal.ref.kind,
    resource_name: signal.ref.name,
    namespace: signal.ref.namespace,
    data: {
      incident,
      seq: signal.seq,
      pointer: signal.pointer,
      count: signal.count,
      last_at: signal.lastAt,
      ...(signal.container === undefined ? {} : { container: signal.container }),
      detail: signal.detail,
      ...(signal.firstDetail === undefined ? {} : { first_detail: signal.firstDetail }),
    }, // prettier-ignore
    timestamp: signal.at,
    cluster_id: cluster,
  };
}

import type { AggregatedEvent, Evidence, Signal } from '../model/event.ts';

const nearLimit = 0.9;
const sampleSeconds = 120;

/** The last sample of a container before a run ended, as evidence, when it shows at least nine tenths of a limit in bytes. */
export function peakSample(incident: AggregatedEvent, crash: Signal, limit: number): Evidence | undefined {
  const finished = Date.parse(String(crash.detail.finishedAt));
  const last = incident.metrics.findLast(({ sample }) => {
    const lead = (finished - Date.parse(sample.timestamp)) / 1000;
    return sample.ref.name === crash.ref.name && lead >= 0 && lead <= sampleSeconds;
  });
  const position = last?.sample.containers?.findIndex(({ name }) => name === crash.container) ?? -1;
  const bytes = last?.sample.containers?.[position]?.memoryBytes ?? 0;
  if (last === undefined || bytes < nearLimit * limit) return undefined;
  const { seq, at } = last;
  const pointer = `/containers/${position}/memoryBytes`;
  return {
    id: '',
    type: 'metric',
    seq,
    pointer,
    value: bytes,
    ref: crash.ref,
    at,
    note: 'the memory in use shortly before the end',
    role: 'supports',
  };
}

import type { FixedHeap } from './heap.ts';
import type { SizingState } from './sizing.ts';

const SAMPLES_REQUIRED = 100;
const HOURS_REQUIRED = 24;

type Facts = { hpa: ('cpu' | 'memory')[]; heap?: FixedHeap; startupCaptured?: boolean };
type Direction = 'increase' | 'decrease' | 'keep' | 'refused';

/**
 * Why a change must not be recommended, per resource; empty lists allow it. A reduction needs 24 h, 100 samples, a captured start, and no
 * OOM kill; memory also no heap that the runtime fixes. A resource that an HPA scales on is left alone, but for an increase after an OOM.
 */
export function refusals(
  state: SizingState,
  windowSeconds: number,
  facts: Facts,
  changes: { cpu: Direction; memory: Direction },
  afterOom: boolean,
): { cpu: string[]; memory: string[] } {
  const common: string[] = [];
  const hours = windowSeconds / 3600;
  if (hours < HOURS_REQUIRED) common.push(`only ${hours.toFixed(1)} h of usage, a reduction needs ${HOURS_REQUIRED} h`);
  if (state.samples < SAMPLES_REQUIRED) common.push(`only ${state.samples} samples, a reduction needs ${SAMPLES_REQUIRED}`);
  if (state.oomKills > 0) common.push(`${state.oomKills} OOM kill(s) in the window`);
  if (!(facts.startupCaptured ?? state.startupCaptured)) common.push('no start of the container was captured');
  const scaled = (resource: 'cpu' | 'memory'): string[] =>
    facts.hpa.includes(resource) ? [`a HorizontalPodAutoscaler scales on ${resource}`] : [];
  const heap = facts.heap === undefined ? [] : [`the ${facts.heap.runtime} heap is fixed by ${facts.heap.setting}`];
  const reasons = (resource: 'cpu' | 'memory', own: string[]): string[] => {
    if (changes[resource] === 'keep') return [];
    if (changes[resource] === 'decrease') return [...common, ...scaled(resource), ...own];
    return resource === 'memory' && afterOom ? [] : scaled(resource);
  };
  return { cpu: reasons('cpu', []), memory: reasons('memory', heap) };
}

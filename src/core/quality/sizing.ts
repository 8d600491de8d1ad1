import type { ContainerResources, ResourceOptimizationLabel } from '../model/label.ts';
import { cpuMillicores, memoryBytes, parseQuantity } from '../model/quantity.ts';
import type { Finding } from './check.ts';

const roundedMemory = 2 ** 20;

/** Whether suggested resources are arithmetically sound (docs/quality.md §2). */
export function optimizationFindings({ suggestion, current_state: now, impact }: ResourceOptimizationLabel): Finding[] {
  const peak = now.memory_usage_bytes?.max;
  return [
    { id: 'request-within-limit', score: within(suggestion.cpu_request_millicores, suggestion.cpu_limit_millicores) },
    { id: 'memory-request-within-limit', score: within(suggestion.memory_request_bytes, suggestion.memory_limit_bytes) },
    { id: 'memory-limit-over-peak', score: peak === undefined ? undefined : within(peak, suggestion.memory_limit_bytes) },
    {
      id: 'cpu-limit-over-use',
      score: now.cpu_usage_millicores === null ? undefined : within(now.cpu_usage_millicores.p95, suggestion.cpu_limit_millicores),
    },
    {
      id: 'cpu-saving-sign',
      score: sameSign(impact.cpu_request_delta_millicores, suggestion.cpu_request_millicores, now.cpu_request_millicores),
    },
    {
      id: 'memory-saving-sign',
      score: sameSign(impact.memory_request_delta_bytes, suggestion.memory_request_bytes, now.memory_request_bytes),
    },
    { id: 'same-container', score: suggestion.container === now.container },
    { id: 'patch-says-suggestion', score: patchAgrees(suggestion.patch, suggestion) },
  ];
}

/** Whether `cpu=250m` or `memory=1Gi` sets something to a Kubernetes quantity above zero. */
export function isQuantityPair(pair: string): boolean {
  const [name = '', value = ''] = pair.split('=');
  return name !== '' && (parseQuantity(value) ?? 0) > 0;
}

/** Whether every quantity of the patch is one, and what the suggestion says; undefined if the patch sets none. */
function patchAgrees(patch: string, suggestion: ContainerResources): boolean | undefined {
  const found = [...patch.matchAll(/"(requests|limits)"\s*:\s*\{([^}]*)\}/g)].flatMap(([, part = '', body = '']) =>
    [...body.matchAll(/"(cpu|memory)"\s*:\s*"?([^",]*)"?/g)].map(([, name = '', value = '']) => ({ key: `${part}.${name}`, value })),
  );
  const expected: Record<string, number | null> = {
    'requests.cpu': suggestion.cpu_request_millicores,
    'limits.cpu': suggestion.cpu_limit_millicores,
    'requests.memory': suggestion.memory_request_bytes,
    'limits.memory': suggestion.memory_limit_bytes,
  };
  if (found.length === 0) return undefined;
  return found.every(({ key, value }) => {
    const [said, meant, slack] = key.endsWith('.cpu')
      ? [cpuMillicores(value), expected[key], 1]
      : [memoryBytes(value), expected[key], roundedMemory];
    return said !== undefined && typeof meant === 'number' && Math.abs(said - meant) <= slack;
  });
}

function within(lower: number | null, upper: number | null): boolean | undefined {
  return lower === null || upper === null ? undefined : lower <= upper;
}

function sameSign(delta: number | null, after: number | null, before: number | null): boolean | undefined {
  return delta === null || after === null || before === null ? undefined : Math.sign(delta) === Math.sign(after - before);
}

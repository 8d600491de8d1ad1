import type { ContainerResources } from '../../model/label.ts';

const MiB = 1_048_576;

/** Millicores as a Kubernetes quantity: `250m`, `2`. */
export function cpuQuantity(millicores: number): string {
  return millicores % 1000 === 0 ? String(millicores / 1000) : `${millicores}m`;
}

/** Bytes as a Kubernetes quantity: `256Mi`, or plain bytes where they are no whole MiB. */
export function memoryQuantity(bytes: number): string {
  return bytes % MiB === 0 ? `${bytes / MiB}Mi` : String(bytes);
}

function amounts(cpu: number | null, memory: number | null): Record<string, string> {
  return { ...(cpu === null ? {} : { cpu: cpuQuantity(cpu) }), ...(memory === null ? {} : { memory: memoryQuantity(memory) }) };
}

/** A strategic merge patch of a workload with a pod template, as JSON text for `kubectl patch --patch`. */
export function resourcesPatch(resources: ContainerResources): string {
  const requests = amounts(resources.cpu_request_millicores, resources.memory_request_bytes);
  const limits = amounts(resources.cpu_limit_millicores, resources.memory_limit_bytes);
  const container = { name: resources.container, resources: { requests, ...(Object.keys(limits).length > 0 ? { limits } : {}) } };
  return JSON.stringify({ spec: { template: { spec: { containers: [container] } } } });
}

import type { RecordDraft } from '../../../../src/core/model/capture.ts';
import type { KubernetesObject } from '../../../../src/core/model/resource.ts';

/** 2026-01-31T12:00:00Z. */
export const noon = Date.parse('2026-01-31T12:00:00Z');

export function at(seconds: number): string {
  return new Date(noon + seconds * 1000).toISOString().replace('.000Z', 'Z');
}

type Status = { [field: string]: unknown };

export function running(name: string, id: string, more: Status = {}): Status {
  return { name, ready: true, restartCount: 0, containerID: `containerd://${id}`, state: { running: { startedAt: at(-3600) } }, ...more };
}

export function ended(id: string, exitCode: number, seconds: number): { terminated: Status } {
  return {
    terminated: { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error', containerID: `containerd://${id}`, finishedAt: at(seconds) },
  };
}

export function terminated(name: string, id: string, exitCode: number, seconds: number, more: Status = {}): Status {
  return { name, ready: false, restartCount: 0, containerID: `containerd://${id}`, state: ended(id, exitCode, seconds), ...more };
}

export function waiting(name: string, reason: string, more: Status = {}): Status {
  return { name, ready: false, restartCount: 0, state: { waiting: { reason } }, ...more };
}

type Parts = { name?: string; uid?: string; spec?: Status; status?: Status; metadata?: Status };

export function pod(
  containerStatuses: Status[],
  { name = 'cart-1', uid = `uid-${name}`, spec = {}, status = {}, metadata = {} }: Parts = {},
): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'shop', uid, creationTimestamp: at(-7200), ...metadata },
    spec,
    status: { phase: 'Running', containerStatuses, ...status },
  };
}

export function draft(object: KubernetesObject, type: 'ADDED' | 'MODIFIED' | 'DELETED' = 'MODIFIED'): RecordDraft {
  const { name = '', namespace = '', uid = '', resourceVersion = '1' } = object.metadata ?? {};
  const ref = { kind: object.kind ?? '', namespace, name, uid, apiVersion: 'v1' };
  const event = { type, ref, resourceVersion, object };
  return { at: at(0), atSource: 'received', cluster: 'c01', stream: 'c01/pods', kind: 'resource', event };
}

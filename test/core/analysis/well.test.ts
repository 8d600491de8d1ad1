import { describe, expect, it } from 'vitest';
import { hasCompleted } from '../../../src/core/analysis/well.ts';
import type { KubernetesObject } from '../../../src/core/model/resource.ts';
import { refOf } from '../../../src/core/model/resource.ts';
import { applyRecord, newClusterState } from '../../../src/core/state/state.ts';
import { numbered, object, resource, time } from '../records.ts';

const cron = object('CronJob', 'backup', { apiVersion: 'batch/v1' });

function job(name: string, started: number, condition: string, owner?: KubernetesObject): KubernetesObject {
  const status = { startTime: time(started), conditions: [{ type: condition, status: 'True' }] };
  return object('Job', name, { apiVersion: 'batch/v1', status }, owner === undefined ? {} : { owner });
}

function completed(ref: KubernetesObject, ...jobs: KubernetesObject[]): boolean {
  const state = newClusterState('c01');
  for (const record of numbered([cron, ...jobs].map((item) => resource(600, item)))) applyRecord(state, record);
  return hasCompleted(state, refOf(ref));
}

describe('a Job', () => {
  it('has completed when its Complete condition says so, whatever its earlier pods did', () => {
    expect(completed(job('sync', 0, 'Complete'), job('sync', 0, 'Complete'))).toBe(true);
    expect(completed(job('sync', 0, 'Failed'), job('sync', 0, 'Failed'))).toBe(false);
  });
});

describe('a CronJob', () => {
  it('has completed when its newest finished Job has', () => {
    expect(completed(cron, job('backup-1', 0, 'Failed', cron), job('backup-2', 300, 'Complete', cron))).toBe(true);
    expect(completed(cron, job('backup-1', 0, 'Complete', cron), job('backup-2', 300, 'Failed', cron))).toBe(false);
    expect(completed(cron, job('backup-1', 0, 'Complete', cron), job('backup-2', 300, 'Suspended', cron))).toBe(true);
  });

  it('has not when no Job of it was recorded', () => {
    expect(completed(cron, job('other', 0, 'Complete'))).toBe(false);
  });
});

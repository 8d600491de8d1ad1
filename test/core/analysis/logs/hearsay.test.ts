import { describe, expect, it } from 'vitest';
import { isCalm, isHearsay } from '../../../../src/core/analysis/logs/hearsay.ts';

const passedOn = (pod: string) =>
  JSON.stringify({ kubernetes: { container_name: 'db', pod_name: pod }, message: 'FATAL: password authentication failed for user "app"' });

describe('isHearsay', () => {
  it.each([
    ['a line that a log collector passes on', passedOn('orders-1')],
    ['an alert that is sent', '[FIRING:1] KubePodCrashLooping: dial tcp 10.0.0.9:5432: connect: connection refused'],
    ['an alert in logfmt', 'msg="notify" alertname=RedisDown err="connection refused"'],
  ])('knows %s', (_, message) => {
    expect(isHearsay(message, 'collector-x')).toBe(true);
  });

  it.each([
    ['the line of the pod itself', passedOn('collector-x')],
    ['an own failure', 'dial tcp 10.0.0.9:5432: connect: connection refused'],
    ['an own failure about a pod', '{"level":"error","pod":"orders-1","msg":"connection refused"}'],
  ])('leaves %s alone', (_, message) => {
    expect(isHearsay(message, 'collector-x')).toBe(false);
  });
});

describe('isCalm', () => {
  it.each([
    ['logfmt', 'level=info msg="rule loaded" expr="code=ECONNREFUSED"', true],
    ['JSON', '{"level":"debug","msg":"connection refused, trying the next host"}', true],
    ['klog', 'I0302 10:00:00.000000       1 main.go:7] connection refused', true],
    ['a warning', 'level=warn msg="connection refused"', false],
    ['no level', 'Error: connect ECONNREFUSED 10.0.0.1:5432', false],
  ])('reads the level of %s', (_, message, calm) => {
    expect(isCalm(message)).toBe(calm);
  });
});

import { describe, expect, it } from 'vitest';
import { parseProbeFailure } from '../../../src/core/rules/probe-message.ts';

describe('parseProbeFailure', () => {
  it.each([
    [
      'Liveness probe failed: Get "http://10.1.2.3:8080/healthz": dial tcp 10.1.2.3:8080: connect: connection refused',
      'liveness',
      'refused',
      8080,
    ],
    [
      'Liveness probe failed: Get http://10.1.2.3:8080/healthz: dial tcp 10.1.2.3:8080: getsockopt: connection refused',
      'liveness',
      'refused',
      8080,
    ],
    ['Readiness probe failed: dial tcp 10.1.2.3:5432: connect: connection refused', 'readiness', 'refused', 5432],
    ['Startup probe failed: dial tcp [fd00::12]:8443: connect: connection refused', 'startup', 'refused', 8443],
    ['Liveness probe failed: HTTP probe failed with statuscode: 404', 'liveness', 'status', 0],
    [
      'Liveness probe failed: Get "http://10.1.2.3:8080/": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
      'liveness',
      'timeout',
      8080,
    ],
    [
      'Liveness probe failed: Get http://10.1.2.3:80/: net/http: request canceled (Client.Timeout exceeded while awaiting headers)',
      'liveness',
      'timeout',
      80,
    ],
    ['Readiness probe failed: dial tcp 10.1.2.3:6379: i/o timeout', 'readiness', 'timeout', 6379],
    ['Readiness probe failed: command "pg_isready" timed out', 'readiness', 'timeout', 0],
    ['Liveness probe failed: Get "https://10.1.2.3:8080/": http: server gave HTTP response to HTTPS client', 'liveness', 'scheme', 8080],
    [
      'Liveness probe failed: Get "http://10.1.2.3:8443/": net/http: HTTP/1.x transport connection broken: malformed HTTP response "\\x15\\x03\\x01"',
      'liveness',
      'scheme',
      8443,
    ],
    [
      'Liveness probe errored: rpc error: code = Unknown desc = failed to exec in container: failed to start exec "a": OCI runtime exec failed: exec failed: unable to start container process: exec: "curl": executable file not found in $PATH: unknown',
      'liveness',
      'no-command',
      0,
    ],
    [
      'Liveness probe failed: error: this server does not implement the grpc health protocol (grpc.health.v1.Health)',
      'liveness',
      'unimplemented',
      0,
    ],
    [
      'Liveness probe failed: timeout: failed to connect service "10.1.2.3:50051" within 1s: context deadline exceeded',
      'liveness',
      'timeout',
      50051,
    ],
    ["Liveness probe failed: cat: can't open '/tmp/healthy': No such file or directory", 'liveness', 'other', 0],
    ['Liveness probe failed: service unhealthy (responded with "NOT_SERVING")', 'liveness', 'other', 0],
  ])('reads %s', (message, probe, form, port) => {
    expect(parseProbeFailure(message)).toMatchObject({ probe, form, port });
  });

  it('reads the HTTP status', () => {
    expect(parseProbeFailure('Readiness probe failed: HTTP probe failed with statuscode: 503')).toMatchObject({
      form: 'status',
      status: 503,
    });
  });

  it('has nothing to say of other Events', () => {
    expect(parseProbeFailure('Container web failed liveness probe, will be restarted')).toBeUndefined();
    expect(parseProbeFailure('Readiness probe warning: redirect')).toBeUndefined();
  });
});
